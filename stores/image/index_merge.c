/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/index_own.h"

#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"

/* Into the merged tree, where nothing of that name is. */
static void adopt(struct index *index, uint32_t at)
{
	struct index_node *node = &index->nodes[at];

	node->tree = node->kind == ENTRY_NONE ? GONE : MERGED;
	if (node->kind != ENTRY_DIR)
		return;
	for (uint32_t child = node->detail; child; child = index->nodes[child].next)
		if (index->nodes[child].tree != GONE)
			adopt(index, child);
}

static void merge_dir(struct index *index, uint32_t to, uint32_t from);

/* `at` comes over whatever the merged directory `dir` has of that name. */
static void merge_one(struct index *index, uint32_t dir, uint32_t at)
{
	struct index_node *node = &index->nodes[at];
	const char *name = index_text(index, node->name);
	uint32_t old = index_find_hash(index, MERGED, node->hash, name, strlen(name));

	if (old && !node->hides && node->kind == ENTRY_DIR && index->nodes[old].kind == ENTRY_DIR) {
		merge_dir(index, old, at);
		node->tree = GONE;
		return;
	}
	if (old)
		index_forget(index, old);
	adopt(index, at);
	if (node->tree == GONE)
		return;
	node->next = index->nodes[dir].detail;
	index->nodes[dir].detail = at;
}

static void merge_dir(struct index *index, uint32_t to, uint32_t from)
{
	struct index_node *upper = &index->nodes[from];
	struct index_node *lower = &index->nodes[to];
	uint32_t next;

	if (upper->covers)
		index_empty(index, to);
	lower->omits |= upper->omits;
	if (!upper->is_implied) {
		lower->mode = upper->mode;
		lower->uid = upper->uid;
		lower->gid = upper->gid;
	}
	for (uint32_t at = upper->detail; at; at = next) {
		next = index->nodes[at].next;
		if (index->nodes[at].tree != GONE)
			merge_one(index, to, at);
	}
}

/* What is left out comes over the lower layers' all the same. */
static void merge_omitted(struct index *index, size_t layer)
{
	for (size_t i = 0; i < index->omitted[layer].n; i++) {
		uint32_t old = index_find_hash(index, MERGED, index->omitted[layer].at[i], NULL, 0);

		if (old)
			index_forget(index, old);
	}
}

/* The hard link's target is what the layers below have there. */
static int settle(
	struct index *index, struct index_node *node, struct names *missing, struct fault *why)
{
	const char *path = index_text(index, node->detail);
	const struct index_node *target = index_find(index, path);
	auto_free char *shown = NULL;

	node->is_pending = false;
	if (target && index_share(node, target))
		return 0;
	if (!target && index_omitted(index, path))
		return names_add(missing, path, why);
	shown = text_printable(path, strlen(path), LIMIT_NAME_SHOWN);
	if (!shown)
		return fault_nomem(why);
	return fault_set(why, FAULT_FORMAT, "a hard link leads to '%s', which %s", shown,
		target ? "is a directory" : "is not there");
}

/* Before anything of the layer is merged. */
static int settle_all(struct index *index, size_t layer, struct names *missing, struct fault *why)
{
	for (uint32_t i = 1; i < index->nodes_n; i++)
		if (index->nodes[i].tree == index_tree_of(layer) && index->nodes[i].is_pending &&
			settle(index, &index->nodes[i], missing, why) < 0)
			return -1;
	return 0;
}

int index_merge(struct index *index, size_t layer, struct names *missing, struct fault *why)
{
	if (settle_all(index, layer, missing, why) < 0)
		return -1;
	merge_omitted(index, layer);
	merge_dir(index, index_root_of(MERGED), index_root_of(index_tree_of(layer)));
	return 0;
}
