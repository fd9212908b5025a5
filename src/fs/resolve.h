/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_RESOLVE_H
#define TRUSTFIX_RESOLVE_H

/*
 * How a view resolves paths: symbolic links, "." and "..", in the tree and in the edits planned so
 * far.  Used only by view.c.
 *
 * Resolved directories are cached, so that hundreds of lookups in one directory cost one call each.
 * A caller that plans an edit must call resolve_touch(), which drops the cache if a cached lookup
 * went through that path.
 */

#include "src/fs/view.h"

/* Like view_entry(); `ret` and `*ret_path` must be empty on entry. */
int resolve(struct view *view, const char *path, enum view_follow follow, struct entry *ret,
	char **ret_path, struct fault *why);

/* What the tree has at that canonical path, ignoring any edit planned for the path itself. */
int resolve_unplanned(struct view *view, const char *path, struct entry *ret, struct fault *why);

/*
 * Looking at the canonical path failed with `why`: record that in view->unread or
 * view->passed_over, if it belongs there.  Always returns -1.
 */
int resolve_failed(struct view *view, const char *path, const struct fault *why);

/* Must be called when an edit of `path` is planned. */
void resolve_touch(struct view *view, const char *path);

/* Drop the whole cache. */
void resolve_forget(struct view *view);

#endif
