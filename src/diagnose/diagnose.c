/* SPDX-License-Identifier: Apache-2.0 */
#include "src/diagnose/diagnose.h"

#include <assert.h>
#include <stdlib.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/ossl.h"
#include "src/x509/chain_build.h"
#include "src/diagnose/evidence.h"

/*
 * The order of decision, the first that fits:
 *
 * - no chain came, or the peer did not prove it to be its own: by how far the probe got
 * - a proxy says by its issuer that it does not trust the server: untrusted-by-proxy
 * - no public root above it, more than a lone self-signed certificate, and one strong or two weak
 *   signs (evidence.h): intercepted, whether it is trusted here or not
 * - the peer demands a client certificate: client-cert-required
 * - the asked store's readers accept: trusted
 * - the path is a lone self-signed certificate: self-signed
 * - the leaf is for another name: wrong-host
 * - a certificate on the path is out of its dates: expired, not-yet-valid
 * - an issuer that is no root had to be fetched, or is missing under a leaf with public SCTs:
 *   incomplete
 * - a public root, and it is only the root that is missing here: missing-root
 * - what is left: untrusted
 */

static const char *const names[] = {
	[VERDICT_TRUSTED] = "trusted",
	[VERDICT_INTERCEPTED] = "intercepted",
	[VERDICT_INCOMPLETE] = "incomplete",
	[VERDICT_MISSING_ROOT] = "missing-root",
	[VERDICT_SELF_SIGNED] = "self-signed",
	[VERDICT_EXPIRED] = "expired",
	[VERDICT_NOT_YET_VALID] = "not-yet-valid",
	[VERDICT_WRONG_HOST] = "wrong-host",
	[VERDICT_UNTRUSTED] = "untrusted",
	[VERDICT_UNTRUSTED_BY_PROXY] = "untrusted-by-proxy",
	[VERDICT_UNPROVEN] = "unproven",
	[VERDICT_CLIENT_CERT_REQUIRED] = "client-cert-required",
	[VERDICT_PROXY_AUTH_REQUIRED] = "proxy-auth-required",
	[VERDICT_PROXY_REFUSED] = "proxy-refused",
	[VERDICT_NOT_TLS] = "not-tls",
	[VERDICT_TIMEOUT] = "timeout",
	[VERDICT_UNREACHABLE] = "unreachable",
};
static_assert(sizeof(names) / sizeof(names[0]) == VERDICTS, "a name per verdict");

const char *verdict_name(enum verdict verdict)
{
	return names[verdict];
}

void diagnosis_free(struct diagnosis *diagnosis)
{
	free(diagnosis->why);
	free(diagnosis->todo);
	names_free(&diagnosis->evidence);
	*diagnosis = (struct diagnosis){0};
}

/* Everything that the decision looks at. */
struct look {
	const struct probe *probe;
	const struct diagnose_facts *facts;
	struct diagnosis *it;
	struct cert_facts leaf;
	struct cert_facts top;
	const char *target; /* as a command line names it */
	struct advice command_line; /* which asked it */
};

static void look_free(struct look *look)
{
	cert_facts_free(&look->leaf);
	cert_facts_free(&look->top);
}
CLEANUP_VALUE(look, look_free)

/* ---- 1: no proof ----------------------------------------------------------------------------- */

