/* SPDX-License-Identifier: Apache-2.0 */
#include "src/diagnose/diagnose.h"

#include <assert.h>
#include <stdlib.h>

#include "src/base/text.h"
#include "src/diagnose/incomplete.h"
#include "src/diagnose/owner.h"
#include "src/x509/chain_build.h"
#include "src/x509/ossl.h"

#define CHECK_PROXY "check the proxy's address (--proxy, https_proxy and the like) and the target's"
#define CHECK_CLOCK                                                                           \
	"check this machine's clock; if it is right, whoever runs the server must renew the " \
	"certificate"
#define SLOW "; a slow network may need a larger --timeout"
#define UNPROVEN(whom)                                                     \
	"try again; if the result is the same, ask whoever runs the " whom \
	" why the handshake stops there: whoever answers may not be the server"

/* What to do, where no trustfix command helps: without a proxy, and with one (NULL: the same). */
static const struct {
	const char *name;
	const char *todo[2];
} verdicts[] = {
	[VERDICT_TRUSTED] = {"trusted", {"nothing"}},
	[VERDICT_INTERCEPTED] = {"intercepted", {NULL}},
	[VERDICT_INCOMPLETE] = {"incomplete", {NULL}},
	[VERDICT_MISSING_ROOT] = {"missing-root", {NULL}},
	[VERDICT_SELF_SIGNED] = {"self-signed",
		{"give the server a certificate of a CA; trust in this one breaks when it is "
		 "renewed"}},
	[VERDICT_EXPIRED] = {"expired", {CHECK_CLOCK}},
	[VERDICT_NOT_YET_VALID] = {"not-yet-valid", {CHECK_CLOCK}},
	[VERDICT_WRONG_HOST] = {"wrong-host", {"check the name (--servername, --proxy); on a guest "
					       "network, log in with a browser"}},
	[VERDICT_UNTRUSTED] = {"untrusted", {NULL}},
	[VERDICT_UNTRUSTED_BY_PROXY] = {"untrusted-by-proxy", {NULL}},
	[VERDICT_UNPROVEN] = {"unproven", {UNPROVEN("server"), UNPROVEN("proxy")}},
	[VERDICT_OBSOLETE_TLS] = {"obsolete-tls", {NULL}},
	[VERDICT_PROXY_UNTRUSTED] = {"proxy-untrusted", {NULL}},
	[VERDICT_CLIENT_CERT_REQUIRED] = {"client-cert-required", {VERDICT_CLIENT_CERT_TODO}},
	[VERDICT_PROXY_AUTH_REQUIRED] = {"proxy-auth-required", {NULL}},
	[VERDICT_PROXY_REFUSED] = {"proxy-refused",
		{"check the proxy's address and kind (--proxy), and ask its administrator whether "
		 "this target is allowed"}},
	[VERDICT_NOT_TLS] = {"not-tls",
		{"check the port and how TLS starts there: at once for HOST:PORT, by a command of "
		 "the protocol for smtp:// imap:// pop3:// ftp:// ldap:// postgres:// mysql:// "
		 "xmpp://"}},
	[VERDICT_TIMEOUT] = {"timeout",
		{"check name, port and firewall; behind a proxy give --proxy" SLOW,
			CHECK_PROXY SLOW}},
	[VERDICT_UNREACHABLE] = {"unreachable",
		{"check name (--servername), port and network; behind a proxy give --proxy",
			CHECK_PROXY ", or go without it: --no-proxy"}},
};
static_assert(sizeof(verdicts) / sizeof(verdicts[0]) == VERDICTS, "a row per verdict");

/* If the peer did not prove its key. */
static const enum verdict ends[] = {
	[PROBE_CHAIN] = VERDICT_UNPROVEN,
	[PROBE_CLIENT_CERT_REQUIRED] = VERDICT_CLIENT_CERT_REQUIRED,
	[PROBE_UNPROVEN] = VERDICT_UNPROVEN,
	[PROBE_PROXY_AUTH_REQUIRED] = VERDICT_PROXY_AUTH_REQUIRED,
	[PROBE_PROXY_REFUSED] = VERDICT_PROXY_REFUSED,
	[PROBE_PROXY_UNTRUSTED] = VERDICT_PROXY_UNTRUSTED,
	[PROBE_NOT_TLS] = VERDICT_NOT_TLS,
	[PROBE_TIMEOUT] = VERDICT_TIMEOUT,
	[PROBE_UNREACHABLE] = VERDICT_UNREACHABLE,
	[PROBE_FAILED] = VERDICT_UNREACHABLE,
};
static_assert(sizeof(ends) / sizeof(ends[0]) == PROBE_ENDS, "a row per end");

