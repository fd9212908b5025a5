/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_OUTPUT_PARTS_H
#define TRUSTFIX_OUTPUT_PARTS_H

/* Shared by the files output*.c only. */

#include <sys/stat.h>

#include "src/sys/fd.h"
#include "src/sys/replace.h"
#include "stores/image/output.h"

#define BLOBS_DIR "blobs/sha256"

enum output_kind {
	OUTPUT_STREAM, /* standard output, a pipe or a device, copied from an unnamed file */
	OUTPUT_FILE,
	OUTPUT_IN_PLACE, /* a directory */
	OUTPUT_NEW_DIR,
};

struct output {
	enum output_kind kind;
	struct image_archive *image_archive;
	char *name; /* the last component of the new file or directory; the stream's path */
	bool replaces; /* it replaces an existing file ... */
	struct stat old; /* ... with this status, whose mode and owner it keeps */
	int fd; /* the unnamed file of a stream; the new directory, locked; -1: none */
	int dir_fd; /* the directory of `temp`: the output's parent, or the layout itself */
	struct replace temp; /* the new tar, or the new index.json */
	char temp_dir[REPLACE_NAME_LEN]; /* temporary name of a new directory; "": none */
	struct names made; /* blobs that were added, or everything in a new directory */
	struct names gone; /* OUTPUT_IN_PLACE: blobs that are no longer needed */
};

/* The change for that member or for a directory above it; NULL: unchanged. */
const struct change *changes_find(const struct changes *changes, const char *name);

/* Write the changed archive as a tar at fd's current offset. */
int output_write_tar(struct image_archive *image_archive, const struct changes *changes, int fd,
	struct fault *why);

/* The names of the blobs in a layout, sorted.  FAULT_SYSTEM. */
int output_list_blobs(struct image_archive *image_archive, struct names *ret, struct fault *why);

/* output_dir.c: stage the output. */
int output_in_place(struct output *it, const struct changes *changes, struct fault *why);
int output_new_dir(struct output *it, const struct changes *changes, struct fault *why);
void output_remove_dir(int parent_fd, const char *name);

/*
 * Lock a file against other runs that replace it, from the last check of it to the rename.  The
 * descriptor in *ret_fd holds the lock; it is -1 if the file cannot be opened or locked (NFS).
 * FAULT_LIMIT: timed out waiting for another run.
 */
int output_lock(int dir_fd, const char *name, int *ret_fd, struct fault *why);

/* Fail with FAULT_REFUSED: somebody else changed `what` in the meantime. */
int output_refuse_changed(const char *what, struct fault *why);

/* From now on a signal does not remove the new files.  Call it before they are moved into place, as
 * the signal could come right after that. */
void output_keep_made(struct output *it);

/* output_publish() for OUTPUT_IN_PLACE. */
int output_publish_in_place(struct output *it, struct fault *why);

#endif
