/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_JOURNAL_H
#define TRUSTFIX_JOURNAL_H

/*
 * The journal: what every transaction changed, so that it can be put back, also by another run.
 *
 * JOURNAL_DIR/N/record.json is written, as "open", when everything is staged and before anything is
 * real; the old files lie beside it.  It becomes "done" when the change is proven, "undone" when it
 * was put back. A record that is still "open" when nobody holds the lock is that of a run that was
 * cut off: journal_recover() puts it back.  Records are read as hostile input: a --root may hold
 * anything.
 */

#include "src/work/record.h"

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

/* The next free number. */
int journal_next_id(struct tree *tree, uint64_t *ret, struct fault *why);

/* Write (again) the record in its state. */
int journal_write(struct tree *tree, const struct record *record, struct fault *why);

/* Put back what cut-off runs left; call with the lock held.  `*ret_n` says how many. */
int journal_recover(struct tree *tree, size_t *ret_n, struct fault *why);

/* Is there a record of a cut-off run?  Needs no lock. */
int journal_is_open(struct tree *tree, bool *ret, struct fault *why);

/* Remove the oldest records beyond LIMIT_JOURNAL_KEEP_N, and one record whole. */
int journal_prune(struct tree *tree, struct fault *why);
int journal_drop(struct tree *tree, uint64_t id, struct fault *why);

/*
 * Put back the record `id`, or with 0 the newest that is "done".  FAULT_REFUSED: there is none, or
 * a file was changed since by somebody else; nothing is touched then.  `*ret` is the record as it
 * is now.
 */
int journal_undo(struct tree *tree, uint64_t id, struct record *ret, struct fault *why);

#endif
