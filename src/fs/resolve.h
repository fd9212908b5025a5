/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_RESOLVE_H
#define TRUSTFIX_RESOLVE_H

/*
 * How a view finds its way: symbolic links, "." and "..", over the tree and the edits planned so
 * far. Used by view.c alone.
 *
 * Directories that were found are remembered, so that hundreds of look-ups in one cost one each.
 * Whoever plans an edit says so with resolve_touch(); what was found by way of that path is
 * forgotten.
 */

#include "src/fs/view.h"

/* view_entry(), with `ret` and `*ret_path` empty before. */
int resolve(struct view *view, const char *path, enum view_follow follow, struct entry *ret,
	char **ret_path, struct fault *why);

/* What the tree has at that canonical path, as if nothing were planned for the path itself. */
int resolve_unplanned(struct view *view, const char *path, struct entry *ret, struct fault *why);

/* A look at the canonical path failed by `why`: keep that in view->unread if it belongs there. */
int resolve_failed(struct view *view, const char *path, const struct fault *why);

/* The path is about to change. */
void resolve_touch(struct view *view, const char *path);

/* Forget everything. */
void resolve_forget(struct view *view);

#endif
