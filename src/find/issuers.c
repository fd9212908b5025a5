/* SPDX-License-Identifier: Apache-2.0 */
#include "src/find/issuers.h"

#include <stdlib.h>

#include "src/base/text.h"
#include "src/x509/chain_build.h"
#include "src/net/aia.h"
#include "src/sys/parallel.h"
#include "src/sys/log.h"

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

		if (!it->sent_path.n || issuers_know(path_top(&it->sent_path), anchors))
			continue;
		while (e < n && !cert_same(errands[e].child, path_top(&it->sent_path)))
			e++;
		if (e == n)
			errands[n++] = (struct errand){.prober = survey->prober,
				.finding = it,
				.child = path_top(&it->sent_path)};
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
