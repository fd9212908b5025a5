/* SPDX-License-Identifier: Apache-2.0 */
#include "src/fs/tree.h"

#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/digest.h"

void entry_free(struct entry *entry)
{
	free(entry->link);
	*entry = (struct entry)ENTRY_INIT;
}

static void step_free(struct undo_step *step)
{
	free(step->path);
	free(step->keep);
	free(step->temp);
	entry_free(&step->before);
	entry_free(&step->after);
}

void undo_free(struct undo *undo)
{
	if (!undo)
		return;
	for (size_t i = 0; i < undo->n; i++)
		step_free(&undo->at[i]);
	free(undo->at);
	free(undo);
}

void undo_drop(struct undo *undo, size_t at)
{
	step_free(&undo->at[at]);
	undo->n--;
	memmove(&undo->at[at], &undo->at[at + 1], (undo->n - at) * sizeof(*undo->at));
}

int tree_look(struct tree *tree, const char *path, struct entry *ret, struct fault *why)
{
	auto_buf bytes = buf_make(LIMIT_FILE_BYTES);
	auto_entry now = ENTRY_INIT;

	if (tree->ops->entry(tree, path, &now, why) < 0)
		return -1;
	/* Nothing that trustfix wrote is larger, so the contents of a larger file do not matter. */
	if (now.kind == ENTRY_FILE && now.size <= (int64_t)LIMIT_FILE_BYTES) {
		if (tree->ops->read(tree, path, &bytes, why) < 0)
			return -1;
		digest_sha256(bytes.bytes, bytes.len, now.sha256);
	}
	entry_free(ret);
	*ret = now;
	now.link = NULL;
	return 0;
}

static bool is_same(const struct entry *a, const struct entry *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == ENTRY_SYMLINK)
		return strcmp(a->link, b->link) == 0;
	return a->kind != ENTRY_FILE || memcmp(a->sha256, b->sha256, sizeof(a->sha256)) == 0;
}

enum undo_state undo_step_compare(const struct undo_step *step, const struct entry *now)
{
	return is_same(now, &step->before)  ? UNDO_BEFORE
	       : is_same(now, &step->after) ? UNDO_AFTER
					    : UNDO_OTHER;
}

int undo_step_state(
	struct tree *tree, const struct undo_step *step, enum undo_state *ret, struct fault *why)
{
	auto_entry now = ENTRY_INIT;

	if (tree_look(tree, step->path, &now, why) < 0)
		return -1;
	*ret = undo_step_compare(step, &now);
	return 0;
}

bool undo_step_follows(const struct undo_step *newer, const struct undo_step *older)
{
	return is_same(&newer->before, &older->after) || is_same(&newer->before, &older->before);
}

int undo_watch(struct tree *tree, struct undo *undo, const char *path, const char *keep_dir,
	struct fault *why)
{
	struct undo_step step = {.done = true, .derived = true}, *at;
	struct fault seen = FAULT_INIT;

	for (size_t i = 0; i < undo->n; i++)
		if (strcmp(undo->at[i].path, path) == 0)
			return 0;
	if (tree_look(tree, path, &step.before, &seen) < 0) {
		/* For example a symbolic link in a parent: not a file of the distribution. */
		if (seen.kind != FAULT_SYSTEM)
			return 0;
		*why = seen;
		return -1;
	}
	if (step.before.kind != ENTRY_FILE || step.before.size > (int64_t)LIMIT_FILE_BYTES) {
		entry_free(&step.before);
		return 0;
	}
	step.after = step.before;
	step.path = strdup(path);
	at = realloc(undo->at, (undo->n + 1) * sizeof(*undo->at));
	if (at)
		undo->at = at;
	if (!at || !step.path || text_set(&step.keep, why, "%s/%zu", keep_dir, undo->n + 1) < 0) {
		step_free(&step);
		return fault_nomem(why);
	}
	at[undo->n++] = step;
	return 0;
}
