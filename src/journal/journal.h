/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_JOURNAL_H
#define TRUSTFIX_JOURNAL_H

/*
 * The journal: what every transaction changed, so that it can be put back, also by another run.
 *
 * JOURNAL_DIR/N/record.json says "staged" when all new bytes are on the disk beside the old ones
 * and nothing is real yet; the old files lie beside it.  It becomes "done" when the change is
 * verified. An undo has a record of its own, which is "undoing" until everything is back, then
 * "done"; what it undid is "undone" then.  A record that is "staged" or "undoing" when nobody holds
 * the lock is that of a run that was cut off: the next one goes on from there (undo_recover()),
 * puts the one back and finishes the other.  Between "staged" and "done" there is no state, since a
 * run that is cut off there is put back whatever it came to, and each would be another wait for the
 * disk. Records are read as hostile input: a --root may hold anything.
 */

#include "src/journal/record.h"

#define JOURNAL_LOCK JOURNAL_DIR "/lock"
#define JOURNAL_WHOSE "journal" /* whose edits in a plan are the journal's own */

struct records {
	struct record *at; /* oldest first */
	size_t n;
};

void records_free(struct records *records);
CLEANUP_VALUE(records, records_free)
#define auto_records CLEANUP(records) struct records

/* All records of the tree.  A damaged one is a FAULT_FORMAT that names it. */
int journal_read(struct tree *tree, struct records *ret, struct fault *why);

/* The next free number.  FAULT_LIMIT: there is none. */
int journal_next_id(struct tree *tree, uint64_t *ret, struct fault *why);

/* Did a transaction that holds make that file, which was not there before? */
int journal_made(struct tree *tree, const char *path, bool *ret, struct fault *why);

/* Write (again) the record in its state. */
int journal_write(struct tree *tree, const struct record *record, struct fault *why);

/*
 * Was the newest transaction's run cut off?  Then `*ret` is its record, or has no action when the
 * run did not come to write one: nothing was made real then.  Needs no lock.
 */
int journal_cut_off(struct tree *tree, struct record *ret, bool *ret_open, struct fault *why);

/* Remove the oldest records beyond LIMIT_JOURNAL_KEEP_N, and one record whole. */
int journal_prune(struct tree *tree, struct fault *why);
int journal_drop(struct tree *tree, uint64_t id, struct fault *why);

/*
 * What undo without a number means: the newest record that is "done", and when that is a "reapply",
 * which nobody asked for, every one down to the change it made true again; newest first, allocated.
 * FAULT_REFUSED: there is none, or not all of them can be undone.
 */
int journal_last(struct tree *tree, uint64_t **ret_ids, size_t *ret_n, struct fault *why);

/* Is it a reapply, or the undo of one? */
int journal_is_reapply(
	struct tree *tree, const struct record *record, bool *ret, struct fault *why);

/*
 * Begin to undo the record `id`: `*ret_undone` is that, and
 * `*ret_undo` the record of the undo, which is written as "undoing".  FAULT_REFUSED: there is none,
 * or a file was changed since by somebody else; nothing is touched then.  When every file was put
 * back, journal_end_undo() writes both in their states.
 */
int journal_begin_undo(struct tree *tree, uint64_t id, struct record *ret_undone,
	struct record *ret_undo, struct fault *why);
int journal_end_undo(
	struct tree *tree, struct record *undone, struct record *undo, struct fault *why);

/* The record that an undo is of; it may be gone. */
int journal_undone(struct tree *tree, const struct record *undo, struct record *ret,
	bool *ret_found, struct fault *why);

#endif
