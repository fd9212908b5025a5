/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_PLAN_H
#define TRUSTFIX_PLAN_H

/*
 * A plan: the file edits that would make the wanted state, in order, one per path.
 *
 * Nothing is written by planning.  An edit of a path that already has one takes its place in the
 * order. Edits are made through a view (view.h), which checks them against what is there.
 */

#include <stdbool.h>
#include <stdint.h>

#include "src/fs/tree.h"

struct edit {
	char *path; /* canonical */
	enum entry_kind kind; /* FILE, SYMLINK, DIR: make it; NONE: remove it */
	uint8_t *bytes; /* FILE */
	size_t len;
	char *link; /* SYMLINK: the target's text */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	int64_t old_size; /* of what it was made from and will replace; 0: nothing was there */
	struct timespec old_changed;
	const char *whose; /* the store's kind, or "journal"; a static string */
};

void edit_free(struct edit *edit);
CLEANUP_VALUE(edit, edit_free)
#define auto_edit CLEANUP(edit) struct edit

struct plan {
	struct edit **at; /* in order; NULL while empty */
	size_t n;
	struct edit **slots; /* the same by path: open addressing, slots_n a power of two */
	size_t slots_n;
};

#define PLAN_INIT                \
	{                        \
		NULL, 0, NULL, 0 \
	}

void plan_free(struct plan *plan);
CLEANUP_VALUE(plan, plan_free)
#define auto_plan CLEANUP(plan) struct plan

/* The edit of that path, borrowed, or NULL. */
const struct edit *plan_find(const struct plan *plan, const char *path);

/*
 * Put an edit in; takes what `edit` points to (path, bytes, link), freed on failure as well;
 * empties it. FAULT_LIMIT: more than LIMIT_EDITS_N.
 */
int plan_take(struct plan *plan, struct edit *edit, struct fault *why);

/* Forget the edit of that path, if there is one: the tree is already as it would make it. */
void plan_drop(struct plan *plan, const char *path);

#endif
