/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_INDEX_OWN_H
#define TRUSTFIX_INDEX_OWN_H

/* The inside of an index, for index.c, which fills it, and index_merge.c. */

#include "src/base/buf.h"
#include "src/base/siphash.h"
#include "stores/image/index.h"

/* Trees that are no layer's. */
#define MERGED 0
#define GONE UINT16_MAX

/* Hashes of paths that were left out, in no order. */
struct omitted {
	uint64_t *at;
	uint32_t n;
	uint32_t room;
};

struct index {
	struct siphash_key key;
	struct index_node *nodes; /* 0 is none; 1 the merged root; i + 2 the root of layer i */
	uint32_t nodes_n;
	uint32_t nodes_room;
	uint32_t *slots; /* nodes by hash, open addressing; a power of two */
	uint32_t slots_n;
	struct index_file *files;
	uint32_t files_n;
	uint32_t files_room;
	struct buf text; /* names and targets, each with its NUL */
	struct omitted *omitted; /* of each layer */
	size_t layers_n;
};

static inline uint16_t index_tree_of(size_t layer)
{
	return (uint16_t)(layer + 1);
}

static inline uint32_t index_root_of(uint16_t tree)
{
	return tree + 1u;
}

/* Of that tree, with that hash and, unless it is NULL, that name; 0: none. */
uint32_t index_find_hash(
	const struct index *index, uint16_t tree, uint64_t hash, const char *name, size_t name_len);

/* Take out everything below it; and itself. */
void index_empty(struct index *index, uint32_t at);
void index_forget(struct index *index, uint32_t at);

/* Make the one a second name of the other; false: that one cannot have two. */
bool index_share(struct index_node *node, const struct index_node *target);

#endif
