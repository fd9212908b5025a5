/* SPDX-License-Identifier: Apache-2.0 */
#include "src/diagnose/diagnose.h"

#include <assert.h>
#include <stdlib.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/diagnose/evidence.h"
#include "src/x509/chain_build.h"
#include "src/x509/ossl.h"

#define CHECK_PROXY "check the proxy's address (--proxy, https_proxy and its like) and the target's"

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
		{"give the server a certificate of a CA; trusting this one breaks at its next "
		 "renewal"}},
	[VERDICT_EXPIRED] = {"expired",
		{"check this machine's clock; if it is right, whoever runs the server must renew "
		 "the certificate"}},
	[VERDICT_NOT_YET_VALID] = {"not-yet-valid",
		{"check this machine's clock; if it is right, whoever runs the server must renew "
		 "the certificate"}},
	[VERDICT_WRONG_HOST] = {"wrong-host",
		{"check the name (--servername); on a guest network open a browser and log in "
		 "first"}},
	[VERDICT_UNTRUSTED] = {"untrusted", {NULL}},
	[VERDICT_UNTRUSTED_BY_PROXY] = {"untrusted-by-proxy", {NULL}},
	[VERDICT_UNPROVEN] = {"unproven",
		{"try again; if it ends the same way, ask whoever runs the server why it ends "
		 "there: whoever answers may not be the server",
			"try again; if it ends the same way, ask whoever runs the proxy why it "
			"ends there: whoever answers may not be the server"}},
	[VERDICT_CLIENT_CERT_REQUIRED] = {"client-cert-required",
		{"give the client certificate that the server's owner issued to you: "
		 "--cert FILE --key FILE"}},
	[VERDICT_PROXY_AUTH_REQUIRED] = {"proxy-auth-required",
		{"write the right user:password into a file that only you can read, " ADVICE_LOGIN
		 ", and give it with --proxy-auth-file"}},
	[VERDICT_PROXY_REFUSED] = {"proxy-refused",
		{"check the proxy's address and kind (--proxy), and ask its administrator whether "
		 "this target is allowed"}},
	[VERDICT_NOT_TLS] = {"not-tls",
		{"check the port and how TLS begins there: at once for HOST:PORT, in the course of "
		 "the protocol for smtp:// imap:// pop3:// ftp:// ldap:// postgres:// mysql:// "
		 "xmpp://"}},
	[VERDICT_TIMEOUT] = {"timeout",
		{"check name, port and firewall; behind a proxy give --proxy; a slow network may "
		 "need a larger --timeout",
			CHECK_PROXY "; a slow network may need a larger --timeout"}},
	[VERDICT_UNREACHABLE] = {"unreachable",
		{"check name (--servername), port and network; behind a proxy give --proxy",
			CHECK_PROXY ", or go without it: --no-proxy"}},
};
static_assert(sizeof(verdicts) / sizeof(verdicts[0]) == VERDICTS, "a row per verdict");

