/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_OUTPUT_PARTS_H
#define TRUSTFIX_OUTPUT_PARTS_H

/* What the files output*.c share, for them alone. */

#include <sys/stat.h>

#include "src/sys/fd.h"
#include "src/sys/replace.h"
#include "stores/image/output.h"

#define BLOBS_DIR "blobs/sha256"

enum output_kind {
	OUTPUT_STREAM, /* standard output, a pipe, a device: from an unnamed file */
	OUTPUT_FILE,
	OUTPUT_IN_PLACE, /* a directory */
	OUTPUT_NEW_DIR,
};

struct output {
	enum output_kind kind;
	struct image_archive *image_archive;
	char *name; /* the last component of the new file or directory; the stream's path */
	bool replaces; /* something stands there ... */
	struct stat old; /* ... which was this, and whose mode and owner it keeps */
	int fd; /* the unnamed file of a stream; the new directory, locked; -1: none */
	int dir_fd; /* where `temp` is: beside the new file or directory, or the layout */
	struct replace temp; /* the new tar, or the new index.json */
	char temp_dir[REPLACE_NAME_LEN]; /* of a new directory; "": none */
	struct names made; /* blobs that were not there before, or all of a new directory */
	struct names gone; /* blobs that nothing needs any more, in place */
};

/* The change for that member, or for a directory above it; NULL: it stays. */
const struct change *changes_find(const struct changes *changes, const char *name);

/* Write the box, changed, as a tar to where fd stands. */
int output_write_tar(struct image_archive *image_archive, const struct changes *changes, int fd,
	struct fault *why);

/* The names of the blobs in a layout, sorted.  FAULT_SYSTEM. */
int output_list_blobs(struct image_archive *image_archive, struct names *ret, struct fault *why);

/* output_dir.c: make it. */
int output_in_place(struct output *it, const struct changes *changes, struct fault *why);
int output_new_dir(struct output *it, const struct changes *changes, struct fault *why);
void output_remove_dir(int parent_fd, const char *name);

/*
 * Runs that replace the same file take turns from the last look at it to the rename: lock it; the
 * descriptor in *ret_fd, -1 where it cannot be opened or locked (NFS), holds the lock. FAULT_LIMIT:
 * another run does not end.
 */
int output_lock(int dir_fd, const char *name, int *ret_fd, struct fault *why);

/* FAULT_REFUSED: somebody else changed it in the meantime. */
int output_refuse_changed(const char *what, struct fault *why);

/* A signal no longer removes what was made; before it gets its place, as it could come just behind
 * that. */
void output_keep_made(struct output *it);

/* Put it in its place, in output_publish(). */
int output_publish_in_place(struct output *it, struct fault *why);

#endif
