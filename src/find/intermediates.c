/* SPDX-License-Identifier: Apache-2.0 */
#include "src/find/intermediates.h"

#include <string.h>

#include "src/client/verify.h"
#include "src/x509/chain_build.h"
#include "src/find/issuers.h"

void intermediates_free(struct intermediates *intermediates)
{
	for (size_t i = 0; i < intermediates->n; i++) {
		cert_free(intermediates->at[i].cert);
		names_free(&intermediates->at[i].targets);
	}
	free(intermediates->at);
	*intermediates = (struct intermediates){0};
}

static int add(struct intermediates *ret, struct cert *cert, const char *target, struct fault *why)
{
	struct intermediate *at;

	for (size_t i = 0; i < ret->n; i++)
		if (cert_same(ret->at[i].cert, cert))
			return names_add(&ret->at[i].targets, target, why);
	at = realloc(ret->at, (ret->n + 1) * sizeof(*at));
	if (!at)
		return fault_nomem(why);
	ret->at = at;
	at += ret->n++;
	*at = (struct intermediate){.cert = cert_ref(cert)};
	return names_add(&at->targets, target, why);
}

/* What of its path was not sent; a root need not be. */
static int find_missing(const struct finding *finding, struct certs *ret, struct fault *why)
{
	for (size_t i = 0; i < finding->path.n; i++) {
		struct cert *cert = finding->path.at[i];

		if (certs_hold(&finding->probe->chain, cert) || cert_is_self_signed(cert))
			continue;
		if (certs_add(ret, cert, why) < 0)
			return -1;
	}
	return 0;
}

/* Would a client that knows the roots, and only them, be content with the chain made whole? */
static int check(const struct survey *survey, const struct finding *finding,
	const struct certs *missing, struct fault *why)
{
	struct cert *top = path_top(&finding->path);
	auto_certs chain = CERTS_INIT;
	auto_certs anchors = CERTS_INIT;
	struct verification verification = {0};
	struct verify_case it = {&chain, &anchors, NULL, survey->options->at};

	if (certs_add_new(&chain, &finding->probe->chain, why) < 0 ||
		certs_add_new(&chain, missing, why) < 0 ||
		certs_add_new(&anchors, &survey->anchors, why) < 0 ||
		(cert_is_public_root(top) && certs_add(&anchors, top, why) < 0) ||
		client_verify(&it, CLIENT_OPENSSL, &verification, why) < 0)
		return -1;
	if (verification.trusts)
		return 0;
	return fault_set(why, FAULT_REFUSED,
		"what was fetched leads to no root that is trusted here or public: %s",
		verification.why);
}

static int not_fetched(const struct finding *finding, const struct advice *command_line, bool any,
	struct fault *why)
{
	auto_cert_facts facts = {0};
	auto_free char *run = NULL;

	if (cert_facts_make(path_top(&finding->path), &facts, why) < 0 ||
		advice_run(command_line, ADVICE_WORDS("install", "--ca", ADVICE_FILE), &run, why) <
			0)
		return -1;
	if (any)
		return fault_set(why, FAULT_REFUSED,
			"what was fetched leads to '%s', which is not a root that is trusted here "
			"or "
			"public; to install it first, %s",
			facts.issuer, run);
	return fault_set(why, FAULT_REFUSED, "the missing '%s' could not be fetched%s%s",
		facts.issuer, finding->missed ? ": " : "", finding->missed ? finding->missed : "");
}

static int find_one(const struct survey *survey, const struct finding *finding,
	struct intermediates *ret, struct fault *why)
{
	auto_certs missing = CERTS_INIT;

	if (!probe_is_proven(finding->probe))
		return survey_fault(finding, why);
	if (find_missing(finding, &missing, why) < 0)
		return -1;
	if (!issuers_know(path_top(&finding->path), &survey->anchors))
		return not_fetched(finding, survey->advice, missing.n > 0, why);
	if ((missing.n && check(survey, finding, &missing, why) < 0))
		return -1;
	for (size_t i = 0; i < missing.n; i++)
		if (add(ret, missing.at[i], finding->target->label, why) < 0)
			return -1;
	return 0;
}

int intermediates_find(const struct survey *survey, struct intermediates *ret, struct fault *why)
{
	auto_intermediates found = {0};

	for (size_t i = 0; i < survey->n; i++)
		if (find_one(survey, &survey->at[i], &found, why) < 0)
			return fault_wrap(why, "%s", survey->targets[i].label);
	if (found.n == 0)
		return fault_set(why, FAULT_REFUSED,
			"%s: no intermediate is missing: the server sends what it must",
			survey->targets[0].label);
	*ret = found;
	found = (struct intermediates){0};
	return 0;
}
