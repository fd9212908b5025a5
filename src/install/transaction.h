/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_TRANSACTION_H
#define TRUSTFIX_TRANSACTION_H

/*
 * One run of install() and its steps.  The first steps are the same for every tree; those that make
 * the change real come from one table for a host's tree and from another for an image.
 */

#include "src/install/outcome.h"
#include "src/journal/hooks.h"
#include "src/journal/journal.h"

struct transaction;

/* Each returns 0 or -1; NULL: this kind of tree has no such step. */
struct transaction_ops {
	/* Before planning, note the state that another run may change meanwhile. */
	int (*look)(struct transaction *it, struct fault *why);
	/* Keep other runs out from here on; sets `is_stale` if the plan must be made again. */
	int (*lock)(struct transaction *it, struct fault *why);
	/* Do everything that can fail for lack of space or permissions.  Leaves nothing on
	 * failure. */
	int (*stage)(struct transaction *it, struct fault *why);
	int (*commit)(struct transaction *it, struct fault *why);
	int (*refresh)(struct transaction *it, struct fault *why);
	/* Open a view of each tree as it is now, into `fresh`. */
	int (*reopen)(struct transaction *it, struct fault *why);
	int (*done)(struct transaction *it, struct fault *why);
	/* Notify other programs; sets `is_spoiled` if one of them changed what was verified. */
	int (*notify)(struct transaction *it, struct fault *why);
	/* Roll back everything because of `why`; always returns -1. */
	int (*roll_back)(struct transaction *it, struct fault *why);
	/* Clean up, on success and on failure. */
	void (*close)(struct transaction *it);
};

extern const struct transaction_ops commit_host;
extern const struct transaction_ops commit_image;

struct transaction {
	const struct transaction_ops *ops;
	struct site *site;
	const struct change *change;
	struct outcome *outcome;
	struct names strangers; /* what else becomes trusted: added to the notes at the end */
	struct names recovered; /* notes from rolling back an interrupted run */
	struct view *fresh; /* one per tree of the site */
	bool is_stale;
	bool is_spoiled;

	/* only for a host's tree */
	uint64_t next_id;
	bool is_open; /* a run was interrupted and must be rolled back first */
	bool is_held; /* interrupt_hold() was called */
	enum hooks_which heard;
	struct record record;
	/* only for an image */
	struct image_file *staged;
};

/* plan.c: plan the edits of every store, then those of the records in the site's trees. */
int plan_stores(struct transaction *it, struct fault *why);
int plan_records(struct transaction *it, struct fault *why);

/*
 * verify.c: does every store hold what it must, and do its readers trust the peers?
 * verify_planned() checks the planned view against the chains already fetched, verify_afresh()
 * checks fresh views with a new handshake per target.  FAULT_UNTRUSTED, FAULT_PEER.
 */
int verify_planned(struct transaction *it, struct fault *why);
int verify_afresh(struct transaction *it, struct fault *why);

/*
 * undo.c, with the lock held: restore the files of `record`, run the `which` hooks with `action`,
 * then restore whatever the hooks changed.  FAULT_BROKEN: a file could not be restored; the text
 * names it and its backup.  `*ret_untold` is set if the hooks failed: FAULT_SYSTEM if they could
 * not be run, so that the record must stay for the next run.
 */
int undo_put_back(struct tree *tree, struct record *record, const char *action,
	enum hooks_which which, struct names *notes, struct fault *ret_untold, struct fault *why);

/* Add a note if undo_put_back() set `untold`. */
void undo_note_untold(const struct fault *untold, struct names *notes);

/* Complete interrupted runs: finish an undo, roll back anything else. */
int undo_recover(struct tree *tree, struct names *notes, size_t *ret_n, struct fault *why);

#endif
