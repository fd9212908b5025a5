/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_OUTPUT_H
#define TRUSTFIX_OUTPUT_H

/*
 * A changed image archive: written where nobody sees it, then moved into place at once.
 *
 * A tar becomes a new tar: the kernel copies the unchanged members in ranges as long as possible,
 * and new members follow at the end.  A thread starts to copy as soon as the output is open, while
 * the caller still reads the image and decides what to change.  A directory changed in place gets
 * its new blobs first, which no document refers to yet, and then a new index.json.  A directory
 * written to another place is a copy, made of hard links, that is changed in the same way.  A
 * directory written to standard output becomes a tar.
 */

#include <pthread.h>
#include <stdatomic.h>

#include "stores/image/changes.h"
#include "stores/image/image_archive.h"

struct output;

/*
 * Open the place of the new archive.  `input` is the path the archive was opened with; `path` is
 * NULL for the same place, "-" for standard output.  `archive` must outlive the output.
 * FAULT_SYSTEM.  FAULT_REFUSED: the place must not be written.
 */
int output_open(struct image_archive *archive, const char *input, const char *path,
	struct output **ret, struct fault *why);

/* Write the changed archive, once.  FAULT_SYSTEM. */
int output_stage(struct output *output, const struct changes *changes, struct fault *why);

/* Open the staged archive. */
int output_reopen(struct output *output, struct image_archive **ret, struct fault *why);

/* Move it into place.  FAULT_REFUSED: somebody else changed the input in the meantime. */
int output_publish(struct output *output, struct fault *why);

/* Removes everything that was written, unless it was published. */
void output_free(struct output *output);
CLEANUP_POINTER(output, output_free)
#define auto_output CLEANUP(output) struct output *

/* A copy, made by a thread, of a tar's members before the first document that every change
 * replaces.
 */
struct tar_ahead {
	const struct image_archive *archive;
	int fd; /* where to */
	pthread_t thread;
	bool is_begun; /* the thread must be joined */
	atomic_bool enough;
	int64_t done; /* bytes */
};

void tar_ahead_begin(struct tar_ahead *it, const struct image_archive *archive, int fd);

/* Stop it; the number of bytes copied.  Does nothing if none was begun. */
int64_t tar_ahead_end(struct tar_ahead *it);

/* Write the changed archive as a tar at fd's current offset, where its first `ahead` bytes are
 * already; without changes, its original bytes, compressed or not. */
int output_write_tar(struct image_archive *archive, const struct changes *changes, int fd,
	int64_t ahead, struct fault *why);

#endif
