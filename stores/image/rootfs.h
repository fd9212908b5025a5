/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_ROOTFS_H
#define TRUSTFIX_ROOTFS_H

/*
 * The merged view: the layers of one image as overlayfs would show them, as a tree that is read
 * (tree.h's entry, read, list and close).
 *
 * [OCI image-spec 1.1, layer.md]: whiteouts and opaque directories hide what lower layers have and
 * nothing of their own layer; a later member of one layer replaces an earlier one of that name.
 * Where layers leave it open, it is as containerd unpacks them for overlayfs, one by one: a member
 * below a link of a lower layer replaces the link by a directory.  Below a link of its own layer it
 * is refused.
 *
 * Memory does not grow with the layers' bytes, and little with their files: of an image with very
 * many, those that nobody is likely to ask for are left out, and read again if somebody does.
 * Contents that may be asked for again lie in an unnamed temporary file.
 */

#include "src/fs/tree.h"

struct xattrs; /* stores/image/layer_read.h */

/* A range of an open file. */
struct piece {
	int fd; /* borrowed */
	int64_t at;
	int64_t size;
};

enum packing { PACKING_PLAIN, PACKING_GZIP, PACKING_ZSTD, PACKINGS };

/* One layer as it lies in the image file. */
struct layer {
	struct piece piece;
	enum packing packing; /* told by content */
	bool has_digest; /* docker-archives do not name the packed bytes */
	uint8_t digest[32]; /* SHA-256 of the piece */
	uint8_t diff_id[32]; /* SHA-256 of the unpacked tar */
	char *label; /* for people: the blob's or member's name */
};

/*
 * Index these layers (the lowest first; borrowed, they and their descriptors must stay).  A packed
 * layer is read whole and both its digests are compared; of a plain one only the headers and what
 * is asked for are read, unless `check`.  FAULT_FORMAT: a damaged layer, a wrong digest, a name
 * that leads out, a hard link to the outside.  FAULT_LIMIT.
 */
int rootfs_open(const struct layer *layers, size_t n, const char *label, bool check,
	struct tree **ret, struct fault *why);

/*
 * The tree is not needed for now: give its memory back, if that is much.  Whoever asks it something
 * all the same waits for another pass over the layers.
 */
void rootfs_rest(struct tree *tree);

/*
 * The extended attributes of the regular file at the canonical path; none: an empty list.  `tree`
 * is one that merged_open() made.  FAULT_FORMAT: no file.  FAULT_LIMIT.
 */
int rootfs_xattrs(struct tree *tree, const char *path, struct xattrs *ret, struct fault *why);

#endif
