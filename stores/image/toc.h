/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_TOC_H
#define TRUSTFIX_TOC_H

/*
 * A table of contents: what is where in an image.  Each layer has a tree of its own, as it would be
 * unpacked alone; then they are merged as overlayfs merges directories.
 *
 * Filling: toc_layer(), then toc_add() and toc_whiteout(), one caller at a time, in the
 * order of each layer's members; then toc_merge() for each layer, the lowest first.  A layer may
 * follow later.  Paths are canonical.  A file takes about 100 bytes.
 */

#include <stdbool.h>
#include <stdint.h>

#include "src/base/names.h"
#include "stores/image/tar.h"

/* Where the bytes of a regular file are. */
struct toc_file {
	int64_t size;
	int64_t head; /* its headers in the unpacked layer */
	int64_t at; /* its bytes in there */
	uint8_t *kept; /* they themselves; NULL: not here */
	uint16_t layer;
	bool is_sparse;
	bool has_xattrs;
};

struct toc_node {
	uint32_t hash; /* of the name */
	uint32_t name; /* in `text` */
	uint32_t parent; /* 0: it was removed */
	uint32_t next; /* in the same directory */
	uint32_t detail; /* DIR: the first in it; FILE: in `files`; SYMLINK: its target in `text` */
	uid_t uid;
	gid_t gid;
	uint16_t mode;
	uint8_t kind;
	bool hides; /* a whiteout: whatever lower layers have there */
	bool covers; /* an opaque directory: whatever lower layers have in it */
	bool is_implied; /* a directory that only is because something is in it */
	bool is_pending; /* a hard link; its target (detail, in `text`) is in a lower layer */
};

struct toc;

int toc_new(struct toc **ret, struct fault *why);
void toc_free(struct toc *toc);
CLEANUP_POINTER(toc, toc_free)
#define auto_toc CLEANUP(toc) struct toc *

/* One more layer, above those there are; they are numbered from 0. */
int toc_layer(struct toc *toc, struct fault *why);

/*
 * A member of a layer; its name, and a hard link's target, are canonical.  `kept`, which is taken:
 * its contents, or NULL.  FAULT_FORMAT: a parent is no directory in this layer.  FAULT_LIMIT.
 */
int toc_add(struct toc *toc, size_t layer, const struct tar_member *member, uint8_t *kept,
	struct fault *why);

/* A whiteout of `path`, or an opaque one in the directory `path`. */
int toc_whiteout(
	struct toc *toc, size_t layer, const char *path, bool is_opaque, struct fault *why);

/* Lay it over those merged before it.  FAULT_FORMAT: a hard link leads nowhere. */
int toc_merge(struct toc *toc, size_t layer, struct fault *why);

/* What is merged at the canonical path; NULL: nothing. */
const struct toc_node *toc_find(const struct toc *toc, const char *path);

/* The paths of what has that name and is no directory, sorted; at most `max`.  FAULT_SYSTEM. */
int toc_find_named(
	const struct toc *toc, const char *name, size_t max, struct names *ret, struct fault *why);

const char *toc_text(const struct toc *toc, uint32_t at);
const struct toc_file *toc_file(const struct toc *toc, const struct toc_node *node);

/* The first in a directory, the next after it; NULL: none. */
const struct toc_node *toc_first(const struct toc *toc, const struct toc_node *dir);
const struct toc_node *toc_next(const struct toc *toc, const struct toc_node *node);

#endif
