/* SPDX-License-Identifier: Apache-2.0 */
#include "src/find/capture.h"

#include "src/client/lint.h"
#include "src/x509/chain_build.h"
#include "src/x509/pem.h"

/* ---- candidates for an issuer that was not sent ---------------------------------------------- */

/* The anchors of the stores when the targets were contacted, and the files that agents left. */
static int add_candidates(
	const struct survey *survey, struct site *site, struct certs *ret, struct fault *why)
{
	if (certs_add_new(ret, &survey->anchors, why) < 0)
		return -1;
	for (size_t t = 0; t < site->trees_n; t++)
		for (const char *const *path = interceptor_agent_files; *path; path++) {
			auto_buf bytes = buf_make(LIMIT_PEM_BYTES);
			struct fault ignored = FAULT_INIT;
			auto_certs certs = CERTS_INIT;
			bool found = false;

			/* Ignore a broken agent file. */
			if (view_read(&site->trees[t].view, *path, &bytes, &found, &ignored) == 0 &&
				found &&
				pem_read(bytes.bytes, bytes.len, *path, PEM_LENIENT, &certs,
					&ignored) == 0 &&
				certs_add_new(ret, &certs, why) < 0)
				return -1;
		}
	return 0;
}

/* ---- one CA ---------------------------------------------------------------------------------- */

/* Find or add the CA with this certificate; a new one gets the advice about its readers. */
static int note_ca(struct cas *cas, struct cert *cert, struct ca **ret, struct fault *why)
{
	auto_cert alone = NULL;
	size_t len = cert->der.left;
	const uint8_t *der = cert->der.at;

	*ret = cas_find(cas, cert->sha256);
	if (*ret)
		return 0;
	/* Copy it without the marks of readers that cannot see it in its file: they do not
	 * matter here. */
	if (cert_make(der, len, &alone, why) < 0 || cas_add(cas, alone, ret, why) < 0)
		return -1;
	return lint_clients(cert, &(*ret)->advice, why);
}

int capture_take_file(struct cas *cas, struct cert *cert, const struct capture_options *options,
	struct fault *why)
{
	const struct certs alone = {.at = &cert, .n = 1};
	struct fault refusal = FAULT_INIT;
	struct ca *ca;

	if (lint_anchor(cert,
		    options->allow_intermediate ? LINT_ALLOW_INTERMEDIATE : LINT_SELF_SIGNED_ONLY,
		    time(NULL), why) < 0 ||
		note_ca(cas, cert, &ca, why) < 0)
		return -1;
	/* It may be the wrong file: a proxy keeps its two CAs side by side. */
	if (interceptor_check_refusal(&alone, &refusal) == 0)
		return 0;
	return names_add(&ca->advice,
		"by its name this is the CA that a proxy signs with when it does not trust a "
		"server: whoever trusts it is no longer warned",
		why);
}

/* The path ends below its root: say which root is missing and where to find it. */
static int missing_root(const struct finding *finding, struct cert *top,
	const struct advice *command_line, struct fault *why)
{
	const struct interceptor *vendor = finding->diagnosis.interceptor;
	bool runs = command_line && command_line->behind;
	const char *const words[] = {runs ? "exec" : "install", "--ca", ADVICE_FILE, "--verify",
		finding->target->label, runs ? "--" : NULL, "COMMAND", NULL};
	auto_cert_facts facts = {0};
	auto_free char *run = NULL;

	if (cert_facts_make(top, &facts, why) < 0 || advice_run(command_line, words, &run, why) < 0)
		return -1;
	return fault_set(why, FAULT_REFUSED,
		"the root '%s'%s%s was not sent and is not on this machine; %s, and %s",
		facts.issuer, facts.authority_key_id[0] ? " with key identifier " : "",
		facts.authority_key_id,
		vendor && vendor->root_hint ? vendor->root_hint
					    : "get it from whoever runs the proxy, or export it "
					      "from a browser that trusts it",
		run);
}

/* Choose a private CA, a new reference, from what was sent, fetched, or found in the tree. */
static int choose_private(const struct finding *finding, const struct certs *candidates,
	const struct capture_options *options, struct cert **ret, struct fault *why)
{
	const struct diagnosis *is = &finding->diagnosis;
	auto_certs more = CERTS_INIT;
	auto_certs path = CERTS_INIT;
	struct cert *top;
	bool is_root;

	if (is->verdict != VERDICT_TRUSTED && is->verdict != VERDICT_INTERCEPTED &&
		is->verdict != VERDICT_UNTRUSTED && is->verdict != VERDICT_SELF_SIGNED)
		return fault_set(why, FAULT_REFUSED, "%s: %s", verdict_name(is->verdict), is->why);
	if (is->interceptor && is->interceptor->class == INTERCEPTOR_DEBUG && !options->pinned)
		return fault_set(why, FAULT_REFUSED,
			"%s is a debugging proxy; its CA is taken only with an explicit --pin",
			is->interceptor->product);
	if (interceptor_check_refusal(&finding->probe->chain, why) < 0 ||
		certs_add_new(&more, &finding->fetched, why) < 0 ||
		certs_add_new(&more, candidates, why) < 0 ||
		chain_build(&finding->probe->chain, &more, options->at, &path, why) < 0 ||
		interceptor_check_refusal(&path, why) < 0)
		return -1;
	top = path_top(&path);
	is_root = cert_is_self_signed(top);
	if (!is_root && !options->allow_intermediate)
		return missing_root(finding, top, options->advice, why);
	if (!is_root && (path.n < 2 || !cert_is_ca(top)))
		return fault_set(why, FAULT_REFUSED,
			"nothing but the server's own certificate was sent; there is no CA to "
			"take");
	if (is_root && top->is_public_root)
		return fault_set(why, FAULT_REFUSED,
			"its chain ends in a public root; nobody intercepts it");
	if (path.n < 2)
		return fault_set(why, FAULT_REFUSED,
			"it presents a self-signed certificate of its own and no CA; trusting a "
			"server's certificate breaks at its next renewal");
	if (lint_anchor(top, is_root ? LINT_SELF_SIGNED_ONLY : LINT_ALLOW_INTERMEDIATE, time(NULL),
		    why) < 0)
		return -1;
	*ret = cert_ref(top);
	return 0;
}

