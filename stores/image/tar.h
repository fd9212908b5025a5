/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_TAR_H
#define TRUSTFIX_TAR_H

/*
 * Read tar archives with libarchive, compressed or not: the image file itself and its layers.
 *
 * Everything is read by position (pread(2)), so that many readers can share one descriptor.  Like
 * other programs, we accept an archive that ends right after its last member's bytes (umoci before
 * 0.4.8 writes no padding and no end marker).  An archive that ends inside a member is damaged.  In
 * a plain archive, contents that nobody needs are not read, unless its digest is to be checked.
 */

#include "src/base/buf.h"
#include "src/base/limits.h"
#include "src/fs/tree.h"
#include "src/x509/digest.h"

struct archive;

/* A range of an open file. */
struct piece {
	int fd; /* borrowed */
	int64_t at;
	int64_t size;
};

enum packing { PACKING_PLAIN, PACKING_GZIP, PACKING_ZSTD, PACKINGS };

/* Append its bytes.  FAULT_FORMAT: the file has become shorter.  FAULT_LIMIT: more than buf's max.
 */
int piece_read(const struct piece *piece, struct buf *ret, struct fault *why);

/* Detect the compression from the first bytes.  FAULT_FORMAT: an unsupported one. */
int tar_packing(const struct piece *piece, const char *what, enum packing *ret, struct fault *why);

/* Unpack it to to_fd's current offset.  FAULT_FORMAT, FAULT_LIMIT, FAULT_SYSTEM. */
int tar_unpack(const struct piece *piece, enum packing packing, int to_fd, struct fault *why);

/* Set FAULT_FORMAT, or FAULT_SYSTEM if a system call failed, with libarchive's reason. */
int fault_archive(struct fault *why, struct archive *archive, const char *context);

/* The number of bytes that all readers of one image have unpacked; updated atomically. */
struct tar_budget {
	int64_t unpacked;
	int64_t packed; /* the compressed bytes read for that */
};

struct tar_options {
	struct tar_budget *budget; /* borrowed; NULL: the archive is plain */
	bool verify; /* read every byte, for tar_digests() */
	int64_t from; /* in a plain archive: the offset of the first member's headers */
};

struct tar;

int tar_open(const struct piece *piece, enum packing packing, const struct tar_options *options,
	struct tar **ret, struct fault *why);
void tar_close(struct tar *tar);
CLEANUP_POINTER(tar, tar_close)
#define auto_tar CLEANUP(tar) struct tar *

/* The strings are borrowed until the next member. */
struct tar_member {
	enum entry_kind kind; /* ENTRY_FILE for a hard link too */
	const char *name; /* as written in the archive */
	const char *link; /* target of a symbolic or hard link, else NULL */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	int64_t size; /* of a file's contents */
	int64_t head; /* offset of its headers in the unpacked archive ... */
	int64_t at; /* ... and of its bytes */
	bool is_sparse; /* its bytes are not contiguous */
	bool has_xattrs;
};

/* Read the next member; *ret_found is false at the end.  FAULT_FORMAT, FAULT_LIMIT, FAULT_SYSTEM.
 */
int tar_next(struct tar *tar, struct tar_member *ret, bool *ret_found, struct fault *why);

/* Append the bytes of the member that was just returned.  FAULT_LIMIT: more than buf's max. */
int tar_read(struct tar *tar, struct buf *ret, struct fault *why);

/* Append the extended attributes of the member that was just returned, as pax records.
 * FAULT_LIMIT: over LIMIT_XATTR_BYTES. */
int tar_xattrs(struct tar *tar, struct buf *ret, struct fault *why);

/* With `verify`, after the last member: the SHA-256 of the piece, and of what it unpacks to. */
int tar_digests(struct tar *tar, uint8_t packed[static DIGEST_SHA256_LEN],
	uint8_t unpacked[static DIGEST_SHA256_LEN], struct fault *why);

/*
 * Normalize `name`, relative to the directory `dir` ("" is the root): "./a//b/" becomes "a/b", and
 * ".." is resolved.  FAULT_REFUSED: it leads out of the root.  FAULT_LIMIT: longer than
 * LIMIT_PATH_LEN or deeper than LIMIT_MEMBER_DEPTH.
 */
int tar_path(const char *dir, const char *name, char ret[static LIMIT_PATH_LEN], struct fault *why);

#endif