const char *verdict_name(enum verdict verdict)
{
	return verdicts[verdict].name;
}

void diagnosis_free(struct diagnosis *diagnosis)
{
	free(diagnosis->why);
	free(diagnosis->todo);
	names_free(&diagnosis->evidence);
	*diagnosis = (struct diagnosis){0};
}

struct look {
	const struct probe *probe;
	const struct diagnose_facts *facts;
	struct diagnosis *it;
	struct advice command_line; /* of this call */
	const char *target; /* of the command line */
	/* only for a proven chain: */
	struct cert_facts leaf;
	struct cert_facts top;
	bool is_alone; /* one self-signed certificate: no CA signed it, whatever its names */
	struct incomplete incomplete; /* what the server left out */
	unsigned strong, weak; /* signs of interception */
	struct fault refusal; /* set if the proxy says that it does not trust the server */
	enum verdict flaw; /* a problem that no CA fixes; VERDICT_TRUSTED: none */
	char *flaw_text;
};

static void look_free(struct look *look)
{
	cert_facts_free(&look->leaf);
	cert_facts_free(&look->top);
	free(look->flaw_text);
}
CLEANUP_VALUE(look, look_free)
#define auto_look CLEANUP(look) struct look

#define DAY_S ((time_t)86400)
#define FRESH_S (2 * DAY_S)
#define SHORT_S (31 * DAY_S)

/*
 * Does the path contain a public root, whatever other names are in it, or only name one that was
 * not sent?  An interceptor's name (`label`) rules the latter out, and so does a self-signed top,
 * unless it was not sent and is trusted here: public roots are issued anew.
 */
static bool is_public(const struct look *look, const struct interceptor *label)
{
	const struct certs *path = look->facts->path;
	struct cert *top = path_top(path);
	bool by_name = !label && (!cert_is_self_signed(top) ||
					 (certs_hold(look->facts->anchors, top) &&
						 !certs_hold(&look->probe->chain, top)));

	for (size_t i = 0; i < path->n; i++)
		if (path->at[i]->is_public_root || (by_name && cert_issuer_is_public(path->at[i])))
			return true;
	return false;
}

static bool in_list(const char *const *list, const char *text)
{
	for (; *list; list++)
		if (text_same(*list, text))
			return true;
	return false;
}

/* Is the host a well-known public site, or a subdomain of one? */
static bool is_known_site(const char *host)
{
	static const char *const sites[] = {"amazonaws.com", "apple.com", "cloudflare.com",
		"debian.org", "docker.io", "github.com", "githubusercontent.com", "google.com",
		"googleapis.com", "maven.org", "microsoft.com", "mozilla.org", "npmjs.org",
		"pypi.org", "pythonhosted.org", "ubuntu.com", "wikipedia.org", NULL};

	for (const char *at = host; at; at = strchr(at, '.'), at = at ? at + 1 : NULL)
		if (in_list(sites, at))
			return true;
	return false;
}

static const char *portal_note(const char *host)
{
	return is_known_site(host) ? "; on such a site this is a sign of a captive portal" : "";
}

/* Hosts (exact names) that support h2. */
static const char *const h2_sites[] = {"pypi.org", "files.pythonhosted.org", "github.com",
	"api.github.com", "registry.npmjs.org", "www.google.com", "www.cloudflare.com",
	"en.wikipedia.org", NULL};

/*
 * Count and list the signs of interception, which count neither under a public root nor for a lone
 * self-signed certificate.
 *
 * One strong sign is enough: a vendor's name on the CA; the same CA key for unrelated hosts; a
 * private CA for a well-known public site; an issuer name that says the proxy does not trust the
 * server.  Weak signs count if there are two: a leaf issued in the last two days or valid for at
 * most 31 days; no embedded SCTs for a public name; no h2 from a site that supports it.
 */
