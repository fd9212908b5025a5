/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_OUTCOME_H
#define TRUSTFIX_OUTCOME_H

/*
 * What became of the stores of a site, or what is in them, as a person or a program is told.
 *
 * A result points to its place, so it lasts as long as the site, and until that is planned again.
 */

#include "src/find/prove.h"
#include "src/find/site.h"

enum store_state {
	STORE_UNCHANGED,
	STORE_ADDED,
	STORE_REMOVED,
	STORE_REPLACED,
	STORE_WOULD_ADD,
	STORE_WOULD_REMOVE,
	STORE_WOULD_REPLACE,
	STORE_FAILED,
	STORE_REVERTED,
	STORE_STATES
};

const char *store_state_name(enum store_state state);

struct store_result {
	const struct place *place;
	enum store_state state;
	unsigned blind; /* who would not see what is added: PEM_QUIRK_BIT()s, as planned */
	struct proof proof;

	/* of outcome_list() */
	struct certs certs; /* what is no public root, or everything */
	size_t all_n; /* how many certificates the store holds in all */
	size_t hidden_n; /* how many of them a client that decides does not load */
	char damage[PEM_QUIRK_WHY_LEN]; /* why, or "" */
};

struct outcome {
	struct store_result *at; /* one per place */
	size_t n;
	bool changed; /* something is now other than before */
	bool would_change; /* of a plan that is not carried out: something is to be done */
	bool interrupted; /* and be it that a run that was cut off is to be put back */
	bool asked_peers; /* the proof has peers in it */
	uint64_t id; /* the transaction, 0: none */
	struct names notes;
	struct names edits; /* --dry-run: "write /etc/..." lines */
};

void outcome_free(struct outcome *outcome);
CLEANUP_VALUE(outcome, outcome_free)
#define auto_outcome CLEANUP(outcome) struct outcome

/* One result per place, unchanged, and the notes of the search; what was there goes. */
int outcome_begin(struct outcome *outcome, const struct places *places, struct fault *why);

/* A line per edit of the site's plans, for --dry-run. */
int outcome_set_edits(struct outcome *outcome, const struct site *site, struct fault *why);

/* Every store that would change ended in this state: STORE_FAILED, STORE_REVERTED. */
void outcome_end(struct outcome *outcome, enum store_state state);

/* Every store that would change has changed. */
void outcome_done(struct outcome *outcome);

/* `list`: what is in the stores; `all`: public roots too. */
int outcome_list(struct outcome *outcome, struct site *site, bool all, struct fault *why);

/*
 * `verify`: per store and reader, would it trust the peers of the survey?  `*ret_holds` is true
 * when every deciding reader of every store trusts every peer.  FAULT_PEER: a peer presented no
 * chain.
 */
int outcome_verify(struct outcome *outcome, struct site *site, struct survey *survey,
	bool *ret_holds, struct fault *why);

#endif