static const struct {
	enum verdict verdict;
	const char *todo[2]; /* directly, and through a proxy; NULL: the same */
} ends[] = {
	[PROBE_CHAIN] = {VERDICT_TRUSTED, {""}},
	[PROBE_UNPROVEN] = {VERDICT_UNPROVEN,
		{"try again; if it ends the same way, ask whoever runs the server why it ends "
		 "there: whoever answers may not be the server",
			"try again; if it ends the same way, ask whoever runs the proxy why it "
			"ends there: whoever answers may not be the server"}},
	[PROBE_CLIENT_CERT_REQUIRED] = {VERDICT_CLIENT_CERT_REQUIRED,
		{"give the client certificate that the server's owner issued to you: "
		 "--cert FILE --key FILE"}},
	[PROBE_PROXY_AUTH_REQUIRED] = {VERDICT_PROXY_AUTH_REQUIRED,
		{"write the right user:password into a file that only you can read, " ADVICE_LOGIN
		 ", and give it with --proxy-auth-file"}},
	[PROBE_PROXY_REFUSED] = {VERDICT_PROXY_REFUSED,
		{"check the proxy's address and kind (--proxy), and ask its administrator whether "
		 "this target is allowed"}},
	[PROBE_NOT_TLS] = {VERDICT_NOT_TLS,
		{"check the port and how TLS begins there: at once for HOST:PORT, in the course of "
		 "the protocol for smtp:// imap:// pop3:// ftp:// ldap:// postgres:// mysql:// "
		 "xmpp://"}},
	[PROBE_TIMEOUT] = {VERDICT_TIMEOUT,
		{"check name, port and firewall; behind a proxy give --proxy; a slow network may "
		 "need a larger --timeout",
			"check the proxy's address (--proxy, https_proxy and its like) and the "
			"target's; "
			"a slow network may need a larger --timeout"}},
	[PROBE_UNREACHABLE] = {VERDICT_UNREACHABLE,
		{"check name (--servername), port and network; behind a proxy give --proxy",
			"check the proxy's address (--proxy, https_proxy and its like) and the "
			"target's, "
			"or go without it: --no-proxy"}},
	[PROBE_FAILED] = {VERDICT_UNREACHABLE, {"fix what is named here and try again"}},
};
static_assert(sizeof(ends) / sizeof(ends[0]) == PROBE_ENDS, "a row per end");

static int tell_end(const struct probe *probe, const struct diagnose_facts *facts,
	struct diagnosis *it, struct fault *why)
{
	const char *const *todo = ends[probe->end].todo;
	struct advice command_line;

	it->verdict = ends[probe->end].verdict;
	if (text_set(&it->why, why, "%s", probe->why.text))
		return -1;
	if (it->verdict != VERDICT_PROXY_AUTH_REQUIRED || !facts->advice)
		return text_set(&it->todo, why, "%s", todo[probe->via && todo[1]]);
	command_line = advice_through(facts->advice, probe->via, probe->via_has_login);
	if (advice_again(&command_line,
		    ADVICE_WORDS(command_line.command, "--proxy-auth-file", ADVICE_LOGIN),
		    &it->todo, why) < 0)
		return -1;
	return text_set(&it->todo, why,
		"write the right user:password into a file that only you can read, " ADVICE_LOGIN
		", and %s",
		it->todo);
}

/* ---- what is looked at ----------------------------------------------------------------------- */

/* What devices come with and captive portals show: nobody signed it, whoever it is named after. */
static bool is_alone(const struct certs *path)
{
	return path->n == 1 && cert_is_self_signed(path->at[0]);
}

static int look_make(struct look *look, struct fault *why)
{
	const struct certs *path = look->facts->path;
	struct diagnosis *it = look->it;
	const struct interceptor *label;

	if (cert_facts_make(path->at[0], &look->leaf, why) ||
		cert_facts_make(path_top(path), &look->top, why))
		return -1;
	label = is_alone(path) ? NULL : interceptor_of(path);
	it->is_public = evidence_is_public(path, label);
	it->interceptor = it->is_public ? NULL : label;
	it->trusted_here = look->facts->trusted_here;
	look->target = look->probe->label ? look->probe->label : look->probe->host;
	look->command_line =
		advice_through(look->facts->advice, look->probe->via, look->probe->via_has_login);
	return 0;
}

/* ---- what no CA cures ------------------------------------------------------------------------ */

static bool name_fits(struct look *look)
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
		       ? "; on such a site this is the mark of a captive portal"
		       : "";
}