static int collect_signs(struct look *look, struct fault *why)
{
	const struct probe *probe = look->probe;
	struct names *signs = &look->it->evidence;
	size_t others = look->facts->same_ca_n;
	time_t age = look->facts->at - look->leaf.not_before;
	time_t life = look->leaf.not_after - look->leaf.not_before;
	char when[TEXT_TIME_LEN];
	int rc = 0;

	if (look->it->interceptor) {
		look->strong++;
		rc |= names_addf(signs, why, "vendor label: the issuer's name is that of %s",
			look->it->interceptor->product);
	}
	if (look->refusal.kind != FAULT_NONE) {
		look->strong++;
		rc |= names_addf(signs, why,
			"the issuer's name says that the proxy does not trust the server");
	}
	if (others) {
		look->strong++;
		rc |= names_addf(signs, why,
			"same CA for unrelated hosts: %zu other %s the same CA key", others,
			others == 1 ? "target presents" : "targets present");
	}
	if (is_known_site(probe->host)) {
		look->strong++;
		rc |= names_addf(signs, why, "a private CA for '%s', a site that uses a public CA",
			probe->host);
	}
	rc |= names_addf(signs, why, "no public root above it: it leads to '%s'", look->top.issuer);
	if ((age >= 0 && age < FRESH_S) || (life >= 0 && life <= SHORT_S)) {
		look->weak++;
		text_time(look->leaf.not_before, when);
		rc |= names_addf(signs, why, "freshly minted leaf: valid since %s, for %lld days",
			when, (long long)(life / DAY_S));
	}
	if (owner_of(probe->host, probe->host_is_ip) != owner_private &&
		!incomplete_has_scts(look->facts->path->at[0])) {
		look->weak++;
		rc |= names_addf(signs, why,
			"no embedded SCTs, which public CAs put into a certificate for '%s'",
			probe->host);
	}
	if (probe->completed && in_list(h2_sites, probe->host) &&
		!(probe->alpn && text_same(probe->alpn, "h2"))) {
		look->weak++;
		rc |= names_addf(signs, why, "no ALPN h2, which '%s' supports", probe->host);
	}
	return rc ? -1 : 0;
}

static int look_at_chain(struct look *look, struct fault *why)
{
	const struct certs *path = look->facts->path;
	const char *host = look->probe->host;
	struct diagnosis *it = look->it;
	const struct interceptor *label;
	X509 *x509 = cert_x509(path->at[0]);
	time_t at = look->facts->at;

	look->is_alone = path->n == 1 && cert_is_self_signed(path->at[0]);
	label = look->is_alone ? NULL : interceptor_of(path);
	it->is_public = is_public(look, label);
	it->interceptor = it->is_public ? NULL : label;
	it->trusted_here = look->facts->trusted_here;
	if (cert_facts_make(path->at[0], &look->leaf, why) ||
		cert_facts_make(path_top(path), &look->top, why))
		return -1;
	if (!x509 || (look->probe->host_is_ip ? X509_check_ip_asc(x509, host, 0)
					      : X509_check_host(x509, host, 0, 0, NULL)) != 1) {
		look->flaw = VERDICT_WRONG_HOST;
		if (text_set(&look->flaw_text, why, "the certificate '%s' is not for '%s'%s",
			    look->leaf.subject, host, portal_note(host)))
			return -1;
	}
	for (size_t i = 0; i < path->n && look->flaw == VERDICT_TRUSTED; i++) {
		auto_cert_facts facts = {0};
		char when[TEXT_TIME_LEN];

		if (cert_facts_make(path->at[i], &facts, why))
			return -1;
		bool expired = facts.not_after < at;
		if (!expired && facts.not_before <= at)
			continue;
		look->flaw = expired ? VERDICT_EXPIRED : VERDICT_NOT_YET_VALID;
		text_time(expired ? facts.not_after : facts.not_before, when);
		if (text_set(&look->flaw_text, why, "'%s' %s %s", facts.subject,
			    expired ? "expired at" : "is not valid before", when))
			return -1;
	}
	if (!it->trusted_here && !look->is_alone)
		incomplete_find(&look->probe->chain, path, look->facts->anchors, it->is_public,
			&look->incomplete);
	if (it->is_public || look->is_alone)
		return 0;
	interceptor_check_refusal(path, &look->refusal);
	return collect_signs(look, why);
}

/*
 * Would installing the root alone fix it?  X509_V_OK: no reader verified the chain.  A bad
 * signature counts: the CA was renewed under the same name with another key, and installing the new
 * CA replaces the old one.
 */
