/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_VIEW_H
#define TRUSTFIX_VIEW_H

/*
 * A view: a tree as it will be once a plan is committed.
 *
 * Stores read and write only through a view.  It is the one place that resolves symbolic links:
 * absolute ones start at the tree's root, ".." stops there, LIMIT_LINKS_N at most; so no path ever
 * leads out of the tree.  Paths given here are absolute and may hold anything.  A path whose parent
 * is missing, is no directory, or loops is simply not there.
 *
 * Stores pass over what they cannot read.  When that was a failure of the disk or of the system,
 * and not somebody's rights, what they planned lacks what is there: `unread` tells, and is kept
 * until view_free().  What the disk refused in directories that may be a user's own is only noted,
 * in `passed_over`: he must not stop root.
 */

#include "src/fs/plan.h"
#include "src/fs/tree.h"

struct view_cache; /* resolved parents; dropped whenever a plan changes a link or a directory */

struct view {
	struct tree *tree; /* borrowed */
	struct plan *plan; /* borrowed; gets the edits */
	struct view_cache *cache;
	struct fault unread; /* the first look at the system's own files that the disk refused */
	struct names passed_over; /* elsewhere, at most LIMIT_PASSED_OVER_N: sentences */
};

/* `plan` may be NULL for a view that only reads. */
static inline struct view view_make(struct tree *tree, struct plan *plan)
{
	return (struct view){.tree = tree, .plan = plan};
}

void view_free(struct view *view);
CLEANUP_VALUE(view, view_free)
#define auto_view CLEANUP(view) struct view

enum view_follow {
	VIEW_NOFOLLOW, /* the last name is looked at itself */
	VIEW_FOLLOW,
};

/*
 * What stands there, and its canonical path (allocated; ret_path may be NULL).  Nothing there: 0
 * with ENTRY_NONE, and *ret_path is where it would be made, or NULL when even its parent's place is
 * unknown (a loop, a file in the middle).
 */
int view_entry(struct view *view, const char *path, enum view_follow follow, struct entry *ret,
	char **ret_path, struct fault *why);

/* Is a regular file (directory) there, links followed?  A fault counts as no. */
bool view_is_file(struct view *view, const char *path);
bool view_is_dir(struct view *view, const char *path);

/*
 * Append the bytes of the regular file there, links followed; `ret`'s max is the ceiling.
 * Not there: 0 and *ret_found false.  FAULT_FORMAT: there, but a directory, device or FIFO.
 */
int view_read(
	struct view *view, const char *path, struct buf *ret, bool *ret_found, struct fault *why);

/*
 * Something could not be read, by `seen`, and is skipped: fine when the file itself or the rights
 * to it are to blame, as any program would skip it.  -1: the system is, so that nobody knows what
 * stands there.
 */
int view_skip(const struct fault *seen, struct fault *why);

/* Sorted names in the directory there, links followed, planned edits included; not there: none. */
int view_list(struct view *view, const char *path, struct names *ret, struct fault *why);

/*
 * Plan a file with these bytes (copied).  Links are followed, so the real file is replaced; where
 * one is, its mode and owner stay, else `mode` and root.  Missing parents are planned, 0755.  The
 * very bytes are already there: no edit.  FAULT_FORMAT: a directory, device or FIFO is in the way,
 * or the path cannot be.
 */
int view_put_file(struct view *view, const char *path, const void *bytes, size_t len, mode_t mode,
	const char *whose, struct fault *why);

/* The same with the bytes of the buffer, which is empty afterwards, whatever came of it. */
int view_give_file(struct view *view, const char *path, struct buf *bytes, mode_t mode,
	const char *whose, struct fault *why);

/* Plan a symbolic link; the last name is not followed; an old link or file there is replaced. */
int view_put_link(struct view *view, const char *path, const char *target, const char *whose,
	struct fault *why);

/* Plan that the file or link (not followed) goes away; nothing there: no edit.  FAULT_FORMAT: a
 * directory. */
int view_remove(struct view *view, const char *path, const char *whose, struct fault *why);

#endif
