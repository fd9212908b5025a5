/* SPDX-License-Identifier: Apache-2.0 */
#include "src/find/issuers.h"

#include <string.h>

#include "src/x509/chain_build.h"
#include "src/x509/roots.h"
#include "src/net/aia.h"
#include "src/sys/parallel.h"
#include "src/sys/log.h"

/* One certificate whose issuer is missing. */
struct errand {
	struct finding *finding; /* the first that ends there */
	struct cert *child; /* borrowed from its chain */
	int rc;
	struct fault missed;
	struct fault why;
};

struct errands {
	const struct prober *prober;
	struct errand *at;
	size_t n;
};

static bool has_subject(const struct certs *certs, const uint8_t *name, size_t len)
{
	for (size_t i = 0; i < certs->n; i++) {
		size_t subject_len;
		const uint8_t *subject = cert_subject_der(certs->at[i], &subject_len);

		if (subject_len == len && memcmp(subject, name, len) == 0)
			return true;
	}
	return false;
}

bool issuers_know(struct cert *top, const struct certs *anchors)
{
	size_t len;
	const uint8_t *issuer = cert_issuer_der(top, &len);

	return cert_is_self_signed(top) || roots_have_subject(issuer, len) ||
	       has_subject(anchors, issuer, len);
}

static struct errand *errand_of(struct errands *errands, const struct cert *child)
{
	for (size_t i = 0; i < errands->n; i++)
		if (cert_same(errands->at[i].child, child))
			return &errands->at[i];
	return NULL;
}

/* The top of the path built from what was sent, borrowed; NULL: no chain. */
static struct cert *end_of(const struct finding *finding)
{
	return finding->sent_path.n ? path_top(&finding->sent_path) : NULL;
}

static void run_errand(void *arg, size_t i)
{
	struct errands *errands = arg;
	struct errand *it = &errands->at[i];

	it->rc = aia_fetch(errands->prober, it->finding->probe, it->child, &it->finding->fetched,
		&it->missed, &it->why);
}

static int note_missed(struct finding *finding, const char *text, struct fault *why)
{
	log_detail("%s: %s", finding->target->label, text);
	finding->missed = strdup(text);
	return finding->missed ? 0 : fault_nomem(why);
}

/* Give every finding that ends at the same certificate what was fetched for the first one. */
static int hand_out(const struct survey *survey, struct errands *errands, struct fault *why)
{
	for (size_t i = 0; i < survey->n; i++) {
		struct cert *end = end_of(&survey->at[i]);
		const struct errand *it = end ? errand_of(errands, end) : NULL;

		if (!it)
			continue;
		if (it->rc < 0) {
			*why = it->why;
			return -1;
		}
		if (it->missed.kind && note_missed(&survey->at[i], it->missed.text, why) < 0)
			return -1;
		if (certs_add_new(&survey->at[i].fetched, &it->finding->fetched, why) < 0)
			return -1;
	}
	return 0;
}

int issuers_fetch(const struct survey *survey, const struct certs *anchors, struct fault *why)
{
	auto_free struct errand *list = calloc(survey->n + 1, sizeof(*list));
	struct errands errands = {survey->prober, list, 0};

	if (!list)
		return fault_nomem(why);
	for (size_t i = 0; i < survey->n; i++) {
		struct cert *end = end_of(&survey->at[i]);

		if (end && !issuers_know(end, anchors) && !errand_of(&errands, end))
			list[errands.n++] =
				(struct errand){.finding = &survey->at[i], .child = end};
	}
	if (parallel_run(errands.n, run_errand, &errands, why) < 0)
		return -1;
	return hand_out(survey, &errands, why);
}
