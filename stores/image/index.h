/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_INDEX_H
#define TRUSTFIX_INDEX_H

/*
 * What stands where in an image: one tree for each layer, as it would be unpacked alone, and then
 * all of them merged, as overlayfs merges directories.
 *
 * Filling: index_add(), index_link(), index_hide(), index_cover() and index_omit(), one caller at a
 * time, in the order of each layer's members; then index_merge() for each layer, the lowest first.
 * Paths are canonical.  Of a regular file that is left out (index_omit()) eight bytes stay: enough
 * to know that something else is not there any more, and what is to be read again when somebody
 * asks for it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "src/base/names.h"
#include "src/fs/tree.h"

/* Where the bytes of a regular file are. */
struct index_file {
	int64_t size;
	int64_t head; /* its headers in the unpacked layer */
	int64_t at; /* its bytes in there */
	int64_t kept; /* and in the file of kept contents; -1: they are not */
	uint16_t layer;
	bool is_sparse;
	bool has_xattrs;
};

struct index_node {
	uint64_t hash; /* of the path */
	uint32_t name; /* in `text` */
	uint32_t next; /* in the same directory */
	uint32_t detail; /* DIR: the first in it; FILE: in `files`; SYMLINK: its target in `text` */
	uid_t uid;
	gid_t gid;
	uint16_t tree; /* 0: merged; i + 1: of layer i; UINT16_MAX: of none any more */
	uint16_t mode;
	uint8_t kind;
	bool hides; /* a whiteout: whatever lower layers have there */
	bool covers; /* an opaque directory: whatever lower layers have in it */
	bool is_implied; /* a directory that only is because something is in it */
	bool omits; /* a directory with a file in it that was left out */
	bool is_pending; /* a hard link; its target (detail, in `text`) is in a lower layer */
};

struct index;

int index_make(size_t layers_n, struct index **ret, struct fault *why);
void index_free(struct index *index);
CLEANUP_POINTER(index, index_free)
#define auto_index CLEANUP(index) struct index *

/* A member of a layer. */
struct index_member {
	const char *path; /* canonical */
	size_t layer;
	enum entry_kind kind;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	const char *link; /* SYMLINK: its text; a hard link's target, canonical */
	const struct index_file *file; /* FILE */
};

/* FAULT_FORMAT: a parent is no directory in this layer.  FAULT_LIMIT, FAULT_SYSTEM: memory. */
int index_add(struct index *index, const struct index_member *member, struct fault *why);
int index_link(struct index *index, const struct index_member *member, struct fault *why);
int index_omit(struct index *index, const struct index_member *member, struct fault *why);

/* A whiteout of `path`; an opaque whiteout in the directory `path`. */
int index_hide(struct index *index, size_t layer, const char *path, struct fault *why);
int index_cover(struct index *index, size_t layer, const char *path, struct fault *why);

/* Is everything below this layer hidden by it? */
bool index_covers_all(const struct index *index, size_t layer);

/* How many there are in memory. */
size_t index_n(const struct index *index);

/*
 * Lay that layer over those that were merged before it.  The targets of its hard links that were
 * left out are appended to `missing`; then the merged tree is of no use.  FAULT_FORMAT: a hard link
 * leads nowhere.
 */
int index_merge(struct index *index, size_t layer, struct names *missing, struct fault *why);

/* After index_merge(): what stands at the canonical path; NULL: nothing, or a file left out. */
const struct index_node *index_find(const struct index *index, const char *path);

/* Was a regular file of that path left out, of whatever layer? */
bool index_omitted(const struct index *index, const char *path);

/* The paths of what has that name and is no directory, sorted; at most `max`.  FAULT_SYSTEM. */
int index_find_named(const struct index *index, const char *name, size_t max, struct names *ret,
	struct fault *why);

const char *index_text(const struct index *index, uint32_t at);
const struct index_file *index_file_of(const struct index *index, const struct index_node *node);

/* The first in a directory, the next behind it; NULL: none. */
const struct index_node *index_first(const struct index *index, const struct index_node *dir);
const struct index_node *index_next(const struct index *index, const struct index_node *node);

#endif
