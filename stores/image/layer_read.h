/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_LAYER_READ_H
#define TRUSTFIX_LAYER_READ_H

/*
 * Reading one layer from its first member to its last, packed or not.
 *
 * What other programs accept is accepted: an archive that ends behind its last member's bytes
 * (umoci before 0.4.8 writes no padding and no end).  One that ends within a member is damaged.
 * Bytes that nobody asks for are not read from a plain layer, unless its digests are wanted.
 */

#include "stores/image/rootfs.h"

struct layer_reader;

enum layer_kind {
	LAYER_FILE,
	LAYER_DIR,
	LAYER_SYMLINK,
	LAYER_HARDLINK,
	LAYER_OTHER /* device, FIFO */
};

/* The strings are borrowed until the next member. */
struct layer_member {
	enum layer_kind kind;
	const char *name; /* as it is written */
	const char *link; /* SYMLINK, HARDLINK */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	int64_t size; /* FILE: of its contents */
	int64_t head; /* where in the unpacked layer its headers begin, and its bytes */
	int64_t at;
	bool is_sparse; /* its bytes do not lie in one piece */
	bool has_xattrs;
};

/* What the readers of one image share. */
struct layer_budget {
	int64_t unpacked; /* bytes so far; atomic, as is the next */
	int64_t packed; /* what they were packed into */
};

/*
 * `layer` and `budget` are borrowed.  With `verify` the whole is read and layer_finish() compares
 * its digests.  `from`: the place of a member's headers to begin with, in a plain layer; else 0.
 */
int layer_open(const struct layer *layer, bool verify, int64_t from, struct layer_budget *budget,
	struct layer_reader **ret, struct fault *why);
void layer_close(struct layer_reader *reader);
CLEANUP_POINTER(layer_reader, layer_close)
#define auto_layer_reader CLEANUP(layer_reader) struct layer_reader *

/* The next member; *ret_found is false at the end.  FAULT_FORMAT, FAULT_LIMIT, FAULT_SYSTEM. */
int layer_next(
	struct layer_reader *reader, struct layer_member *ret, bool *ret_found, struct fault *why);

/* The bytes of the member that was just returned, appended; or written to `fd` from `at` on. */
int layer_read(struct layer_reader *reader, struct buf *ret, struct fault *why);
int layer_save(struct layer_reader *reader, int fd, int64_t at, struct fault *why);

/* An extended attribute of a file. */
struct xattr {
	char *name;
	uint8_t *value;
	size_t len;
};

struct xattrs {
	struct xattr *at;
	size_t n;
};

void xattrs_free(struct xattrs *xattrs);
CLEANUP_VALUE(xattrs, xattrs_free)
#define auto_xattrs CLEANUP(xattrs) struct xattrs

/* Those of the member that was just returned.  FAULT_LIMIT: more than LIMIT_XATTR_BYTES. */
int layer_xattrs(struct layer_reader *reader, struct xattrs *ret, struct fault *why);

/* With `verify`, after the last member: FAULT_FORMAT if a digest is not the layer's. */
int layer_finish(struct layer_reader *reader, struct fault *why);

#endif
