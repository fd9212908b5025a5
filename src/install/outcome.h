/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_OUTCOME_H
#define TRUSTFIX_OUTCOME_H

/*
 * What a run did to the stores of a site, or what they hold, for the text and JSON reports.
 *
 * A result points to its place: it is valid as long as the site, and until the site is planned
 * again.
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

extern const char *const store_states[]; /* their names */

struct store_result {
	const struct place *place;
	enum store_state state;
	unsigned blind; /* readers that would not see the added CA, by the plan: PEM_QUIRK_BIT()s */
	struct proof proof;

	/* set by outcome_list() */
	struct certs certs; /* all certificates, or those that are not public roots */
	size_t all_n; /* number of certificates in the store */
	size_t hidden_n; /* how many of them a deciding client does not load */
	char damage[PEM_QUIRK_WHY_LEN]; /* what is wrong with the file, or "" */
};

struct outcome {
	struct store_result *at; /* one per place */
	size_t n;
	bool changed; /* something was changed */
	bool would_change; /* dry run: there is something to do */
	bool interrupted; /* dry run: an interrupted run must be rolled back */
	bool asked_peers; /* the proof includes peers */
	uint64_t id; /* the transaction; 0: none */
	struct names notes;
	struct names edits; /* --dry-run: "write /etc/..." lines */
};

void outcome_free(struct outcome *outcome);

/* Start over with one result per place, all STORE_UNCHANGED, and the notes of the search.  Frees
 * what `outcome` held. */
int outcome_begin(struct outcome *outcome, const struct places *places, struct fault *why);

/* Add a line to `edits` for each edit in the site's plans, for --dry-run. */
int outcome_set_edits(struct outcome *outcome, const struct site *site, struct fault *why);

/* Set every store that would change to `state`: STORE_FAILED or STORE_REVERTED. */
void outcome_end(struct outcome *outcome, enum store_state state);

/* Mark every store that would change as changed. */
void outcome_done(struct outcome *outcome);

/* `list`: the certificates in the stores; `all` includes public roots. */
int outcome_list(struct outcome *outcome, struct site *site, bool all, struct fault *why);

/*
 * `verify`: for each store and reader, would it trust the peers of the survey?
 *
 * `*ret_holds` is true when every deciding reader of every store trusts every peer.  FAULT_PEER: a
 * peer presented no chain.
 */
int outcome_verify(struct outcome *outcome, struct site *site, struct survey *survey,
	bool *ret_holds, struct fault *why);

#endif
