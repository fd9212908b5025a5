/* SPDX-License-Identifier: Apache-2.0 */
#include "src/find/intermediates.h"

#include <stdlib.h>

#include "src/base/text.h"
#include "src/x509/chain_build.h"
#include "src/net/aia.h"
#include "src/sys/parallel.h"
#include "src/sys/log.h"

/* ---- fetching -------------------------------------------------------------------------------- */

/* What is fetched for one certificate whose issuer is missing. */
struct errand {
	const struct prober *prober;
	struct finding *finding; /* the first whose path ends there */
	struct cert *child; /* borrowed from its chain */
	int rc;
	struct fault missed, why;
};

bool issuers_know(struct cert *top, const struct certs *anchors)
{
	bool known = cert_is_self_signed(top) || cert_issuer_is_public(top);

	for (size_t i = 0; i < anchors->n && !known; i++)
		known = bytes_same(anchors->at[i]->subject.der, top->issuer.der);
	return known;
}

static void run_errand(void *arg, size_t i)
{
	struct errand *it = (struct errand *)arg + i;

	it->rc = aia_fetch(it->prober, it->finding->probe, it->child, &it->finding->fetched,
		&it->missed, &it->why);
}

int issuers_fetch(const struct survey *survey, const struct certs *anchors, struct fault *why)
{
	auto_free struct errand *errands = calloc(survey->n + 1, sizeof(*errands));
	auto_free size_t *sent =
		calloc(survey->n + 1, sizeof(*sent)); /* each finding's errand + 1 */
	size_t n = 0;

	if (!errands || !sent)
		return fault_nomem(why);
	for (size_t i = 0; i < survey->n; i++) {
		struct finding *it = &survey->at[i];
		size_t e = 0;

		if (!it->path.n || issuers_know(path_top(&it->path), anchors))
			continue;
		while (e < n && !cert_same(errands[e].child, path_top(&it->path)))
			e++;
		if (e == n)
			errands[n++] = (struct errand){.prober = survey->prober,
				.finding = it,
				.child = path_top(&it->path)};
		sent[i] = e + 1;
	}
	if (parallel_run(n, false, run_errand, errands, why) < 0)
		return -1;
	/* All findings that end at the same certificate get what was fetched for the first one. */
	for (size_t i = 0; i < survey->n; i++) {
		const struct errand *errand = sent[i] ? &errands[sent[i] - 1] : NULL;
		struct finding *it = &survey->at[i];

		if (!errand)
			continue;
		if (errand->rc < 0) {
			*why = errand->why;
			return -1;
		}
		if (errand->missed.kind) {
			log_detail("%s: %s", it->target->label, errand->missed.text);
			if (text_set(&it->missed, why, "%s", errand->missed.text) < 0)
				return -1;
		}
		if (certs_add_new(&it->fetched, &errand->finding->fetched, why) < 0)
			return -1;
	}
	return 0;
}

/* ---- what servers left out ------------------------------------------------------------------- */

/* Would a client that has only the roots trust the completed chain? */
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
		(top->is_public_root && certs_add(&anchors, top, why) < 0) ||
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
			"or public; to install it first, %s",
			facts.issuer, run);
	return fault_set(why, FAULT_REFUSED, "the missing '%s' could not be fetched%s%s",
		facts.issuer, finding->missed ? ": " : "", finding->missed ? finding->missed : "");
}

static int find_one(const struct survey *survey, const struct finding *finding, struct cas *ret,
	struct fault *why)
{
	auto_certs missing = CERTS_INIT;

	if (!probe_is_proven(finding->probe))
		return survey_fault(finding, why);
	/* The part of the path that was not sent; a root need not be sent. */
	for (size_t i = 0; i < finding->path.n; i++) {
		struct cert *cert = finding->path.at[i];

		if (!certs_hold(&finding->probe->chain, cert) && !cert_is_self_signed(cert) &&
			certs_add(&missing, cert, why) < 0)
			return -1;
	}
	if (!issuers_know(path_top(&finding->path), &survey->anchors))
		return not_fetched(finding, survey->advice, missing.n > 0, why);
	if ((missing.n && check(survey, finding, &missing, why) < 0))
		return -1;
	for (size_t i = 0; i < missing.n; i++) {
		struct ca *ca;

		if (cas_add(ret, missing.at[i], &ca, why) < 0 ||
			names_add(&ca->targets, finding->target->label, why) < 0)
			return -1;
	}
	return 0;
}

int intermediates_find(const struct survey *survey, struct cas *ret, struct fault *why)
{
	auto_cas found = {0};

	for (size_t i = 0; i < survey->n; i++)
		if (find_one(survey, &survey->at[i], &found, why) < 0)
			return fault_wrap(why, "%s", survey->at[i].target->label);
	if (found.n == 0)
		return fault_set(why, FAULT_REFUSED,
			"%s: no intermediate is missing: the server sends what it must",
			survey->at[0].target->label);
	*ret = found;
	found = (struct cas){0};
	return 0;
}
