/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_IMAGE_ARCHIVE_H
#define TRUSTFIX_IMAGE_ARCHIVE_H

/*
 * The container of an image file: named members in a tar or a directory.
 *
 * Names are as in the OCI image layout and in docker-archives: relative, "blobs/sha256/HEX",
 * "manifest.json".  Only a tar's headers are read; a tar that is compressed or comes from a pipe is
 * unpacked into an unnamed file first.  A link in a tar can only lead to another member of the same
 * tar; members of a directory are opened without following any symbolic link.
 */

#include "src/base/buf.h"
#include "src/base/names.h"
#include "stores/image/rootfs.h"

struct image_archive_member {
	char *name; /* without leading "./" or "/" and without trailing "/" */
	char *link; /* target of a symbolic or hard link */
	enum entry_kind kind; /* ENTRY_FILE for a hard link too */
	int64_t head; /* in a tar: the offset of its headers ... */
	int64_t next; /* ... and of the next member's headers */
	struct piece piece;
};

struct image_archive {
	char *label; /* the path, printable; "standard input" */
	int dir_fd; /* the directory; -1: a tar */
	int fd; /* the plain tar; -1: a directory */
	int source_fd; /* the original bytes, if they were compressed; else -1 */
	struct image_archive_member
		*at; /* a tar's members, sorted by name; of a directory, those in use */
	size_t n;
	int64_t end; /* in a tar: the offset after its last member */
};

/*
 * Open a file or a directory; "-" is standard input.  A tar that must be unpacked goes into
 * `spool_dir` (fd_unnamed()).  FAULT_SYSTEM.  FAULT_FORMAT: not a tar, damaged, or with a
 * duplicate name.  FAULT_LIMIT.
 */
int image_archive_open(
	const char *path, const char *spool_dir, struct image_archive **ret, struct fault *why);

/* Take open descriptors: of a plain tar; or of a directory and of a file (-1: none) to be read
 * instead of its "index.json". */
int image_archive_take_tar(
	int fd, const char *label, struct image_archive **ret, struct fault *why);
int image_archive_take_dir(
	int dir_fd, const char *label, int index_fd, struct image_archive **ret, struct fault *why);

void image_archive_free(struct image_archive *archive);
CLEANUP_POINTER(image_archive, image_archive_free)
#define auto_image_archive CLEANUP(image_archive) struct image_archive *

/*
 * Find the bytes of the file `name`.  The archive owns the descriptor, until image_archive_read()
 * of a blob of that name.  `*ret_found` is false if there is no such file.  FAULT_REFUSED: a link
 * loop, a link out of the archive, or a link in a directory.
 */
int image_archive_find(struct image_archive *archive, const char *name, struct piece *ret,
	bool *ret_found, struct fault *why);

/* Append the bytes of the file `name`.  FAULT_FORMAT: no such file.  FAULT_LIMIT: more than buf's
 * max. */
int image_archive_read(
	struct image_archive *archive, const char *name, struct buf *ret, struct fault *why);

/* Append the names of a directory's members: its blobs, sorted, "oci-layout" and "index.json". */
int image_archive_list(struct image_archive *archive, struct names *ret, struct fault *why);

/* Is it the name of a blob, 64 hex digits? */
bool image_archive_is_digest(const char *name);

/* Open a file below a directory without following any symbolic link; -1 with errno. */
int image_archive_open_beneath(int dir_fd, const char *name, int flags);

/* The descriptor of a tar's original bytes. */
static inline int image_archive_source(const struct image_archive *archive)
{
	return archive->source_fd >= 0 ? archive->source_fd : archive->fd;
}

/* The tar's member of exactly that name, or NULL. */
const struct image_archive_member *image_archive_member(
	const struct image_archive *archive, const char *name);

#endif
