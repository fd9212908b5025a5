/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_TOC_H
#define TRUSTFIX_TOC_H

/*
 * The table of contents of an image: every member of every layer, sorted by path and age.
 *
 * It starts as zeros.  To fill it, call toc_add() for each layer's members in their order; the
 * layers may be filled in parallel, each by one thread.  Then toc_index() makes it searchable. More
 * layers may be put on top later and indexed again.  Nothing is merged: a search looks at the
 * versions of each directory on the way, from the newest to the oldest, and knows what they hide.
 * Paths are canonical.  A file takes about 120 bytes.
 */

#include <stdbool.h>
#include <stdint.h>

#include "src/base/names.h"
#include "stores/image/tar.h"

/* One version of a path: a member, or a directory implied by a member below it. */
struct toc_entry {
	uint32_t dir; /* path of its directory ("" for the root), in the layer's text */
	uint32_t name; /* base name, in the text; the root has none */
	uint32_t link; /* target of a symbolic or hard link, in the text */
	uint32_t when; /* its number in the layer */
	uid_t uid;
	gid_t gid;
	uint16_t layer;
	uint16_t mode;
	uint8_t kind;
	bool is_whiteout; /* hides lower layers: ENTRY_NONE the path, ENTRY_DIR what is in it */
	bool is_implied; /* the directory has no member of its own here */
	bool is_hard; /* a hard link; `same` is set by toc_index() */
	bool is_sparse;
	bool has_xattrs;
	int64_t size; /* of a file's contents */
	int64_t head; /* offset of its headers in the unpacked layer */
	int64_t at; /* offset of its bytes in the unpacked layer */
	uint8_t *kept; /* the bytes themselves; NULL: not in memory */
	const struct toc_entry *same; /* what a hard link is another name of */
};

struct toc_layer {
	struct toc_entry *at; /* in the archive's order */
	uint32_t n;
	uint32_t room;
	struct buf text; /* each with its NUL */
	size_t counted; /* bytes of the text in toc->bytes */
	uint32_t dir; /* the last member's directory, in `text` */
	char known[LIMIT_PATH_LEN + 1]; /* a path that was a directory after the last member */
};

struct toc {
	struct toc_layer layers[LIMIT_LAYERS_N]; /* the lowest first */
	size_t layers_n;
	const struct toc_entry **index; /* sorted by path, then by age */
	size_t index_n;
	size_t bytes; /* memory used so far; updated atomically */
};

void toc_free(struct toc *toc);
CLEANUP_POINTER(toc, toc_free)
#define auto_toc CLEANUP(toc) struct toc *

/* Add a layer on top; layers are numbered from 0. */
int toc_layer(struct toc *toc, struct fault *why);

/*
 * Add a member of a layer; its name and a hard link's target must be canonical.  ENTRY_NONE is a
 * whiteout of that path.  Takes `kept`, its contents, or NULL.  FAULT_LIMIT.
 */
int toc_add(struct toc *toc, size_t layer, const struct tar_member *member, uint8_t *kept,
	struct fault *why);

/* Add an opaque whiteout: `dir` hides whatever lower layers have in it. */
int toc_add_opaque(struct toc *toc, size_t layer, const char *dir, struct fault *why);

/* Make the layers searchable that are not yet.  FAULT_FORMAT: a member lies below something that is
 * no directory in its layer, or a hard link has no target; *ret_layer is the layer. */
int toc_index(struct toc *toc, size_t *ret_layer, struct fault *why);

/* What is at the canonical path, with hard links resolved; NULL: nothing. */
const struct toc_entry *toc_find(const struct toc *toc, const char *path);

/* The names in the directory.  FAULT_FORMAT: not a directory.  FAULT_LIMIT. */
int toc_list(const struct toc *toc, const char *path, struct names *ret, struct fault *why);

/* The paths with that base name that are not directories, sorted; at most `max`.  FAULT_SYSTEM. */
int toc_find_named(
	const struct toc *toc, const char *name, size_t max, struct names *ret, struct fault *why);

/* A text of an entry: its `dir`, `name` or `link`. */
const char *toc_text(const struct toc *toc, const struct toc_entry *entry, uint32_t at);

#endif
