/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_RECORD_H
#define TRUSTFIX_RECORD_H

/*
 * A transaction's record, to JSON and back.  Does no I/O.
 *
 * An object with "trustfix": 1, "action", "state", "time", "family", "undoes", the lists "added",
 * "removed" and "stores", and "steps".  A step has "path", "keep", "temp", "derived", "before"
 * (kind, mode, uid, gid, size, link, sha256) and "after" (kind, link, sha256).  Paths are as
 * json_path() writes them.
 */

#include "src/fs/view.h"

#define JOURNAL_DIR "/var/lib/trustfix"

enum record_state { RECORD_STAGED, RECORD_DONE, RECORD_UNDOING, RECORD_UNDONE, RECORD_STATES };

struct record {
	uint64_t id;
	enum record_state state;
	char *action; /* "install", "remove", "reapply" */
	char *family; /* the refresh hook's: "debian"; or NULL */
	int64_t when; /* seconds since 1970 */
	uint64_t undoes; /* for "undo": the transaction it undoes; else 0 */
	struct names added; /* SHA-256 of the CAs, hex */
	struct names removed;
	struct names stores; /* paths */
	struct undo *undo;
};

extern const char *const record_states[]; /* "staged", "done" ..., then NULL */

/* Is its run still going, or was it interrupted? */
static inline bool record_is_open(const struct record *record)
{
	return record->state == RECORD_STAGED || record->state == RECORD_UNDOING;
}

void record_free(struct record *record);
CLEANUP_VALUE(record, record_free)
#define auto_record CLEANUP(record) struct record

/* The directory of a transaction, allocated; NULL: no memory. */
char *record_dir(uint64_t id);

int record_format(const struct record *record, struct buf *out, struct fault *why);

/*
 * Parse the record of transaction `id`.
 *
 * FAULT_FORMAT: not a record; a path that is not canonical (absolute, no empty, "." or ".." part);
 * a backup that is not in this transaction's directory; a temporary name with a slash.
 * FAULT_LIMIT: more than LIMIT_EDITS_N steps.
 */
int record_parse(const void *bytes, size_t len, uint64_t id, struct record *ret, struct fault *why);

#endif
