/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_VARIABLES_H
#define TRUSTFIX_VARIABLES_H

/* The values for the variables of src/client/programs.h in a tree, and the files that the tree's
 * own settings point to. */

#include "src/client/programs.h"
#include "stores/store.h"

/* For a tree with CAs installed: static paths, as its programs see them. */
struct variable_files {
	const char *bundle; /* the system's bundle, which includes the CAs */
	const char *ca; /* only the CAs */
};

/*
 * Find the files for the variables.  FAULT_REFUSED: nothing is installed in that tree, or one of
 * the files lacks an installed CA; the text says what to do.
 */
int variables_find(struct view *view, struct variable_files *ret, struct fault *why);

/* The value for the variable, borrowed; NULL: it is not set (VARIABLE_JAVA). */
const char *variable_value(const struct variable *variable, const struct variable_files *files);

/*
 * Append as places of kind "pem" the files that the tree's own settings (an image's) point its
 * programs to, unless a store already found is that file.  A file that is missing or cannot be used
 * only gives a note.  FAULT_SYSTEM: no memory.
 */
int variables_places(struct view *view, struct places *ret, struct fault *why);

#endif
