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

static int append(struct plan *plan, const struct edit *edit, struct fault *why)
{
	size_t at = sorted_at(plan, edit->path), len = (plan->n + 1) * sizeof(struct edit *);
	struct edit **grown, *made;

	if (plan->n >= LIMIT_EDITS_N)
		return fault_set(
			why, FAULT_LIMIT, "more than %u files would change", LIMIT_EDITS_N);
	grown = realloc(plan->at, len);
	if (!grown)
		return fault_nomem(why);
	plan->at = grown;
	grown = realloc(plan->sorted, len);
	if (!grown)
		return fault_nomem(why);
	plan->sorted = grown;
	made = malloc(sizeof(*made));
	if (!made)
		return fault_nomem(why);
	*made = *edit;
	memmove(&grown[at + 1], &grown[at], (plan->n - at) * sizeof(struct edit *));
	plan->sorted[at] = plan->at[plan->n++] = made;
	return 0;
}

int plan_take(struct plan *plan, struct edit *edit, struct fault *why)
{
	struct edit *old = plan_find(plan, edit->path);

	if (!old && append(plan, edit, why) < 0) {
		edit_free(edit);
		return -1;
	}
	if (old) {
		edit->old_size = old->old_size; /* the earlier edit was made from that file */
		edit->old_changed = old->old_changed;
		edit_free(old);
		*old = *edit;
	}
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
