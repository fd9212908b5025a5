/* SPDX-License-Identifier: Apache-2.0 */
#include "src/fs/tree.h"

#include <string.h>

#include "src/base/limits.h"
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
	free(step->after_link);
	entry_free(&step->before);
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

/* SHA-256 of the file; one larger than LIMIT_FILE_BYTES cannot match a step of trustfix. */
static int digest_of(struct tree *tree, const char *path, const struct entry *now,
	uint8_t out[static DIGEST_SHA256_LEN], struct fault *why)
{
	auto_buf bytes = buf_make(LIMIT_FILE_BYTES);

	memset(out, 0, DIGEST_SHA256_LEN);
	if (now->kind != ENTRY_FILE || now->size > (int64_t)LIMIT_FILE_BYTES)
		return 0;
	if (tree->ops->read(tree, path, &bytes, why) < 0)
		return -1;
	digest_sha256(bytes.bytes, bytes.len, out);
	return 0;
}

static bool is_same(const struct entry *now, const uint8_t *now_sha256, enum entry_kind kind,
	const char *link, const uint8_t *sha256)
{
	if (now->kind != kind)
		return false;
	if (kind == ENTRY_SYMLINK)
		return strcmp(now->link, link) == 0;
	return kind != ENTRY_FILE || memcmp(now_sha256, sha256, DIGEST_SHA256_LEN) == 0;
}

int undo_step_state(
	struct tree *tree, const struct undo_step *step, enum undo_state *ret, struct fault *why)
{
	uint8_t sha256[DIGEST_SHA256_LEN];
	auto_entry now = ENTRY_INIT;

	if (tree->ops->entry(tree, step->path, &now, why) < 0 ||
		digest_of(tree, step->path, &now, sha256, why) < 0)
		return -1;
	if (is_same(&now, sha256, step->before.kind, step->before.link, step->before_sha256))
		*ret = UNDO_BEFORE;
	else if (is_same(&now, sha256, step->after, step->after_link, step->after_sha256))
		*ret = UNDO_AFTER;
	else
		*ret = UNDO_OTHER;
	return 0;
}

bool undo_step_follows(const struct undo_step *newer, const struct undo_step *older)
{
	const struct entry *then = &newer->before;
	const uint8_t *sha256 = newer->before_sha256;

	return is_same(then, sha256, older->after, older->after_link, older->after_sha256) ||
	       is_same(then, sha256, older->before.kind, older->before.link, older->before_sha256);
}

int undo_watch(struct tree *tree, struct undo *undo, const char *path, const char *keep_dir,
	struct fault *why)
{
	struct undo_step step = {.after = ENTRY_FILE, .done = true, .derived = true};
	struct fault seen = FAULT_INIT;
	struct undo_step *at;

	for (size_t i = 0; i < undo->n; i++)
		if (strcmp(undo->at[i].path, path) == 0)
			return 0;
	if (tree->ops->entry(tree, path, &step.before, &seen) < 0) {
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
	if (digest_of(tree, path, &step.before, step.before_sha256, why) < 0)
		return -1;
	memcpy(step.after_sha256, step.before_sha256, DIGEST_SHA256_LEN);
	at = realloc(undo->at, (undo->n + 1) * sizeof(*undo->at));
	if (!at)
		return fault_nomem(why);
	undo->at = at;
	at[undo->n++] = step;
	at = &at[undo->n - 1];
	at->path = strdup(path);
	if (!at->path || asprintf(&at->keep, "%s/%zu", keep_dir, undo->n) < 0) {
		step_free(at);
		undo->n--;
		return fault_nomem(why);
	}
	return 0;
}

int undo_step_settle(struct tree *tree, struct undo_step *step, struct fault *why)
{
	auto_entry now = ENTRY_INIT;

	if (tree->ops->entry(tree, step->path, &now, why) < 0 ||
		digest_of(tree, step->path, &now, step->after_sha256, why) < 0)
		return -1;
	step->after = now.kind;
	free(step->after_link);
	step->after_link = now.link;
	now.link = NULL;
	return 0;
}
