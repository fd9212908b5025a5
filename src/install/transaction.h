/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_TRANSACTION_H
#define TRUSTFIX_TRANSACTION_H

/* One run of install() and its steps. */

#include "src/install/outcome.h"
#include "src/journal/hooks.h"
#include "src/journal/journal.h"

struct transaction {
	struct site *site;
	const struct change *change;
	struct outcome *outcome;
	struct names strangers; /* what else becomes trusted: added to the notes at the end */
	struct names recovered; /* notes from rolling back an interrupted run */
	struct view *fresh; /* while verifying afresh: one per tree of the site */
	bool is_open; /* a run was interrupted and must be rolled back first */

	/* only for a host's tree */
	uint64_t newest_id; /* before planning */
	bool is_stale; /* the plan must be made again */
	bool is_spoiled; /* a hook changed what was verified */
	enum hooks_which heard;
	struct record record;
	/* only for an image */
	struct image_file *staged;
};

/* prepare.c: plan the edits of every store, then those of the records in the site's trees. */
int prepare_stores(struct transaction *it, struct fault *why);
int prepare_records(struct transaction *it, struct fault *why);

/*
 * verify_stores.c: does every store hold what it must, and do its readers trust the peers?
 * verify_planned() checks the planned view against the chains already fetched, verify_afresh()
 * checks fresh views with a new handshake per target.  FAULT_UNTRUSTED, FAULT_PEER.
 */
int verify_planned(struct transaction *it, struct fault *why);
int verify_afresh(struct transaction *it, struct fault *why);

/*
 * commit.c: the steps in a host's tree.
 *
 * commit_look() notes, before planning, the state that another run may change meanwhile.
 * commit_lock() keeps other runs out from there on.  commit_stage() does everything that can fail
 * for lack of space or permissions, and leaves nothing on failure.  commit_roll_back() rolls back
 * everything because of `why`, and always returns -1.
 */
int commit_look(struct transaction *it, struct fault *why);
int commit_lock(struct transaction *it, struct fault *why);
int commit_stage(struct transaction *it, struct fault *why);
int commit_refresh(struct transaction *it, struct fault *why);
int commit_done(struct transaction *it, struct fault *why);
int commit_notify(struct transaction *it, struct fault *why);
int commit_roll_back(struct transaction *it, struct fault *why);

/* commit_image.c: write a new layer into a new image file, read it back, verify and publish it. */
int commit_image(struct transaction *it, struct fault *why);

/*
 * rollback.c, with the lock held: restore the files of `record`, run the `which` hooks with
 * `action`, then restore whatever the hooks changed.  FAULT_BROKEN: a file could not be restored;
 * the text names it and its backup.  `*ret_untold` is set if the hooks failed: FAULT_SYSTEM if they
 * could not be run, so that the record must stay for the next run.
 */
int undo_put_back(struct tree *tree, struct record *record, const char *action,
	enum hooks_which which, struct names *notes, struct fault *ret_untold, struct fault *why);

/* Add a note if undo_put_back() set `untold`. */
void undo_note_untold(const struct fault *untold, struct names *notes);

/* Complete interrupted runs: finish an undo, roll back anything else. */
int undo_recover(struct tree *tree, struct names *notes, size_t *ret_n, struct fault *why);

#endif