/* The first certificate from the leaf on that is out of its dates; `ret_text` says so. */
static int find_out_of_date(
	struct look *look, enum verdict *ret, char **ret_text, struct fault *why)
{
	const struct certs *path = look->facts->path;
	time_t at = look->facts->at;

	for (size_t i = 0; i < path->n; i++) {
		auto_cert_facts facts = {0};
		char when[TEXT_TIME_LEN];

		if (cert_facts_make(path->at[i], &facts, why))
			return -1;
		if (facts.not_after >= at && facts.not_before <= at)
			continue;
		*ret = facts.not_after < at ? VERDICT_EXPIRED : VERDICT_NOT_YET_VALID;
		text_time(facts.not_after < at ? facts.not_after : facts.not_before, when);
		return text_set(ret_text, why, "'%s' %s %s", facts.subject,
			facts.not_after < at ? "expired at" : "is not valid before", when);
	}
	return 0;
}

/* What no CA cures: the leaf's name, then the dates.  VERDICT_TRUSTED: neither. */
static int find_flaw(struct look *look, enum verdict *ret, char **ret_text, struct fault *why)
{
	*ret = VERDICT_TRUSTED;
	if (name_fits(look))
		return find_out_of_date(look, ret, ret_text, why);
	*ret = VERDICT_WRONG_HOST;
	return text_set(ret_text, why, "the certificate '%s' is not for '%s'%s", look->leaf.subject,
		look->probe->host, portal_note(look));
}

/*
 * Would the root alone cure it?  X509_V_OK: nobody judged.  A signature that is wrong is one by
 * another key of a CA that was renewed under its name: installing the new one replaces the old.
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

/* ---- 2: intercepted -------------------------------------------------------------------------- */

/* How to get the CA and what to run, for a private one. */
static int say_install(struct look *look, const char *whom, struct fault *why)
{
	const struct interceptor *vendor = look->it->interceptor;
	const char *hint = vendor ? vendor->root_hint : NULL;
	const char *debug = vendor && vendor->class == INTERCEPTOR_DEBUG
				    ? "only if you run this debugging proxy yourself: "
				    : "";
	auto_free char *pin = NULL;

	look->it->is_curable = true;
	if (text_set(&pin, why, "sha256:%s", look->top.sha256))
		return -1;
	if (look->top.is_self_signed)
		return advice_say(&look->command_line,
			ADVICE_WORDS("install", "--pin", pin, look->target), &look->it->todo, why,
			"%scheck the CA's SHA-256 with %s and ", debug, whom);
	return advice_say(&look->command_line,
		ADVICE_WORDS("install", "--ca", ADVICE_FILE, "--verify", look->target),
		&look->it->todo, why, "%sget '%s' %s%s%s and ", debug, look->top.issuer,
		hint ? "(" : "from ", hint ? hint : whom, hint ? ")" : "");
}

/* What is to be done: nothing with a CA where something else is at fault. */
static int say_cure(struct look *look, const char *whom, struct fault *why)
{
	auto_free char *flaw = NULL;
	enum verdict verdict;

	if (find_flaw(look, &verdict, &flaw, why))
		return -1;
	if (verdict == VERDICT_TRUSTED && only_root_is_missing(look->facts->error))
		return say_install(look, whom, why);
	return text_set(&look->it->todo, why,
		"no CA that could be installed cures this (%s%s%s); %s must look at the "
		"certificates",
		flaw ? "" : look->facts->untrusted_by, flaw ? "" : ": ",
		flaw ? flaw : look->facts->untrusted_why, whom);
}

static int say_where_it_leads(struct look *look, const char *what, struct fault *why)
{
	const struct cert_facts *top = &look->top;
	const char *key = top->is_self_signed ? top->subject_key_id : top->authority_key_id;

	return text_set(&look->it->why, why, "%s; it leads to '%s'%s%s%s", what, top->issuer,
		*key ? ", key identifier " : "", key,
		top->is_self_signed ? "" : ", which was not sent");
}

