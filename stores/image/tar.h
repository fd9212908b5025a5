/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_TAR_H
#define TRUSTFIX_TAR_H

/*
 * Reading tars with libarchive: the image file's own, and those of its layers.
 *
 * All reading is by position (pread(2)), so that many readers can share one descriptor.
 */

#include "src/x509/digest.h"
#include "stores/image/rootfs.h"

struct archive;

/* FAULT_FORMAT, or FAULT_SYSTEM when it was the system that refused, with the archive's reason.
 * Returns -1. */
int fault_tar(struct fault *why, struct archive *archive, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

void tar_free(struct archive *archive);
CLEANUP_POINTER(archive, tar_free)
#define auto_tar CLEANUP(archive) struct archive *

/* What the reader of a piece needs; must stay until the archive is freed. */
struct tar_source {
	struct piece piece;
	int64_t done; /* bytes of it that were read or skipped */
	void *block; /* freed with the archive */
	bool is_digested;
	struct digest digest; /* of what was read, then */
};

/*
 * Begin to read a tar, packed as `packing` says; `source->piece` is set.  FAULT_SYSTEM,
 * FAULT_FORMAT.
 */
int tar_open(struct tar_source *source, enum packing packing, const char *what,
	struct archive **ret, struct fault *why);

/* The same for what is packed and need not be a tar: one member, the unpacked bytes. */
int tar_open_raw(struct tar_source *source, enum packing packing, const char *what,
	struct archive **ret, struct fault *why);

/* The SHA-256 of the whole piece; what was not read yet is read now.  FAULT_SYSTEM. */
int tar_source_digest(
	struct tar_source *source, uint8_t out[static DIGEST_SHA256_LEN], struct fault *why);

/* A member of a plain tar and where it lies, in bytes from the start of the piece. */
struct tar_member {
	const char *name; /* as written */
	const char *link; /* target of a symbolic or hard link, else NULL */
	enum entry_kind kind; /* ENTRY_FILE also for a hard link */
	int64_t head; /* its headers */
	int64_t at; /* its bytes */
	int64_t size;
};

typedef int tar_visit(void *arg, const struct tar_member *member, struct fault *why);

/*
 * Show every member of a plain tar to `visit`; only headers are read.  `*ret_end` is where the last
 * member ends, a multiple of 512.  FAULT_FORMAT: no tar, or one that is cut off inside a member.
 */
int tar_walk(const struct piece *piece, const char *what, tar_visit *visit, void *arg,
	int64_t *ret_end, struct fault *why);

/* How is that file packed, by its first bytes?  FAULT_FORMAT: in a way that is not read. */
int tar_packing(const struct piece *piece, const char *what, enum packing *ret, struct fault *why);

/*
 * Unpack the piece to the end of to_fd.  FAULT_LIMIT: more than `max` bytes.
 */
int tar_unpack(const struct piece *piece, enum packing packing, const char *what, int to_fd,
	int64_t max, struct fault *why);

#endif
