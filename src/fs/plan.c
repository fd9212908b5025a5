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
	free(plan->slots);
	*plan = (struct plan)PLAN_INIT;
}

/* FNV-1a */
static size_t hash(const char *text)
{
	uint64_t value = 0xcbf29ce484222325;

	for (; *text; text++)
		value = (value ^ (uint8_t)*text) * 0x100000001b3;
	return (size_t)(value ^ value >> 32);
}

/*
 * The slot that holds the edit for `path`, or the empty slot where it belongs; slots_n must not be
 * 0.
 */
static struct edit **slot_of(const struct plan *plan, const char *path)
{
	size_t i = hash(path) & (plan->slots_n - 1);

	while (plan->slots[i] && strcmp(plan->slots[i]->path, path) != 0)
		i = (i + 1) & (plan->slots_n - 1);
	return &plan->slots[i];
}

const struct edit *plan_find(const struct plan *plan, const char *path)
{
	return plan->slots_n ? *slot_of(plan, path) : NULL;
}

static void fill_slots(struct plan *plan)
{
	memset(plan->slots, 0, plan->slots_n * sizeof(*plan->slots));
	for (size_t i = 0; i < plan->n; i++)
		*slot_of(plan, plan->at[i]->path) = plan->at[i];
}

/* Make room for one more edit, keeping at least half of the slots empty. */
static int make_room(struct plan *plan, struct fault *why)
{
	size_t slots_n = plan->slots_n ? plan->slots_n * 2 : 64;
	struct edit **slots, **at;

	if (plan->n >= LIMIT_EDITS_N)
		return fault_set(
			why, FAULT_LIMIT, "more than %u files would change", LIMIT_EDITS_N);
	if (plan->n < plan->slots_n / 2)
		return 0;
	at = realloc(plan->at, slots_n / 2 * sizeof(*at));
	if (!at)
		return fault_nomem(why);
	plan->at = at;
	slots = realloc(plan->slots, slots_n * sizeof(struct edit *));
	if (!slots)
		return fault_nomem(why);
	plan->slots = slots;
	plan->slots_n = slots_n;
	fill_slots(plan);
	return 0;
}

static int append(struct plan *plan, const struct edit *edit, struct fault *why)
{
	struct edit *made;

	if (make_room(plan, why) < 0)
		return -1;
	made = malloc(sizeof(*made));
	if (!made)
		return fault_nomem(why);
	*made = *edit;
	plan->at[plan->n++] = made;
	*slot_of(plan, made->path) = made;
	return 0;
}

int plan_take(struct plan *plan, struct edit *edit, struct fault *why)
{
	struct edit *old = (struct edit *)plan_find(plan, edit->path);

	if (old) {
		edit->old_size = old->old_size; /* the earlier edit was made from that file */
		edit->old_changed = old->old_changed;
		edit_free(old);
		*old = *edit;
	} else if (append(plan, edit, why) < 0) {
		edit_free(edit);
		return -1;
	}
	*edit = (struct edit){0};
	return 0;
}

void plan_drop(struct plan *plan, const char *path)
{
	const struct edit *gone = plan_find(plan, path);
	size_t i = 0;

	if (!gone)
		return;
	while (plan->at[i] != gone)
		i++;
	edit_free(plan->at[i]);
	free(plan->at[i]);
	memmove(&plan->at[i], &plan->at[i + 1], (plan->n - i - 1) * sizeof(struct edit *));
	plan->n--;
	fill_slots(plan);
}