static int tell_intercepted(struct look *look, struct evidence *evidence, struct fault *why)
{
	struct diagnosis *it = look->it;
	auto_free char *what = NULL;

	it->verdict = VERDICT_INTERCEPTED;
	it->evidence = evidence->told;
	evidence->told = (struct names)NAMES_INIT;
	if (text_set(&what, why, "%s%s %s in place of '%s'",
		    it->interceptor ? it->interceptor->product : "a proxy",
		    it->interceptor ? " (by its name)" : "",
		    evidence->strong ? "answers" : "seems to answer", look->probe->host) ||
		say_where_it_leads(look, what, why))
		return -1;
	if (it->trusted_here && !advice_fits(&look->command_line, "doctor"))
		return text_set(&it->todo, why, "nothing, this store trusts it");
	if (it->trusted_here)
		return advice_say(&look->command_line, ADVICE_WORDS("doctor", look->target),
			&it->todo, why,
			"nothing, this store trusts it; for programs with a store of their own, ");
	return say_cure(look, "whoever runs the proxy", why);
}

/* The proxy's own word against the server: nothing that is installed makes that good. */
static int tell_untrusted_by_proxy(struct look *look, struct evidence *evidence,
	const struct fault *refusal, struct fault *why)
{
	struct diagnosis *it = look->it;

	it->verdict = VERDICT_UNTRUSTED_BY_PROXY;
	it->evidence = evidence->told;
	evidence->told = (struct names)NAMES_INIT;
	if (text_set(&it->why, why, "%s", refusal->text))
		return -1;
	if (it->trusted_here && look->top.is_self_signed)
		return advice_say(&look->command_line,
			ADVICE_WORDS("remove", "--fingerprint", look->top.sha256), &it->todo, why,
			"install nothing; this store trusts that CA, so that programs accept what "
			"the proxy warns of; ");
	return text_set(&it->todo, why,
		"install nothing: whoever runs the proxy must find out why it does not trust '%s'",
		look->probe->host);
}

/* ---- 5 to 7: the leaf, the name, the dates --------------------------------------------------- */

static int tell_self_signed(struct look *look, struct fault *why)
{
	look->it->verdict = VERDICT_SELF_SIGNED;
	return text_set(&look->it->why, why, "the server presents '%s', which it signed itself%s%s",
		       look->leaf.subject, name_fits(look) ? "" : ", and which is for another name",
		       portal_note(look)) ||
			       text_set(&look->it->todo, why,
				       "give the server a certificate of a CA; trusting this one "
				       "breaks at its next renewal")
		       ? -1
		       : 0;
}

static int tell_flaw(struct look *look, enum verdict verdict, struct fault *why)
{
	look->it->verdict = verdict;
	return text_set(&look->it->todo, why, "%s",
		verdict == VERDICT_WRONG_HOST
			? "check the name (--servername); on a guest network open a browser and "
			  "log in first"
			: "check this machine's clock; if it is right, whoever runs the server "
			  "must renew the certificate");
}

/* ---- 8 to 10: what is missing ---------------------------------------------------------------- */

/* The issuer that the server should have sent: it is no root, and the leaf leads to it. */
static bool is_incomplete(const struct look *look)
{
	const struct certs *sent = look->facts->sent_path;
	const struct certs *path = look->facts->path;

	if (cert_is_self_signed(path_top(sent)))
		return false;
	if (path->n > sent->n && !cert_is_self_signed(path->at[sent->n]))
		return true;
	/* Not fetched: only a certificate that was publicly logged surely has a public root. */
	return path->n == 1 && !look->it->is_public && evidence_has_scts(path->at[0]);
}

static int tell_incomplete(struct look *look, struct fault *why)
{
	auto_cert_facts last = {0};

	if (cert_facts_make(path_top(look->facts->sent_path), &last, why))
		return -1;
	look->it->verdict = VERDICT_INCOMPLETE;
	if (text_set(&look->it->why, why,
		    "the server left out the intermediate '%s'%s%s, which issued '%s'", last.issuer,
		    *last.authority_key_id ? ", key identifier " : "", last.authority_key_id,
		    last.subject))
		return -1;
	return advice_say(&look->command_line,
		ADVICE_WORDS("capture", "--intermediates", look->target), &look->it->todo, why,
		"whoever runs the server must let it send its intermediate certificates, which "
		"browsers fetch and other programs do not; for them, ");
}

