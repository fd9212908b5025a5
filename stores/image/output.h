/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_OUTPUT_H
#define TRUSTFIX_OUTPUT_H

/*
 * A changed box: made beside its place or in it, seen by nobody, then put in its place at once.
 *
 * A tar becomes a new tar: the members that stay are moved by the kernel in ranges as long as can
 * be, new ones stand at the end.  A directory in place gets its new blobs first, which nothing
 * names yet, and then a new index.json.  A directory to another place is made of hard links.  A
 * directory to standard output becomes a tar.
 */

#include "stores/image/image_archive.h"

/* One member that is put in, replaces that of its name, or goes. */
struct change {
	char *name;
	uint8_t *bytes; /* owned, with a NUL behind; NULL: those of fd, a link, or none */
	int fd; /* borrowed, from its start; -1: none */
	int64_t size;
	char *link; /* a symbolic link to there */
	bool goes; /* with all below it */
};

struct changes {
	struct change *at;
	size_t n;
};

#define CHANGES_INIT    \
	{               \
		NULL, 0 \
	}

void changes_free(struct changes *changes);
CLEANUP_VALUE(changes, changes_free)
#define auto_changes CLEANUP(changes) struct changes

/* Each takes the place of an earlier one of that name. */
int changes_put(struct changes *changes, const char *name, const void *bytes, size_t len,
	struct fault *why);
int changes_put_fd(
	struct changes *changes, const char *name, int fd, int64_t size, struct fault *why);
int changes_put_link(
	struct changes *changes, const char *name, const char *target, struct fault *why);
int changes_drop(struct changes *changes, const char *name, struct fault *why);

struct output;

/*
 * Make it.  `input`: the path box was opened with; `path`: NULL for the input's own, "-" for
 * standard output.  The box must stay.  FAULT_SYSTEM; FAULT_REFUSED: a place that is left alone.
 */
int output_stage(struct image_archive *image_archive, const struct changes *changes,
	const char *input, const char *path, struct output **ret, struct fault *why);

/* Read what is staged. */
int output_reopen(struct output *output, struct image_archive **ret, struct fault *why);

/* Put it in its place.  FAULT_REFUSED: somebody else changed the input in the meantime. */
int output_publish(struct output *output, struct fault *why);

/* Without output_publish() everything that was made is removed. */
void output_free(struct output *output);
CLEANUP_POINTER(output, output_free)
#define auto_output CLEANUP(output) struct output *

#endif
