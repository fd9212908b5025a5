/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_RECORD_H
#define TRUSTFIX_RECORD_H

/*
 * A transaction's record as JSON, and back.  Pure.
 *
 * {"trustfix": 1, "action", "state", "time", "family", "added": [], "removed": [], "stores": [],
 *  "steps": [{"path", "keep", "temp", "before": {"kind", "mode", "uid", "gid", "size", "link",
 * "sha256"}, "after": {"kind", "link", "sha256"}}]}
 */

#include "src/work/journal.h"

int record_format(const struct record *record, struct buf *out, struct fault *why);

/*
 * FAULT_FORMAT: not a record; a path that is not canonical (absolute, no empty, "." or ".." part);
 * a keeper that is not in this transaction's directory; a temporary name with a slash. FAULT_LIMIT:
 * more than LIMIT_EDITS_N steps.
 */
int record_parse(const void *bytes, size_t len, uint64_t id, struct record *ret, struct fault *why);

#endif