static bool only_root_is_missing(int error)
{
	static const int errors[] = {X509_V_OK, X509_V_ERR_CERT_SIGNATURE_FAILURE,
		X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
		X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
		X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_UNTRUSTED};

	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		if (errors[i] == error)
			return true;
	return false;
}

/* The first verdict that applies. */
static enum verdict decide(const struct look *look)
{
	if (!probe_is_proven(look->probe))
		return ends[look->probe->end];
	if (look->refusal.kind != FAULT_NONE)
		return VERDICT_UNTRUSTED_BY_PROXY;
	/* Whether trusted here or not: */
	if (look->strong >= 1 || (look->weak >= 2 && !look->incomplete.is_all))
		return VERDICT_INTERCEPTED;
	if (look->facts->trusted_here)
		return VERDICT_TRUSTED;
	if (look->is_alone)
		return VERDICT_SELF_SIGNED;
	if (look->flaw != VERDICT_TRUSTED)
		return look->flaw;
	if (look->incomplete.child)
		return VERDICT_INCOMPLETE;
	if (look->it->is_public && only_root_is_missing(look->facts->error))
		return VERDICT_MISSING_ROOT;
	return VERDICT_UNTRUSTED;
}

static int say_why(struct look *look, struct fault *why)
{
	struct diagnosis *it = look->it;
	const struct cert_facts *top = &look->top;
	const char *key = top->is_self_signed ? top->subject_key_id : top->authority_key_id;
	const struct interceptor *vendor = it->interceptor;
	const char *what = NULL; /* before where it leads */
	auto_free char *answers = NULL;

	switch (it->verdict) {
	case VERDICT_TRUSTED:
		what = it->is_public ? "a public CA issued it, and this store trusts it"
				     : "a private CA issued it, and this store trusts it";
		break;
	case VERDICT_INTERCEPTED:
		if (text_set(&answers, why, "%s%s %s in place of '%s'",
			    vendor ? vendor->product : "a proxy", vendor ? " (by its name)" : "",
			    look->strong ? "answers" : "seems to answer", look->probe->host))
			return -1;
		what = answers;
		break;
	case VERDICT_UNTRUSTED_BY_PROXY:
		return text_set(&it->why, why, "%s", look->refusal.text);
	case VERDICT_SELF_SIGNED:
		return text_set(&it->why, why,
			"the server presents '%s', a self-signed "
			"certificate%s%s",
			look->leaf.subject,
			look->flaw == VERDICT_WRONG_HOST ? " for another name" : "",
			portal_note(look->probe->host));
	case VERDICT_WRONG_HOST:
	case VERDICT_EXPIRED:
	case VERDICT_NOT_YET_VALID:
		return text_set(&it->why, why, "%s", look->flaw_text);
	case VERDICT_INCOMPLETE:
		return incomplete_say(&look->incomplete, &it->why, why);
	case VERDICT_MISSING_ROOT:
		what = "a public CA issued it, but its root is not in this store";
		break;
	case VERDICT_UNTRUSTED:
		what = "a private CA issued it, with no other sign of interception";
		if (only_root_is_missing(look->facts->error))
			break;
		return text_set(&it->why, why, "it is not trusted here by %s: %s",
			look->facts->untrusted_by, look->facts->untrusted_why);
	default:
		return text_set(&it->why, why, "%s", look->probe->why.text);
	}
	return text_set(&it->why, why, "%s; it leads to '%s'%s%s%s", what, top->issuer,
		*key ? ", key identifier " : "", key,
		top->is_self_signed ? "" : ", which was not sent");
}

static int say_incomplete(struct look *look, const char *whom, struct fault *why)
{
	return advice_say(&look->command_line,
		ADVICE_WORDS("capture", "--intermediates", look->target), &look->it->todo, why,
		"%s must make it send its intermediate certificates, which browsers fetch and "
		"other programs do not; for them, ",
		whom);
}

