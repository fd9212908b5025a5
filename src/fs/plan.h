/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_PLAN_H
#define TRUSTFIX_PLAN_H

/*
 * A plan: the file edits that would produce the wanted state, in order, one per path.
 *
 * Planning writes nothing.  A new edit for a path replaces the earlier one and keeps its position.
 * Edits are made through a view (view.h), which compares them with what is there.
 */

#include <stdint.h>

#include "src/fs/tree.h"

struct edit {
	char *path; /* canonical */
	enum entry_kind kind; /* FILE, SYMLINK, DIR: create; NONE: remove */
	uint8_t *bytes; /* FILE */
	size_t len;
	char *link; /* SYMLINK: the target's text */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	int64_t old_size; /* size of the file it was made from and replaces; 0: none */
	struct timespec old_changed;
};

void edit_free(struct edit *edit);
CLEANUP_VALUE(edit, edit_free)
#define auto_edit CLEANUP(edit) struct edit

struct plan {
	struct edit **at; /* in order; NULL while the plan is empty */
	size_t n;
	struct edit **sorted; /* the same edits by path */
};

#define PLAN_INIT             \
	{                     \
		NULL, 0, NULL \
	}

void plan_free(struct plan *plan);
CLEANUP_VALUE(plan, plan_free)
#define auto_plan CLEANUP(plan) struct plan

/* The edit for `path`, borrowed, or NULL. */
struct edit *plan_find(const struct plan *plan, const char *path);

/*
 * Add an edit, or replace the one for the same path.  Takes what `edit` points to (path, bytes,
 * link), even on failure, and clears `edit`.  FAULT_LIMIT: more than LIMIT_EDITS_N edits.
 */
int plan_take(struct plan *plan, struct edit *edit, struct fault *why);

/* Drop the edit for `path`, if there is one: the tree already is what the edit would make it. */
void plan_drop(struct plan *plan, const char *path);

#endif
