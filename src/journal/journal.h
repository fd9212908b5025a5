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

struct records {
	struct record *at; /* oldest first */
	size_t n;
};

void records_free(struct records *records);
CLEANUP_VALUE(records, records_free)
#define auto_records CLEANUP(records) struct records

/* Read all records of the tree.  FAULT_FORMAT: a record is damaged; the text names it. */
int journal_read(struct tree *tree, struct records *ret, struct fault *why);

/* Read one record.  *ret_found is false if the transaction is gone or has no record, because its
 * run was interrupted while staging. */
int journal_read_one(
	struct tree *tree, uint64_t id, struct record *ret, bool *ret_found, struct fault *why);

/*
 * Read the newest record, and tell whether its run was interrupted.  Its id is 0 if there is none;
 * its action is NULL if the run stopped before writing one, so nothing was committed.  Needs no
 * lock.
 */
int journal_newest(struct tree *tree, struct record *ret, bool *ret_open, struct fault *why);

/* The next free transaction number.  FAULT_LIMIT: there is none. */
int journal_next_id(struct tree *tree, uint64_t *ret, struct fault *why);

/* Was that file created by a transaction that has not been undone? */
int journal_made(struct tree *tree, const char *path, bool *ret, struct fault *why);

/* Write the record in its current state, replacing an earlier version. */
int journal_write(struct tree *tree, const struct record *record, struct fault *why);

/* journal_prune() removes the oldest records beyond LIMIT_JOURNAL_KEEP_N, but not what
 * journal_made() needs to know of the file of a store; journal_drop() removes one
 * record with its whole directory. */
int journal_prune(struct tree *tree, struct fault *why);
int journal_drop(struct tree *tree, uint64_t id, struct fault *why);

#endif