/* Say what to run: how to get a private CA, where that is the cure. */
static int say_todo(struct look *look, struct fault *why)
{
	struct diagnosis *it = look->it;
	const struct advice *line = &look->command_line;
	const char *const *todo = verdicts[it->verdict].todo;
	const struct interceptor *vendor = it->interceptor;
	const char *hint = vendor ? vendor->root_hint : NULL;
	const char *no_proxy = look->probe->is_proxy ? "--no-proxy" : NULL;
	bool is_of_proxy = no_proxy || it->verdict == VERDICT_INTERCEPTED;
	const char *whom = is_of_proxy ? "whoever runs the proxy" : "whoever runs the server";
	const char *debug = vendor && vendor->class == INTERCEPTOR_DEBUG
				    ? "only if you run this debugging proxy yourself: "
				    : "";
	auto_free char *pin = NULL;

	switch (it->verdict) {
	case VERDICT_INTERCEPTED:
		if (look->incomplete.is_all)
			return say_incomplete(look, whom, why);
		if (!it->trusted_here)
			break;
		if (!advice_fits(line, "doctor"))
			return text_set(&it->todo, why, "nothing, this store trusts it");
		return advice_say(line, ADVICE_WORDS("doctor", look->target), &it->todo, why,
			"nothing, this store trusts it; for programs with a store of their own, ");
	case VERDICT_UNTRUSTED:
		break;
	case VERDICT_UNTRUSTED_BY_PROXY:
		if (it->trusted_here && look->top.is_self_signed)
			return advice_say(line,
				ADVICE_WORDS("remove", "--fingerprint", look->top.sha256),
				&it->todo, why,
				"install nothing; this store trusts that CA, so that programs "
				"accept what the proxy warns about; ");
		return text_set(&it->todo, why,
			"install nothing: whoever runs the proxy must find out why it does not "
			"trust '%s'",
			look->probe->host);
	case VERDICT_INCOMPLETE:
		return say_incomplete(look, whom, why);
	case VERDICT_MISSING_ROOT:
		it->is_curable = true;
		return advice_say(line,
			ADVICE_WORDS("install", "--public-root", ADVICE_FILE, look->target),
			&it->todo, why,
			"update the ca-certificates package, or, with a store that has the root, ");
	case VERDICT_PROXY_AUTH_REQUIRED:
		if (look->facts->advice
				? advice_again(line,
					  ADVICE_WORDS(
						  line->command, "--proxy-auth-file", ADVICE_LOGIN),
					  &it->todo, why)
				: text_set(&it->todo, why, "give it with --proxy-auth-file"))
			return -1;
		return text_set(&it->todo, why,
			"write the correct user:password to a file that only you can "
			"read, " ADVICE_LOGIN ", and %s",
			it->todo);
	default:
		return text_set(&it->todo, why, "%s",
			look->probe->end == PROBE_FAILED ? "fix that and try again"
							 : todo[look->probe->via && todo[1]]);
	}
	if (look->flaw != VERDICT_TRUSTED || !only_root_is_missing(look->facts->error))
		return text_set(&it->todo, why,
			"installing a CA cannot fix this (%s%s%s); %s must look at the "
			"certificates",
			look->flaw_text ? "" : look->facts->untrusted_by,
			look->flaw_text ? "" : ": ",
			look->flaw_text ? look->flaw_text : look->facts->untrusted_why, whom);
	it->is_curable = true;
	if (text_set(&pin, why, "sha256:%s", look->top.sha256))
		return -1;
	if (look->top.is_self_signed)
		return advice_say(line,
			ADVICE_WORDS("install", "--pin", pin, look->target, no_proxy), &it->todo,
			why, "%scheck the CA's SHA-256 with %s and ", debug, whom);
	return advice_say(line,
		ADVICE_WORDS("install", "--ca", ADVICE_FILE, "--verify", look->target, no_proxy),
		&it->todo, why, "%sget '%s' %s%s%s and ", debug, look->top.issuer,
		hint ? "(" : "from ", hint ? hint : whom, hint ? ")" : "");
}

int diagnose(const struct probe *probe, const struct diagnose_facts *facts, struct diagnosis *ret,
	struct fault *why)
{
	struct diagnosis it = {0};
	auto_look look = {
		.probe = probe,
		.facts = facts,
		.it = &it,
		.command_line = advice_through(facts->advice, probe->via, probe->via_has_login),
		.target = probe->label ? probe->label : probe->host,
	};
	int rc = probe_is_proven(probe) ? look_at_chain(&look, why) : 0;

	if (rc == 0)
		it.verdict = decide(&look);
	if (it.verdict != VERDICT_INTERCEPTED && it.verdict != VERDICT_UNTRUSTED_BY_PROXY)
		names_free(&it.evidence);
	if (rc || say_why(&look, why) || say_todo(&look, why)) {
		diagnosis_free(&it);
		return -1;
	}
	*ret = it;
	return 0;
}
