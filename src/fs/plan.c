/* SPDX-License-Identifier: Apache-2.0 */
#include "src/fs/plan.h"

#include <string.h>

#include "src/base/limits.h"

void edit_free(struct edit *edit)
{
	free(edit->path);
	free(edit->bytes);
	free(edit->link);
	*edit = (struct edit){0};
}

void plan_free(struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		edit_free(plan->at[i]);
		free(plan->at[i]);
	}
	free(plan->at);
	free(plan->sorted);
	*plan = (struct plan)PLAN_INIT;
}

/* Where `path` is or belongs in plan->sorted. */
static size_t sorted_at(const struct plan *plan, const char *path)
{
	size_t low = 0, high = plan->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(plan->sorted[middle]->path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct edit *plan_find(const struct plan *plan, const char *path)
{
	size_t at = sorted_at(plan, path);

	return at < plan->n && strcmp(plan->sorted[at]->path, path) == 0 ? plan->sorted[at] : NULL;
}

/* Make room for an edit at that index of plan->sorted. */
static struct edit *insert(struct plan *plan, size_t at, struct fault *why)
{
	size_t len = (plan->n + 1) * sizeof(struct edit *);
	struct edit **grown = realloc(plan->at, len), *made = NULL;

	if (grown) {
		plan->at = grown;
		grown = realloc(plan->sorted, len);
	}
	if (grown) {
		plan->sorted = grown;
		made = calloc(1, sizeof(*made));
	}
	if (!made) {
		fault_nomem(why);
		return NULL;
	}
	memmove(&grown[at + 1], &grown[at], (plan->n - at) * sizeof(struct edit *));
	grown[at] = plan->at[plan->n++] = made;
	return made;
}

int plan_take(struct plan *plan, struct edit *edit, struct fault *why)
{
	struct edit *at = plan_find(plan, edit->path);

	if (at) {
		edit->old_size = at->old_size; /* the earlier edit was made from that file */
		edit->old_changed = at->old_changed;
		edit_free(at);
	} else if (plan->n >= LIMIT_EDITS_N) {
		fault_set(why, FAULT_LIMIT, "more than %u files would change", LIMIT_EDITS_N);
	} else {
		at = insert(plan, sorted_at(plan, edit->path), why);
	}
	if (!at) {
		edit_free(edit);
		return -1;
	}
	*at = *edit;
	*edit = (struct edit){0};
	return 0;
}

void plan_drop(struct plan *plan, const char *path)
{
	struct edit *gone = plan_find(plan, path);
	size_t at = sorted_at(plan, path), i = 0;

	if (!gone)
		return;
	plan->n--;
	memmove(&plan->sorted[at], &plan->sorted[at + 1], (plan->n - at) * sizeof(struct edit *));
	while (plan->at[i] != gone)
		i++;
	memmove(&plan->at[i], &plan->at[i + 1], (plan->n - i) * sizeof(struct edit *));
	edit_free(gone);
	free(gone);
}
