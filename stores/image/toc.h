/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_TOC_H
#define TRUSTFIX_TOC_H

/*
 * The table of contents of an image.  Each layer has its own tree, as if it were unpacked alone;
 * then the trees are merged as overlayfs merges directories.
 *
 * To fill it, call toc_layer(), then toc_add() and toc_whiteout(), one caller at a time, in the
 * order of each layer's members; then toc_merge() for each layer, the lowest first.  More layers
 * may be added later.  Paths are canonical.  A file takes about 100 bytes.
 */

#include <stdbool.h>
#include <stdint.h>

#include "src/base/names.h"
#include "stores/image/tar.h"

/* Where the bytes of a regular file are. */
struct toc_file {
	int64_t size;
	int64_t head; /* offset of its headers in the unpacked layer */
	int64_t at; /* offset of its bytes in the unpacked layer */
	uint8_t *kept; /* the bytes themselves; NULL: not in memory */
	uint16_t layer;
	bool is_sparse;
	bool has_xattrs;
};

struct toc_node {
	uint32_t hash; /* of the name */
	uint32_t name; /* offset in `text` */
	uint32_t parent; /* 0: removed */
	uint32_t next; /* next node in the same directory */
	uint32_t
		detail; /* DIR: its first node; FILE: index in `files`; SYMLINK: target in `text` */
	uid_t uid;
	gid_t gid;
	uint16_t mode;
	uint8_t kind;
	bool hides; /* a whiteout: hides whatever lower layers have there */
	bool covers; /* an opaque directory: hides whatever lower layers have in it */
	bool is_implied; /* a directory without a member of its own, implied by a path below it */
	bool is_pending; /* a hard link; its target (detail, in `text`) is in a lower layer */
};

struct toc;

int toc_new(struct toc **ret, struct fault *why);
void toc_free(struct toc *toc);
CLEANUP_POINTER(toc, toc_free)
#define auto_toc CLEANUP(toc) struct toc *

/* Add a layer on top; layers are numbered from 0. */
int toc_layer(struct toc *toc, struct fault *why);

/*
 * Add a member of a layer; its name and a hard link's target must be canonical.  Takes `kept`, its
 * contents, or NULL.  FAULT_FORMAT: a parent is not a directory in this layer.  FAULT_LIMIT.
 */
int toc_add(struct toc *toc, size_t layer, const struct tar_member *member, uint8_t *kept,
	struct fault *why);

/* Add a whiteout of `path`, or an opaque whiteout in the directory `path`. */
int toc_whiteout(
	struct toc *toc, size_t layer, const char *path, bool is_opaque, struct fault *why);

/* Merge the layer over those merged before it.  FAULT_FORMAT: a hard link has no target. */
int toc_merge(struct toc *toc, size_t layer, struct fault *why);

/* The merged node at the canonical path; NULL: none. */
const struct toc_node *toc_find(const struct toc *toc, const char *path);

/* The paths with that base name that are not directories, sorted; at most `max`.  FAULT_SYSTEM. */
int toc_find_named(
	const struct toc *toc, const char *name, size_t max, struct names *ret, struct fault *why);

const char *toc_text(const struct toc *toc, uint32_t at);
const struct toc_file *toc_file(const struct toc *toc, const struct toc_node *node);

/* The first node in a directory, and the next one after a node; NULL: none. */
const struct toc_node *toc_first(const struct toc *toc, const struct toc_node *dir);
const struct toc_node *toc_next(const struct toc *toc, const struct toc_node *node);

#endif
