/* SPDX-License-Identifier: Apache-2.0 */
#include "src/tree/tree.h"

#include <string.h>

#include "src/base/limits.h"
#include "src/cert/digest.h"

void entry_free(struct entry *entry)
{
	free(entry->link);
	*entry = (struct entry)ENTRY_INIT;
}

void undo_free(struct undo *undo)
{
	if (!undo)
		return;
	for (size_t i = 0; i < undo->n; i++) {
		struct undo_step *step = &undo->at[i];

		free(step->path);
		free(step->keep);
		free(step->temp);
		free(step->after_link);
		entry_free(&step->before);
	}
	free(undo->at);
	free(undo);
}

/* SHA-256 of the file there; a size beyond LIMIT_FILE_BYTES cannot be one of ours. */
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
