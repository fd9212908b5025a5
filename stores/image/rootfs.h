/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_ROOTFS_H
#define TRUSTFIX_ROOTFS_H

/*
 * The merged view: the layers of one image as overlayfs would show them, as a tree that is read
 * (tree.h's entry, read, list, find and close).
 *
 * [OCI image-spec 1.1, layer.md]: whiteouts and opaque directories hide what lower layers have and
 * nothing of their own layer; a later member of one layer replaces an earlier one of that name.
 * Where layers leave it open, it is as containerd unpacks them for overlayfs, one by one: a member
 * below a link of a lower layer replaces the link by a directory.  Below a link of its own layer it
 * is refused.
 *
 * Every layer is read once; names and places stay in memory (toc.h).  Contents are read again when
 * somebody asks for them: from a plain layer directly, from a packed one by unpacking up to there,
 * unless they were likely to be asked for and small, and so were kept.
 */

#include "stores/image/tar.h"

/* One layer as it lies in the image file. */
struct layer {
	struct piece piece;
	enum packing packing; /* told by content */
	bool has_digest; /* docker-archives do not name the packed bytes */
	uint8_t digest[DIGEST_SHA256_LEN]; /* of the piece */
	uint8_t diff_id[DIGEST_SHA256_LEN]; /* of the unpacked tar */
	char *label; /* for people: the blob's or member's name */
};

/*
 * Open these layers (the lowest first; borrowed, they and their descriptors must stay).  A packed
 * layer is read whole and both its digests are compared; of a plain one only the headers are read,
 * unless `check`.  `before` (or NULL) is a tree of the same layers, or of the lower ones, whose
 * bytes have only moved: what is known of them is taken from it, and it must learn it again if it
 * is asked for something.  FAULT_FORMAT: a damaged layer, a wrong digest, a name that leads out, a
 * hard link to the outside.  FAULT_LIMIT.
 */
int rootfs_open(const struct layer *layers, size_t n, const char *label, bool check,
	struct tree *before, struct tree **ret, struct fault *why);

/*
 * The extended attributes of the regular file at the canonical path; none: an empty list.  `tree`
 * is one that rootfs_open() made.  FAULT_FORMAT: no file.  FAULT_LIMIT.
 */
int rootfs_xattrs(struct tree *tree, const char *path, struct xattrs *ret, struct fault *why);

#endif
