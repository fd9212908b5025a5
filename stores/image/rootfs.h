/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_ROOTFS_H
#define TRUSTFIX_ROOTFS_H

/*
 * The merged view: the layers of one image as overlayfs would show them, as a read-only tree
 * (tree.h's entry, read, list, find and close).
 *
 * [OCI image-spec 1.1, layer.md]: whiteouts and opaque directories hide files of lower layers,
 * never of their own layer; a later member of a layer replaces an earlier one with the same name.
 * Where the specification is silent, we do what containerd does when it unpacks layers one by one
 * for overlayfs: a member below a symbolic link of a lower layer replaces the link with a
 * directory.  A member below a link of its own layer is refused.
 *
 * Every layer is read once; names and offsets stay in memory (toc.h).  Contents are read when they
 * are needed: from a plain layer directly, from a compressed one by unpacking it up to that point.
 * Small files that are likely to be needed are kept in memory.
 */

#include "stores/image/tar.h"

/* One layer as stored in the image file. */
struct layer {
	struct piece piece;
	enum packing packing; /* detected from the content */
	bool has_digest; /* false: docker-archives give no digest of the packed bytes */
	uint8_t digest[DIGEST_SHA256_LEN]; /* of the piece */
	uint8_t diff_id[DIGEST_SHA256_LEN]; /* of the unpacked tar */
	char *label; /* for messages: the blob's or member's name */
};

/*
 * Open these layers (the lowest first; they and their descriptors are borrowed and must outlive the
 * tree).  A compressed layer is read whole and both its digests are checked; of a plain layer only
 * the headers are read, unless `check`.  `before` (or NULL) is a tree of the same layers, or of the
 * lower ones, with the same bytes at other offsets: its table of contents is taken over, and it
 * rereads its layers if it is used again.  FAULT_FORMAT: a damaged layer, a wrong digest, a name or
 * a hard link that leads out of the root.  FAULT_LIMIT.
 */
int rootfs_open(const struct layer *layers, size_t n, const char *label, bool check,
	struct tree *before, struct tree **ret, struct fault *why);

/*
 * Append the extended attributes of the regular file at the canonical path, as pax records.  `tree`
 * must come from rootfs_open().  FAULT_FORMAT: no such file.  FAULT_LIMIT.
 */
int rootfs_xattrs(struct tree *tree, const char *path, struct buf *ret, struct fault *why);

#endif
