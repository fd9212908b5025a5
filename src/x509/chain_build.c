/* SPDX-License-Identifier: Apache-2.0 */
#include "src/x509/chain_build.h"

#include <string.h>

/*
 * A depth-first search from the leaf that visits each certificate once, the better issuer first.
 * It finds a self-signed top if there is one, without following every path through a mesh of
 * cross-certificates.
 */
struct search {
	const struct certs *pools[2]; /* what was sent, and what else is known */
	time_t at;
	size_t checks_left;
	struct certs entered;
	struct cert *now[LIMIT_PATH_DEPTH]; /* the current path from the leaf, borrowed */
	struct cert *best[LIMIT_PATH_DEPTH]; /* the longest path that ended without a root */
	size_t best_n;
};

/* Is `a` the better issuer: valid at `at`, or else valid longer? */
static bool is_better(struct cert *a, struct cert *b, time_t at)
{
	time_t from[2] = {0, 0}, to[2] = {0, 0};
	bool valid_a = cert_times(a, &from[0], &to[0]) && from[0] <= at && at <= to[0];
	bool valid_b = cert_times(b, &from[1], &to[1]) && from[1] <= at && at <= to[1];

	return valid_a != valid_b ? valid_a : to[0] > to[1];
}

/* The best issuer that was not visited yet: those are on the current path, or known to lead
 * nowhere. NULL: there is none. */
static struct cert *next_issuer(struct search *search, struct cert *child)
{
	struct cert *best = NULL;

	for (size_t pool = 0; pool < 2; pool++) {
		const struct certs *certs = search->pools[pool];

		for (size_t i = 0; certs && i < certs->n && search->checks_left; i++) {
			struct cert *cert = certs->at[i];

			if (!cert_names_match(cert, child) || certs_hold(&search->entered, cert) ||
				(best && !is_better(cert, best, search->at)))
				continue;
			search->checks_left--;
			if (cert_issued(cert, child))
				best = cert;
		}
	}
	return best;
}

/* Continue the path with `cert` at index `n`. 1: it reached a self-signed certificate, and the path
 * is in `best`; 0: it did not. */
static int enter(struct search *search, struct cert *cert, size_t n, struct fault *why)
{
	struct cert *issuer;
	int found = 0;

	if (certs_add(&search->entered, cert, why) < 0)
		return -1;
	search->now[n] = cert;
	if (cert_is_self_signed(cert)) {
		found = 1;
		search->best_n = 0;
	}
	while (found == 0 && n + 1 < LIMIT_PATH_DEPTH && (issuer = next_issuer(search, cert)))
		found = enter(search, issuer, n + 1, why);
	if (found >= 0 && n + 1 > search->best_n) {
		search->best_n = n + 1;
		memcpy(search->best, search->now, search->best_n * sizeof(*search->best));
	}
	return found;
}

int chain_build(const struct certs *sent, const struct certs *more, time_t at, struct certs *ret,
	struct fault *why)
{
	struct search search = {
		.pools = {sent, more}, .at = at, .checks_left = LIMIT_PATH_CHECKS_N};
	auto_certs path = CERTS_INIT;
	size_t leaf = 0;
	int rc;

	if (sent->n == 0)
		return fault_set(why, FAULT_FORMAT, "no certificate to build a path from");
	while (leaf < sent->n && cert_is_ca(sent->at[leaf]))
		leaf++;
	rc = enter(&search, sent->at[leaf < sent->n ? leaf : 0], 0, why);
	certs_free(&search.entered);
	if (rc < 0)
		return -1;
	for (size_t i = 0; i < search.best_n; i++)
		if (certs_add(&path, search.best[i], why) < 0)
			return -1;
	*ret = path;
	path = (struct certs)CERTS_INIT;
	return 0;
}