static int tell_missing_root(struct look *look, struct fault *why)
{
	look->it->verdict = VERDICT_MISSING_ROOT;
	look->it->is_curable = true;
	if (say_where_it_leads(
		    look, "a public CA issued it, but its root is not in this store", why))
		return -1;
	return advice_say(&look->command_line,
		ADVICE_WORDS("install", "--public-root", ADVICE_FILE, look->target),
		&look->it->todo, why,
		"update the ca-certificates package, or, with a store that has the root, ");
}

static int tell_untrusted(struct look *look, struct fault *why)
{
	look->it->verdict = VERDICT_UNTRUSTED;
	if (only_root_is_missing(look->facts->error)
			? say_where_it_leads(look,
				  "a private CA issued it, with no other sign of "
				  "interception",
				  why)
			: text_set(&look->it->why, why, "it is not trusted here by %s: %s",
				  look->facts->untrusted_by, look->facts->untrusted_why))
		return -1;
	return say_cure(look, "whoever runs the server", why);
}

static int tell_trusted(struct look *look, struct fault *why)
{
	look->it->verdict = VERDICT_TRUSTED;
	return say_where_it_leads(look,
		       look->it->is_public ? "a public CA issued it, and this store trusts it"
					   : "a private CA issued it, and this store trusts it",
		       why) || text_set(&look->it->todo, why, "nothing")
		       ? -1
		       : 0;
}

static int decide_untrusted(struct look *look, struct fault *why)
{
	enum verdict flaw;

	if (is_alone(look->facts->path))
		return tell_self_signed(look, why);
	if (find_flaw(look, &flaw, &look->it->why, why))
		return -1;
	if (flaw != VERDICT_TRUSTED)
		return tell_flaw(look, flaw, why);
	if (is_incomplete(look))
		return tell_incomplete(look, why);
	if (look->it->is_public && only_root_is_missing(look->facts->error))
		return tell_missing_root(look, why);
	return tell_untrusted(look, why);
}

static int decide(struct look *look, struct fault *why)
{
	struct evidence evidence = {0};
	struct fault refusal = FAULT_INIT;
	int rc = 0;

	if (!look->it->is_public && !is_alone(look->facts->path))
		rc = evidence_collect(
			look->probe, look->facts, look->it->interceptor, &evidence, why);
	if (rc == 0 && evidence.strong && interceptor_check_refusal(look->facts->path, &refusal))
		rc = tell_untrusted_by_proxy(look, &evidence, &refusal, why);
	else if (rc == 0 && (evidence.strong >= 1 || evidence.weak >= 2))
		rc = tell_intercepted(look, &evidence, why);
	else if (rc == 0 && look->probe->end == PROBE_CLIENT_CERT_REQUIRED)
		rc = tell_end(look->probe, look->facts, look->it, why);
	else if (rc == 0 && look->facts->trusted_here)
		rc = tell_trusted(look, why);
	else if (rc == 0)
		rc = decide_untrusted(look, why);
	names_free(&evidence.told);
	return rc;
}

int diagnose(const struct probe *probe, const struct diagnose_facts *facts, struct diagnosis *ret,
	struct fault *why)
{
	struct diagnosis it = {0};
	CLEANUP(look) struct look look = {.probe = probe, .facts = facts, .it = &it};
	int rc;

	if (!probe_is_proven(probe))
		rc = tell_end(probe, facts, &it, why);
	else
		rc = look_make(&look, why) || decide(&look, why) ? -1 : 0;
	if (rc) {
		diagnosis_free(&it);
		return -1;
	}
	*ret = it;
	return 0;
}
