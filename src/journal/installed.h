/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_INSTALLED_H
#define TRUSTFIX_INSTALLED_H

/*
 * What trustfix has installed in a tree and where: JOURNAL_DIR/installed.json.  Beside it, in
 * INSTALLED_PEM, are the certificates alone, for programs that add them to their own (`env`).
 *
 * `reapply` and `remove --installed` live by it.  It is changed by an edit of the very plan that
 * changes the stores, so it is put back with them.  It is world-readable and holds no secret.
 */

#include "src/x509/ca.h"
#include "src/fs/view.h"
#include "src/journal/record.h"

struct place;

#define INSTALLED_PEM JOURNAL_DIR "/installed.pem"

/* No file: an empty list.  FAULT_FORMAT: the file is damaged. */
int installed_read(struct view *view, struct cas *ret, struct fault *why);

/* The file's text, and back; what has no store is not read. */
int installed_parse(const void *bytes, size_t len, struct cas *ret, struct fault *why);
int installed_format(const struct cas *installed, struct buf *out, struct fault *why);

/* Plan both files; an empty list removes them. */
int installed_write(struct view *view, const struct cas *installed, struct fault *why);

/* Note that `cert` is in `store` (its own hold, copies the strings). */
int installed_add(struct cas *installed, struct cert *cert, const char *name, const char *store,
	struct fault *why);

/*
 * Of `stores` those that were once named by path and are still there, appended to `words`; the
 * first is put behind every other kind of store, so that the words choose these as well.
 */
int installed_choice(
	struct view *view, const struct names *stores, struct names *words, struct fault *why);

/* How --store names a place: "system", "pem:/path"; allocated. */
int installed_word(const struct place *place, char **ret, struct fault *why);

/* Is the place one of `stores`, by its own word or by that of its kind? */
bool installed_covers(const struct names *stores, const struct place *place);

#endif
