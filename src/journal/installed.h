/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_INSTALLED_H
#define TRUSTFIX_INSTALLED_H

/*
 * What trustfix installed in a tree and where: JOURNAL_DIR/installed.json.  INSTALLED_PEM has the
 * same certificates without the rest, for programs that add them to their own (`env`).
 *
 * `reapply` and `remove --installed` depend on the record.  The plan that changes the stores also
 * changes the record, so a rollback restores both.  It is world-readable and holds no secret.
 */

#include "src/x509/ca.h"
#include "src/fs/view.h"
#include "src/journal/record.h"

struct place;

#define INSTALLED_PEM JOURNAL_DIR "/installed.pem"

/* Read the record.  No file: an empty list.  FAULT_FORMAT: the file is damaged. */
int installed_read(struct view *view, struct cas *ret, struct fault *why);

/* Parse and format the file's text.  installed_parse() skips CAs that are in no store. */
int installed_parse(const void *bytes, size_t len, struct cas *ret, struct fault *why);
int installed_format(const struct cas *installed, struct buf *out, struct fault *why);

/* Plan both files; an empty list removes them. */
int installed_write(struct view *view, const struct cas *installed, struct fault *why);

/* Record that `cert` is in `store`.  Takes its own reference and copies the strings. */
int installed_add(struct cas *installed, struct cert *cert, const char *name, const char *store,
	struct fault *why);

/*
 * Append to `words` those of `stores` that an earlier run named by path and that still exist.
 * Before the first one, add every store kind that needs no path, so that the words choose these
 * too.
 */
int installed_choice(
	struct view *view, const struct names *stores, struct names *words, struct fault *why);

/* The word of --store for a place: "system", "pem:/path"; allocated. */
int installed_word(const struct place *place, char **ret, struct fault *why);

/* Is the place one of `stores`, named by path or by kind? */
bool installed_covers(const struct names *stores, const struct place *place);

#endif
