/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "src/base/limits.h"
#include "stores/image/index_own.h"

struct search {
	const struct index *index;
	const char *name;
	size_t left; /* so many more */
	struct names *ret;
	char path[LIMIT_PATH_LEN];
};

static bool is_named(const struct index *index, const struct index_node *node, const char *name)
{
	return node->kind != ENTRY_DIR && strcmp(index_text(index, node->name), name) == 0;
}

/* Most trees have none, and need not be walked. */
static size_t count(const struct index *index, const char *name)
{
	size_t n = 0;

	for (uint32_t i = index_root_of(MERGED) + 1; i < index->nodes_n; i++)
		n += index->nodes[i].tree == MERGED && is_named(index, &index->nodes[i], name);
	return n;
}

/* Below `dir`, whose path has `len` bytes. */
static int walk(struct search *it, const struct index_node *dir, size_t len, struct fault *why)
{
	for (const struct index_node *node = index_first(it->index, dir); node && it->left;
		node = index_next(it->index, node)) {
		const char *name = index_text(it->index, node->name);
		size_t name_len = strlen(name);

		if (len + name_len + 2 > sizeof(it->path))
			continue;
		it->path[len] = '/';
		memcpy(it->path + len + 1, name, name_len + 1);
		if (node->kind == ENTRY_DIR && walk(it, node, len + 1 + name_len, why) < 0)
			return -1;
		if (!is_named(it->index, node, it->name))
			continue;
		if (names_add(it->ret, it->path, why) < 0)
			return -1;
		it->left--;
	}
	return 0;
}

int index_find_named(const struct index *index, const char *name, size_t max, struct names *ret,
	struct fault *why)
{
	size_t n = count(index, name);
	struct search it = {
		.index = index,
		.name = name,
		.left = n < max ? n : max,
		.ret = ret,
	};

	if (walk(&it, &index->nodes[index_root_of(MERGED)], 0, why) < 0)
		return -1;
	names_sort(ret);
	return 0;
}