/* Is the target trusted, with no CA to find?  A CA that a pin or lock names must be found,
 * unless it is public. */
static bool needs_no_ca(const struct finding *finding, const struct capture_options *options)
{
	if (finding->diagnosis.verdict != VERDICT_TRUSTED)
		return false;
	if (!options->must_show || finding->path.n == 0)
		return true;
	return cert_issuer_is_public(path_top(&finding->path));
}

bool capture_lacks_root(const struct finding *finding)
{
	return finding->diagnosis.verdict == VERDICT_MISSING_ROOT;
}

/* Choose the public root of the finding's chain from the roots that are offered; a new
 * reference. */
static int choose_public(const struct finding *finding, const struct capture_options *options,
	struct cert **ret, struct fault *why)
{
	auto_certs more = CERTS_INIT;
	auto_certs path = CERTS_INIT;
	auto_cert_facts facts = {0};
	size_t found;

	if (certs_add_new(&more, options->public_roots, why) < 0 ||
		certs_add_new(&more, &finding->fetched, why) < 0 ||
		chain_build(&finding->probe->chain, &more, options->at, &path, why) < 0 ||
		cert_facts_make(path_top(&path), &facts, why) < 0)
		return -1;
	found = certs_find(options->public_roots, path_top(&path));
	if (found == options->public_roots->n || !facts.is_self_signed)
		return fault_set(why, FAULT_REFUSED, "the public root '%s' is not in %s either",
			facts.issuer, options->public_source);
	if (!path_top(&path)->is_public_root && !options->pinned)
		return fault_set(why, FAULT_REFUSED,
			"'%s', sha256:%s, in %s has the name of a public root, but is not a known "
			"one; it is taken only with an explicit --pin",
			facts.subject, facts.sha256, options->public_source);
	if (lint_anchor(options->public_roots->at[found], LINT_SELF_SIGNED_ONLY, time(NULL), why) <
		0)
		return -1;
	*ret = cert_ref(options->public_roots->at[found]);
	return 0;
}

int capture_seen(const struct ca *ca, size_t targets_n, char **ret, struct fault *why)
{
	int rc = targets_n == 1
			 ? asprintf(ret, "seen on the only target checked")
			 : asprintf(ret, "seen for %zu of %zu targets (%zu %s)", ca->targets.n,
				   targets_n, ca->owners.n, ca->owners.n == 1 ? "owner" : "owners");

	return rc < 0 ? fault_nomem(why) : 0;
}

static int capture_one(const struct finding *finding, const struct certs *candidates,
	const struct capture_options *options, struct cas *cas, struct fault *why)
{
	bool is_public = options->public_roots && capture_lacks_root(finding);
	const char *owner = survey_owner(finding->probe), *label = finding->target->label;
	const struct diagnosis *is = &finding->diagnosis;
	auto_cert cert = NULL;
	struct ca *ca;

	if (!probe_is_proven(finding->probe))
		return survey_fault(finding, why);
	if (needs_no_ca(finding, options))
		return 0;
	if ((is_public ? choose_public(finding, options, &cert, why)
		       : choose_private(finding, candidates, options, &cert, why)) < 0 ||
		note_ca(cas, cert, &ca, why) < 0)
		return -1;
	ca->source = is_public ? options->public_source : NULL;
	if (!ca->interceptor)
		ca->interceptor = is->interceptor;
	if (names_addf(&ca->findings, why, "%s: %s", label, verdict_name(is->verdict)) < 0 ||
		names_addf(&ca->findings, why, "  why       %s", is->why) < 0)
		return -1;
	for (size_t i = 0; i < is->evidence.n; i++)
		if (names_addf(&ca->findings, why, "  evidence  %s", is->evidence.at[i]) < 0)
			return -1;
	if (!names_holds(&ca->owners, owner) && names_add(&ca->owners, owner, why) < 0)
		return -1;
	return names_add(&ca->targets, label, why);
}

int capture_make(const struct survey *survey, struct site *site,
	const struct capture_options *options, struct cas *ret, struct fault *why)
{
	auto_certs candidates = CERTS_INIT;
	auto_cas cas = {0};

	if (add_candidates(survey, site, &candidates, why) < 0)
		return -1;
	for (size_t i = 0; i < survey->n; i++)
		if (capture_one(&survey->at[i], &candidates, options, &cas, why) < 0)
			return fault_wrap(why, "%s", survey->at[i].target->label);
	*ret = cas;
	cas = (struct cas){0};
	return 0;
}
