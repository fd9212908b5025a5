/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_LISTING_H
#define TRUSTFIX_LISTING_H

/* What is in the stores, and whether it would do: `list` and `verify`. */

#include "src/install/outcome.h"
#include "src/find/site.h"
#include "src/find/survey.h"

struct listed_store {
	struct certs certs; /* what is no public root, or everything */
	size_t all_n; /* how many certificates the store holds in all */
	size_t hidden_n; /* how many of them a client that decides does not load */
	char damage[PEM_QUIRK_WHY_LEN]; /* why, or "" */
};

struct listing {
	struct listed_store *at; /* one per place of the site */
	size_t n;
};

/* `all`: public roots too. */
int listing_make(struct site *site, bool all, struct listing *ret, struct fault *why);
void listing_free(struct listing *listing);
CLEANUP_VALUE(listing, listing_free)

/*
 * Per store and reader: would it trust the peers of the survey?  `*ret_holds` is true when every
 * deciding reader of every store trusts every peer.  FAULT_PEER: a peer presented no chain.
 */
int verify(struct site *site, const struct survey *survey, struct outcome *outcome, bool *ret_holds,
	struct fault *why);

#endif
