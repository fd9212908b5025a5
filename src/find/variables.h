/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_VARIABLES_H
#define TRUSTFIX_VARIABLES_H

/* What the variables of src/client/programs.h are set to in a tree, and where its settings lead. */

#include "src/client/programs.h"
#include "stores/store.h"

/* For a tree where CAs are installed: static paths, as its programs see them. */
struct variable_files {
	const char *bundle; /* the system's, with the CAs */
	const char *ca; /* the CAs alone */
};

/*
 * FAULT_REFUSED: nothing is installed in that tree, or one of the files does not hold all that is;
 * the text says what to do.
 */
int variables_find(struct view *view, struct variable_files *ret, struct fault *why);

/* What the variable is set to, borrowed; NULL: it is left alone (VARIABLE_JAVA). */
const char *variable_value(const struct variable *variable, const struct variable_files *files);

/*
 * The files that the tree's own settings lead its programs to (of an image), where no store that
 * was found is that file: as places of the kind "pem", appended.  What is not there or cannot be
 * used is a note.  FAULT_SYSTEM: no memory.
 */
int variables_places(struct view *view, struct places *ret, struct fault *why);

#endif
