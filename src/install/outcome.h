/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_OUTCOME_H
#define TRUSTFIX_OUTCOME_H

/* What became of the stores of a site, as a person or a program is told. */

#include "src/find/prove.h"
#include "src/install/supersede.h"

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

struct store_outcome {
	char *kind;
	char *path;
	char *label;
	char *note; /* or NULL */
	enum store_state state;
	unsigned blind; /* who would not see what is added: SHAPE_BIT()s, as planned */
	struct proof proof;
};

struct outcome {
	struct store_outcome *at;
	size_t n;
	bool changed; /* something is now other than before */
	bool would_change; /* of a plan that is not carried out: something is to be done */
	bool interrupted; /* and be it that a run that was cut off is to be put back */
	bool asked_peers; /* the proof has peers in it */
	struct prove_end *ends; /* of CHANGE_ADD, per target; NULL: none was asked */
	size_t ends_n;
	uint64_t id; /* the transaction, 0: none */
	struct replacements replacements; /* what the added CAs supersede */
	struct names notes;
	struct names strangers; /* notes, too, once it is done or was only to be shown */
	struct names edits; /* --dry-run: "write /etc/..." lines */
};

void outcome_free(struct outcome *outcome);
CLEANUP_VALUE(outcome, outcome_free)
#define auto_outcome CLEANUP(outcome) struct outcome

/* One store per place, unchanged; what was there goes. */
int outcome_set_places(struct outcome *outcome, const struct places *places, struct fault *why);

/* Nothing is known yet of so many targets; what was there goes. */
int outcome_set_ends(struct outcome *outcome, size_t n, struct fault *why);

/* How many targets lead to a CA of the change. */
size_t outcome_ends_proven(const struct outcome *outcome);

/* Does a target's chain lead to this one of the CAs? */
bool outcome_proves(const struct outcome *outcome, const struct cert *ca);

/* A line per edit of the site's plans, for --dry-run. */
int outcome_set_edits(struct outcome *outcome, const struct site *site, struct fault *why);

/* Every store that would change ended in this state: STORE_FAILED, STORE_REVERTED. */
void outcome_end(struct outcome *outcome, enum store_state state);

/* Every store that would change has changed. */
void outcome_done(struct outcome *outcome);

#endif
