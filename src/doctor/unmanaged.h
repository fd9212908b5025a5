/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_UNMANAGED_H
#define TRUSTFIX_UNMANAGED_H

/*
 * Find the programs of a tree that read none of the stores trustfix changes, what they read
 * instead, and the one line that makes them trust the CA too: the rows of src/client/programs.c
 * that have places.
 */

#include "src/client/programs.h"
#include "src/fs/view.h"

struct unmanaged_program {
	const char *tree; /* the label of the tree it is in, borrowed */
	const char *name; /* "Node.js"; a static string */
	char *path; /* the first path found, printable */
	size_t more_n; /* how many more were found */
	const char *reads; /* a static string */
	char *help;
};

struct unmanaged {
	struct unmanaged_program *at;
	size_t n;
};

/* Find them, in the table's order, and append them to `ret`.  FAULT_SYSTEM: no memory. */
int unmanaged_find(struct view *view, struct unmanaged *ret, struct fault *why);
void unmanaged_free(struct unmanaged *unmanaged);
CLEANUP_VALUE(unmanaged, unmanaged_free)

/* The bundle that a program of this tree can be pointed to, a static string. */
const char *unmanaged_bundle(struct view *view);

/*
 * The line that makes this program trust the CA, with the tree's own bundle in it, allocated.
 * FAULT_SYSTEM: no memory.
 */
int unmanaged_help(struct view *view, const struct program *program, char **ret, struct fault *why);

#endif
