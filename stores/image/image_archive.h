/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_IMAGE_ARCHIVE_H
#define TRUSTFIX_IMAGE_ARCHIVE_H

/*
 * The outside of an image file: a box of named members, which is a tar or a directory.
 *
 * Names are as in the OCI image layout and in docker-archives: relative, "blobs/sha256/HEX",
 * "manifest.json".  A tar is known by its headers alone; one that is packed, or comes from a pipe,
 * is unpacked into an unnamed file first.  A link inside a tar leads to another member of it and
 * nowhere else; a directory's members are opened without following any link.
 */

#include "src/base/buf.h"
#include "src/base/names.h"
#include "stores/image/rootfs.h"

struct image_archive_member {
	char *name; /* without "./" or "/" in front or "/" behind */
	char *link; /* of a symbolic or hard link */
	bool is_symlink;
	bool is_file;
	int64_t head; /* in a tar: where its headers begin ... */
	int64_t next; /* ... and those of the next member */
	struct piece piece;
};

struct image_archive {
	char *label; /* the path, printable; "standard input" */
	int dir_fd; /* the directory; -1: a tar */
	int fd; /* the plain tar; -1: a directory */
	int source_fd; /* the bytes as they came, when they were packed; else -1 */
	struct image_archive_member
		*at; /* in a tar: sorted by name; of a directory: those in use */
	size_t n;
	int64_t end; /* in a tar: behind its last member */
};

/*
 * Open a file or a directory; "-" is standard input.  `spool_dir` is where what must be unpacked
 * goes (fd_unnamed_in()).  FAULT_SYSTEM; FAULT_FORMAT: no tar, damaged, a name twice;
 * FAULT_LIMIT.
 */
int image_archive_open(
	const char *path, const char *spool_dir, struct image_archive **ret, struct fault *why);

/* Of open descriptors, taken: a plain tar; a directory, and another file (-1: none) for its
 * "index.json". */
int image_archive_take_tar(
	int fd, const char *label, struct image_archive **ret, struct fault *why);
int image_archive_take_dir(
	int dir_fd, const char *label, int index_fd, struct image_archive **ret, struct fault *why);

void image_archive_free(struct image_archive *image_archive);
CLEANUP_POINTER(image_archive, image_archive_free)
#define auto_image_archive CLEANUP(image_archive) struct image_archive *

/*
 * Where the file `name` lies.  The descriptor is the box's, until box_read() of a blob of that
 * name.  `*ret_found` false: there is none. FAULT_REFUSED: links in a circle or out of the box, a
 * link in a directory.
 */
int image_archive_find(struct image_archive *image_archive, const char *name, struct piece *ret,
	bool *ret_found, struct fault *why);

/* Its bytes, which must be there.  FAULT_FORMAT: there is none.  FAULT_LIMIT: more than buf's max.
 */
int image_archive_read(
	struct image_archive *image_archive, const char *name, struct buf *ret, struct fault *why);

/* Open what lies below a directory, no link followed on the way; -1 with errno. */
int image_archive_open_beneath(int dir_fd, const char *name, int flags);

/* The tar's member of exactly that name, or NULL. */
const struct image_archive_member *image_archive_member(
	const struct image_archive *image_archive, const char *name);

#endif
