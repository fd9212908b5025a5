/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_TRANSACTION_H
#define TRUSTFIX_TRANSACTION_H

/*
 * One run of install(), and what its steps do.  The first steps are the same for every tree; those
 * that make the change real are a table each for a host's tree and for an image.
 */

#include "src/install/outcome.h"
#include "src/journal/hooks.h"
#include "src/journal/journal.h"

struct transaction;

/* Each returns 0 or -1; NULL: such a tree has no such step. */
struct transaction_ops {
	/* What another run may change meanwhile: look before the plan is made. */
	int (*look)(struct transaction *it, struct fault *why);
	/* Nobody else from here on; `is_stale` when the plan must be made again. */
	int (*lock)(struct transaction *it, struct fault *why);
	/* All that can fail for want of space or rights.  On failure nothing is left of it. */
	int (*stage)(struct transaction *it, struct fault *why);
	int (*commit)(struct transaction *it, struct fault *why);
	int (*refresh)(struct transaction *it, struct fault *why);
	/* A view per tree of what stands there now, into `fresh`. */
	int (*reopen)(struct transaction *it, struct fault *why);
	int (*done)(struct transaction *it, struct fault *why);
	/* Tell everybody else; `is_spoiled` when one of them changed what was verified. */
	int (*notify)(struct transaction *it, struct fault *why);
	/* Put everything back after `why`: -1. */
	int (*roll_back)(struct transaction *it, struct fault *why);
	/* Whatever came of it. */
	void (*close)(struct transaction *it);
};

extern const struct transaction_ops commit_host;
extern const struct transaction_ops commit_image;

struct transaction {
	const struct transaction_ops *ops;
	struct site *site;
	const struct change *change;
	struct outcome *outcome;
	struct names strangers; /* what else becomes trusted: notes once it is done */
	struct names recovered; /* what was said while the remains of a run were put back */
	struct view *fresh; /* one per tree of the site */
	bool is_stale;
	bool is_spoiled;

	/* of a host's tree */
	uint64_t next_id;
	bool is_open; /* a run was cut off: its remains must be put back first */
	bool is_held; /* interrupt_hold() */
	enum hooks_which heard;
	struct record record;
	/* of an image */
	struct image_file *staged;
};

/* plan.c: the edits of every store; then, of what is on record in the site's trees. */
int plan_stores(struct transaction *it, struct fault *why);
int plan_records(struct transaction *it, struct fault *why);

/*
 * verify.c: does every store hold what it must, and do its readers trust the peers?  In the planned
 * view by the chains that are here, or in fresh ones by a new handshake per target.
 * FAULT_UNTRUSTED, FAULT_PEER.
 */
int verify_planned(struct transaction *it, struct fault *why);
int verify_afresh(struct transaction *it, struct fault *why);

/*
 * undo.c, with the lock held: put back the files of `record`, tell those hooks `action`, and put
 * back again what these have spoiled.  FAULT_BROKEN: not even then is every file as before; the
 * text names it and its keeper.  `*ret_untold` is a fault when the hooks failed; a FAULT_SYSTEM
 * when they could not be told, so that the record must stay for the next run.
 */
int undo_put_back(struct tree *tree, struct record *record, const char *action,
	enum hooks_which which, struct names *notes, struct fault *ret_untold, struct fault *why);

/* A note of what undo_put_back() could not refresh, if it could not. */
void undo_note_untold(const struct fault *untold, struct names *notes);

/* Bring runs that were cut off to their end: an undo is finished, everything else put back. */
int undo_recover(struct tree *tree, struct names *notes, size_t *ret_n, struct fault *why);

#endif
