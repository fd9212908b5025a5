/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_VIEW_H
#define TRUSTFIX_VIEW_H

/*
 * A view: a tree as it will be once a plan is committed.
 *
 * Stores read and write only through a view.  It is the only place that resolves symbolic links:
 * absolute ones start at the tree's root, ".." stops there, and at most LIMIT_LINKS_N are followed,
 * so no path ever leads out of the tree.  Paths passed to a view are absolute and may contain
 * anything.  A path does not exist if its parent is missing, is not a directory, or is part of a
 * loop of symbolic links.
 *
 * Stores skip what they cannot read.  If the cause was the disk or the system, and not missing
 * permissions, the store's plan may lack something that exists: `unread` records this until
 * view_free().  Read failures in directories that may belong to a user are only noted in
 * `passed_over`, because a user must not be able to stop root.
 */

#include "src/fs/plan.h"
#include "src/fs/tree.h"

struct view_cache; /* resolved parent directories, dropped when they may change */

struct view {
	struct tree *tree; /* borrowed */
	struct plan *plan; /* borrowed; receives the edits */
	struct view_cache *cache;
	struct fault unread; /* the first read failure in the system's own files */
	struct names passed_over; /* those elsewhere, at most LIMIT_PASSED_OVER_N */
};

/* `plan` may be NULL for a read-only view. */
static inline struct view view_make(struct tree *tree, struct plan *plan)
{
	return (struct view){.tree = tree, .plan = plan};
}

void view_free(struct view *view);
CLEANUP_VALUE(view, view_free)
#define auto_view CLEANUP(view) struct view

enum view_follow {
	VIEW_NOFOLLOW, /* if the last name is a symbolic link, it is not followed */
	VIEW_FOLLOW,
};

/*
 * What is at `path`, and its canonical path (allocated; ret_path may be NULL).  If nothing is
 * there: returns 0 with ENTRY_NONE, and *ret_path is where it would be created, or NULL if even its
 * parent cannot be determined (a loop, or a file in the middle of the path).
 */
int view_entry(struct view *view, const char *path, enum view_follow follow, struct entry *ret,
	char **ret_path, struct fault *why);

/* Is `path` of that kind, symbolic links followed?  A fault counts as no. */
bool view_is(struct view *view, const char *path, enum entry_kind kind);
#define view_is_file(view, path) view_is(view, path, ENTRY_FILE)
#define view_is_dir(view, path) view_is(view, path, ENTRY_DIR)

/*
 * Append the contents of the regular file to `ret`, whose max is the limit; symbolic links are
 * followed.  Missing: returns 0 with *ret_found false.  FAULT_FORMAT: it is a directory, device or
 * FIFO.
 */
int view_read(
	struct view *view, const char *path, struct buf *ret, bool *ret_found, struct fault *why);

/*
 * Decide whether something that could not be read, because of `seen`, may be skipped. 0: yes, the
 * file itself or its permissions are to blame, and any program would skip it. -1 with `why`: no,
 * the system failed, so nobody knows what is there.
 */
int view_skip(const struct fault *seen, struct fault *why);

/*
 * Sorted names in the directory, with planned edits applied; symbolic links are followed.  A
 * missing directory has no names.
 */
int view_list(struct view *view, const char *path, struct names *ret, struct fault *why);

/*
 * Plan a file with these bytes (copied).  Symbolic links are followed, so the real file is
 * replaced; an existing file keeps its mode and owner, a new one gets `mode` and root.  Missing
 * parents are planned with mode 0755.  If the file already has these bytes, no edit is planned.
 * FAULT_FORMAT: a directory, device or FIFO is in the way, or the path is impossible.
 */
int view_put_file(struct view *view, const char *path, const void *bytes, size_t len, mode_t mode,
	struct fault *why);

/* The same with the bytes of the buffer, which is always empty afterwards. */
int view_give_file(
	struct view *view, const char *path, struct buf *bytes, mode_t mode, struct fault *why);

/* Plan a symbolic link, replacing a link or file at `path`; the last name is not followed. */
int view_put_link(struct view *view, const char *path, const char *target, struct fault *why);

/*
 * Plan the removal of the file or symbolic link (not followed).  If nothing is there, no edit is
 * planned.  FAULT_FORMAT: it is a directory.
 */
int view_remove(struct view *view, const char *path, struct fault *why);

#endif
