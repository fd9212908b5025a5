/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_JOURNAL_H
#define TRUSTFIX_JOURNAL_H

/*
 * The journal: what every transaction changed, so that this run or a later one can undo it.
 *
 * JOURNAL_DIR/N/record.json says "staged" once all new bytes are on disk and nothing is committed
 * yet; the backups of the old files are in the same directory.  It becomes "done" when the change
 * is verified.  An undo has a record of its own: "undoing" until every file is restored, then
 * "done"; the record of the transaction it undid then becomes "undone".  If a record is "staged" or
 * "undoing" while nobody holds the lock, its run was interrupted.  The next run then calls
 * undo_recover(), which rolls a "staged" transaction back and finishes an "undoing" one.  There is
 * no state between "staged" and "done": a run interrupted there is rolled back however far it got,
 * and each state would cost another fsync.  Records are parsed as hostile input: a --root may hold
 * anything.
 */

#include "src/journal/record.h"

#define JOURNAL_LOCK JOURNAL_DIR "/lock"
#define JOURNAL_WHOSE "journal" /* the owner of the journal's own edits in a plan */

struct records {
	struct record *at; /* oldest first */
	size_t n;
};

void records_free(struct records *records);
CLEANUP_VALUE(records, records_free)
#define auto_records CLEANUP(records) struct records

/* Read all records of the tree.  FAULT_FORMAT: a record is damaged; the text names it. */
int journal_read(struct tree *tree, struct records *ret, struct fault *why);

/* The next free transaction number.  FAULT_LIMIT: there is none. */
int journal_next_id(struct tree *tree, uint64_t *ret, struct fault *why);

/* Was that file created by a transaction that has not been undone? */
int journal_made(struct tree *tree, const char *path, bool *ret, struct fault *why);

/* Write the record in its current state, replacing an earlier version. */
int journal_write(struct tree *tree, const struct record *record, struct fault *why);

/*
 * Was the newest transaction interrupted?  Then `*ret` is its record; its action is NULL when the
 * run stopped before writing one, so nothing was committed.  Needs no lock.
 */
int journal_cut_off(struct tree *tree, struct record *ret, bool *ret_open, struct fault *why);

/* journal_prune() removes the oldest records beyond LIMIT_JOURNAL_KEEP_N, journal_drop() one
 * record with its whole directory. */
int journal_prune(struct tree *tree, struct fault *why);
int journal_drop(struct tree *tree, uint64_t id, struct fault *why);

/*
 * Choose what undo without a number undoes.
 *
 * That is the newest record that is "done".  If it is a "reapply", which nobody asked for, go on
 * down to the change that it reinstalled.  Newest first, allocated.  FAULT_REFUSED: there is
 * nothing to undo, or not all of it can be undone.
 */
int journal_last(struct tree *tree, uint64_t **ret_ids, size_t *ret_n, struct fault *why);

/* Is it a reapply, or the undo of one? */
int journal_is_reapply(
	struct tree *tree, const struct record *record, bool *ret, struct fault *why);

/*
 * Begin to undo transaction `id`.
 *
 * `*ret_undone` is its record, `*ret_undo` the record of the undo, written as "undoing".
 * FAULT_REFUSED: there is no such transaction, or another program changed a file since; nothing is
 * touched then.  Once every file is restored, journal_end_undo() writes both records in their final
 * states.
 */
int journal_begin_undo(struct tree *tree, uint64_t id, struct record *ret_undone,
	struct record *ret_undo, struct fault *why);
int journal_end_undo(
	struct tree *tree, struct record *undone, struct record *undo, struct fault *why);

/* Read the record of the transaction that an undo undoes; it may be gone. */
int journal_undone(struct tree *tree, const struct record *undo, struct record *ret,
	bool *ret_found, struct fault *why);

#endif
