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
	bool to_known; /* only a root among what else is known will do */
	size_t checks_left;
	struct certs entered;
	struct cert *now[LIMIT_PATH_DEPTH]; /* the current path from the leaf, borrowed */
	struct cert *best[LIMIT_PATH_DEPTH]; /* the longest path that ended without a root */
	size_t best_n;
};

static bool is_valid(struct cert *cert, time_t at, time_t *ret_to)
{
	time_t from = 0;

	*ret_to = 0;
	return cert_times(cert, &from, ret_to) && from <= at && at <= *ret_to;
}

/* Is `a` the better issuer: valid at `at`, or else valid longer? */
static bool is_better(struct cert *a, struct cert *b, time_t at)
{
	time_t to[2];
	bool valid_a = is_valid(a, at, &to[0]), valid_b = is_valid(b, at, &to[1]);

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
	if (cert_is_self_signed(cert) &&
		(!search->to_known || certs_hold(search->pools[1], cert))) {
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

/*
 * How much of the best path counts?  Above a public root whose own certificate is not at hand, what
 * was sent to vouch for it may have expired or lead nowhere: clients end at the root.
 */
static size_t length(const struct search *search, bool has_root)
{
	size_t last = has_root ? 0 : search->best_n;
	time_t to;

	for (size_t i = 1; i < search->best_n && has_root; i++)
		if (!is_valid(search->best[i], search->at, &to))
			last = i;
	for (size_t i = 0; i < last; i++)
		if (cert_issuer_is_public(search->best[i]))
			return i + 1;
	return search->best_n;
}

int chain_build(const struct certs *sent, const struct certs *more, time_t at, struct certs *ret,
	struct fault *why)
{
	struct search search = {
		.pools = {sent, more}, .at = at, .checks_left = LIMIT_PATH_CHECKS_N};
	auto_certs path = CERTS_INIT;
	size_t leaf = 0;
	int rc = 0;

	if (sent->n == 0)
		return fault_set(why, FAULT_FORMAT, "no certificate to build a path from");
	while (leaf < sent->n && cert_is_ca(sent->at[leaf]))
		leaf++;
	for (int pass = more ? 0 : 1; pass < 2 && rc == 0; pass++) {
		search.to_known = pass == 0;
		search.best_n = 0;
		rc = enter(&search, sent->at[leaf < sent->n ? leaf : 0], 0, why);
		certs_free(&search.entered);
	}
	if (rc < 0)
		return -1;
	for (size_t i = 0, n = length(&search, rc == 1); i < n; i++)
		if (certs_add(&path, search.best[i], why) < 0)
			return -1;
	*ret = path;
	path = (struct certs)CERTS_INIT;
	return 0;
}