/* The verdict if the peer did not prove its key, by how far the probe got. */
static const enum verdict ends[] = {
	[PROBE_CHAIN] = VERDICT_UNPROVEN,
	[PROBE_CLIENT_CERT_REQUIRED] = VERDICT_CLIENT_CERT_REQUIRED,
	[PROBE_UNPROVEN] = VERDICT_UNPROVEN,
	[PROBE_PROXY_AUTH_REQUIRED] = VERDICT_PROXY_AUTH_REQUIRED,
	[PROBE_PROXY_REFUSED] = VERDICT_PROXY_REFUSED,
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

/* Everything that the verdict and its sentences depend on. */
struct look {
	const struct probe *probe;
	const struct diagnose_facts *facts;
	struct diagnosis *it;
	struct advice command_line; /* of this call */
	const char *target; /* as written on a command line */
	/* Set only for a proven chain: */
	struct cert_facts leaf;
	struct cert_facts top;
	struct evidence evidence;
	struct fault refusal; /* set if the proxy says that it does not trust the server */
	enum verdict flaw; /* a problem that no CA fixes; VERDICT_TRUSTED: none */
	char *flaw_text;
};

static void look_free(struct look *look)
{
	cert_facts_free(&look->leaf);
	cert_facts_free(&look->top);
	names_free(&look->evidence.told);
	free(look->flaw_text);
}
CLEANUP_VALUE(look, look_free)
#define auto_look CLEANUP(look) struct look

/* ---- examining the chain --------------------------------------------------------------------- */

/*
 * A lone self-signed certificate, such as a device's default or a captive portal's: no CA signed
 * it, whatever names it contains.
 */
static bool is_alone(const struct certs *path)
{
	return path->n == 1 && cert_is_self_signed(path->at[0]);
}

static bool name_fits(const struct look *look)
{
	struct fault unread = FAULT_INIT;
	X509 *x509 = NULL;
	const char *host = look->probe->host;

	if (cert_parse(look->facts->path->at[0], &x509, &unread))
		return false;
	return look->probe->host_is_ip ? X509_check_ip_asc(x509, host, 0) == 1
				       : X509_check_host(x509, host, 0, 0, NULL) == 1;
}

static const char *portal_note(const struct look *look)
{
	return evidence_is_known_site(look->probe->host)
		       ? "; on such a site this is a sign of a captive portal"
		       : "";
}

/* Find what no CA fixes: a wrong name, or the first expired or not yet valid certificate. */
static int find_flaw(struct look *look, struct fault *why)
{
	const struct certs *path = look->facts->path;
	time_t at = look->facts->at;

	if (!name_fits(look)) {
		look->flaw = VERDICT_WRONG_HOST;
		return text_set(&look->flaw_text, why, "the certificate '%s' is not for '%s'%s",
			look->leaf.subject, look->probe->host, portal_note(look));
	}
	for (size_t i = 0; i < path->n; i++) {
		auto_cert_facts facts = {0};
		char when[TEXT_TIME_LEN];

		if (cert_facts_make(path->at[i], &facts, why))
			return -1;
		bool expired = facts.not_after < at;
		if (!expired && facts.not_before <= at)
			continue;
		look->flaw = expired ? VERDICT_EXPIRED : VERDICT_NOT_YET_VALID;
		text_time(expired ? facts.not_after : facts.not_before, when);
		return text_set(&look->flaw_text, why, "'%s' %s %s", facts.subject,
			expired ? "expired at" : "is not valid before", when);
	}
	return 0;
}

static int look_at_chain(struct look *look, struct fault *why)
{
	const struct certs *path = look->facts->path;
	struct diagnosis *it = look->it;
	const struct interceptor *label = is_alone(path) ? NULL : interceptor_of(path);

	it->is_public = evidence_is_public(path, label);
	it->interceptor = it->is_public ? NULL : label;
	it->trusted_here = look->facts->trusted_here;
	if (cert_facts_make(path->at[0], &look->leaf, why) ||
		cert_facts_make(path_top(path), &look->top, why) || find_flaw(look, why))
		return -1;
	if (it->is_public || is_alone(path))
		return 0;
	interceptor_check_refusal(path, &look->refusal);
	return evidence_collect(look->probe, look->facts, it->interceptor, &look->evidence, why);
}

/* ---- the verdict ----------------------------------------------------------------------------- */

/*
 * Would installing the root alone fix it?  X509_V_OK: no reader verified the chain.  A bad
 * signature counts: the CA was renewed under the same name with another key, and installing the new
 * CA replaces the old one.
 */
static bool only_root_is_missing(int error)
{
	switch (error) {
	case X509_V_OK:
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_CERT_UNTRUSTED:
		return true;
	default:
		return false;
	}
}

/* Did the server leave out an intermediate that it should have sent? */
static bool is_incomplete(const struct look *look)
{
	const struct certs *sent = look->facts->sent_path;
	const struct certs *path = look->facts->path;

	if (cert_is_self_signed(path_top(sent)))
		return false;
	if (path->n > sent->n && !cert_is_self_signed(path->at[sent->n]))
		return true;
	/* The issuer was not fetched: only embedded SCTs show that it has a public root. */
	return path->n == 1 && !look->it->is_public && evidence_has_scts(path->at[0]);
}

/* The first verdict that applies. */
static enum verdict decide(const struct look *look)
{
	if (!probe_is_proven(look->probe))
		return ends[look->probe->end];
	if (look->refusal.kind != FAULT_NONE)
		return VERDICT_UNTRUSTED_BY_PROXY;
	/* Whether trusted here or not: */
	if (look->evidence.strong >= 1 || look->evidence.weak >= 2)
		return VERDICT_INTERCEPTED;
	if (look->probe->end == PROBE_CLIENT_CERT_REQUIRED)
		return VERDICT_CLIENT_CERT_REQUIRED;
	if (look->facts->trusted_here)
		return VERDICT_TRUSTED;
	if (is_alone(look->facts->path))
		return VERDICT_SELF_SIGNED;
	if (look->flaw != VERDICT_TRUSTED)
		return look->flaw;
	if (is_incomplete(look))
		return VERDICT_INCOMPLETE;
	if (look->it->is_public && only_root_is_missing(look->facts->error))
		return VERDICT_MISSING_ROOT;
	return VERDICT_UNTRUSTED;
}

/* ---- its sentences --------------------------------------------------------------------------- */

static int say_where_it_leads(struct look *look, const char *what, struct fault *why)
{
	const struct cert_facts *top = &look->top;
	const char *key = top->is_self_signed ? top->subject_key_id : top->authority_key_id;

	return text_set(&look->it->why, why, "%s; it leads to '%s'%s%s%s", what, top->issuer,
		*key ? ", key identifier " : "", key,
		top->is_self_signed ? "" : ", which was not sent");
}

static int say_why(struct look *look, struct fault *why)
{
	struct diagnosis *it = look->it;
	const struct diagnose_facts *facts = look->facts;
	const char *host = look->probe->host;
	auto_free char *what = NULL;
	auto_cert_facts last = {0};

	switch (it->verdict) {
	case VERDICT_TRUSTED:
		return say_where_it_leads(look,
			it->is_public ? "a public CA issued it, and this store trusts it"
				      : "a private CA issued it, and this store trusts it",
			why);
	case VERDICT_INTERCEPTED:
		if (text_set(&what, why, "%s%s %s in place of '%s'",
			    it->interceptor ? it->interceptor->product : "a proxy",
			    it->interceptor ? " (by its name)" : "",
			    look->evidence.strong ? "answers" : "seems to answer", host))
			return -1;
		return say_where_it_leads(look, what, why);
	case VERDICT_UNTRUSTED_BY_PROXY:
		return text_set(&it->why, why, "%s", look->refusal.text);
	case VERDICT_SELF_SIGNED:
		return text_set(&it->why, why,
			"the server presents '%s', which it signed itself%s%s", look->leaf.subject,
			look->flaw == VERDICT_WRONG_HOST ? ", and which is for another name" : "",
			portal_note(look));
	case VERDICT_WRONG_HOST:
	case VERDICT_EXPIRED:
	case VERDICT_NOT_YET_VALID:
		return text_set(&it->why, why, "%s", look->flaw_text);
	case VERDICT_INCOMPLETE:
		if (cert_facts_make(path_top(facts->sent_path), &last, why))
			return -1;
		return text_set(&it->why, why,
			"the server left out the intermediate '%s'%s%s, which issued '%s'",
			last.issuer, *last.authority_key_id ? ", key identifier " : "",
			last.authority_key_id, last.subject);
	case VERDICT_MISSING_ROOT:
		return say_where_it_leads(
			look, "a public CA issued it, but its root is not in this store", why);
	case VERDICT_UNTRUSTED:
		if (only_root_is_missing(facts->error))
			return say_where_it_leads(look,
				"a private CA issued it, with no other sign of interception", why);
		return text_set(&it->why, why, "it is not trusted here by %s: %s",
			facts->untrusted_by, facts->untrusted_why);
	default:
		return text_set(&it->why, why, "%s", look->probe->why.text);
	}
}

/* Say how to get the private CA and what to run, or that no CA fixes the problem. */
static int say_cure(struct look *look, const char *whom, struct fault *why)
{
	struct diagnosis *it = look->it;
	const struct interceptor *vendor = it->interceptor;
	const char *hint = vendor ? vendor->root_hint : NULL;
	const char *debug = vendor && vendor->class == INTERCEPTOR_DEBUG
				    ? "only if you run this debugging proxy yourself: "
				    : "";
	auto_free char *pin = NULL;

	if (look->flaw != VERDICT_TRUSTED || !only_root_is_missing(look->facts->error))
		return text_set(&it->todo, why,
			"no CA that could be installed cures this (%s%s%s); %s must look at the "
			"certificates",
			look->flaw_text ? "" : look->facts->untrusted_by,
			look->flaw_text ? "" : ": ",
			look->flaw_text ? look->flaw_text : look->facts->untrusted_why, whom);
	it->is_curable = true;
	if (text_set(&pin, why, "sha256:%s", look->top.sha256))
		return -1;
	if (look->top.is_self_signed)
		return advice_say(&look->command_line,
			ADVICE_WORDS("install", "--pin", pin, look->target), &it->todo, why,
			"%scheck the CA's SHA-256 with %s and ", debug, whom);
	return advice_say(&look->command_line,
		ADVICE_WORDS("install", "--ca", ADVICE_FILE, "--verify", look->target), &it->todo,
		why, "%sget '%s' %s%s%s and ", debug, look->top.issuer, hint ? "(" : "from ",
		hint ? hint : whom, hint ? ")" : "");
}

static int say_todo(struct look *look, struct fault *why)
{
	struct diagnosis *it = look->it;
	const struct advice *command_line = &look->command_line;
	const char *const *todo = verdicts[it->verdict].todo;

	switch (it->verdict) {
	case VERDICT_INTERCEPTED:
		if (!it->trusted_here)
			return say_cure(look, "whoever runs the proxy", why);
		if (!advice_fits(command_line, "doctor"))
			return text_set(&it->todo, why, "nothing, this store trusts it");
		return advice_say(command_line, ADVICE_WORDS("doctor", look->target), &it->todo,
			why,
			"nothing, this store trusts it; for programs with a store of their own, ");
	case VERDICT_UNTRUSTED_BY_PROXY:
		/* The proxy itself does not trust the server, so installing a CA is no fix. */
		if (it->trusted_here && look->top.is_self_signed)
			return advice_say(command_line,
				ADVICE_WORDS("remove", "--fingerprint", look->top.sha256),
				&it->todo, why,
				"install nothing; this store trusts that CA, so that programs "
				"accept what the proxy warns of; ");
		return text_set(&it->todo, why,
			"install nothing: whoever runs the proxy must find out why it does not "
			"trust '%s'",
			look->probe->host);
	case VERDICT_INCOMPLETE:
		return advice_say(command_line,
			ADVICE_WORDS("capture", "--intermediates", look->target), &it->todo, why,
			"whoever runs the server must make it send its intermediate certificates, "
			"which browsers fetch and other programs do not; for them, ");
	case VERDICT_MISSING_ROOT:
		it->is_curable = true;
		return advice_say(command_line,
			ADVICE_WORDS("install", "--public-root", ADVICE_FILE, look->target),
			&it->todo, why,
			"update the ca-certificates package, or, with a store that has the root, ");
	case VERDICT_UNTRUSTED:
		return say_cure(look, "whoever runs the server", why);
	case VERDICT_PROXY_AUTH_REQUIRED:
		if (!look->facts->advice)
			break;
		if (advice_again(command_line,
			    ADVICE_WORDS(command_line->command, "--proxy-auth-file", ADVICE_LOGIN),
			    &it->todo, why))
			return -1;
		return text_set(&it->todo, why,
			"write the right user:password into a file that only you can "
			"read, " ADVICE_LOGIN ", and %s",
			it->todo);
	default:
		break;
	}
	return text_set(&it->todo, why, "%s",
		look->probe->end == PROBE_FAILED ? "fix that and try again"
						 : todo[look->probe->via && todo[1]]);
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
	if (it.verdict == VERDICT_INTERCEPTED || it.verdict == VERDICT_UNTRUSTED_BY_PROXY) {
		it.evidence = look.evidence.told;
		look.evidence.told = (struct names)NAMES_INIT;
	}
	if (rc || say_why(&look, why) || say_todo(&look, why)) {
		diagnosis_free(&it);
		return -1;
	}
	*ret = it;
	return 0;
}
