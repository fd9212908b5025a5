/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_NEIGHBOUR_H
#define TRUSTFIX_NEIGHBOUR_H

/* The other files in a directory of anchors, which go into the bundle together with ours. */

#include "stores/system/anchor_files.h"

/*
 * Certificates in such files that nothing trusts yet, and that a change of the store makes trusted:
 * the whole bundle is made anew.
 */
struct strangers {
	struct names paths; /* at[i] is the file of certs.at[i] */
	struct certs certs;
	const char *tool; /* the distribution's command that takes in all such files */
	const char *aside; /* a directory where it does not look */
	bool is_by_tool; /* that command does it, if it runs; the change itself does not */
};

void strangers_free(struct strangers *strangers);
CLEANUP_VALUE(strangers, strangers_free)
#define auto_strangers CLEANUP(strangers) struct strangers

/* Append what is in the file and not among those that are trusted now (`bundle`). */
int strangers_add(struct strangers *strangers, const struct anchor_file *file,
	const struct certs *bundle, struct fault *why);

/*
 * FAULT_REFUSED: in a bundle the file would make a program lose the certificates before or behind
 * it, or it holds what everybody could read there: a private key, or no certificate but what a link
 * leads to or not everybody may read.  The text has the command that
 * moves it to the directory `aside` (neighbour_move()).
 */
int neighbour_check(
	struct view *view, const struct anchor_file *file, const char *aside, struct fault *why);

/*
 * FAULT_REFUSED: on the running system there is a FIFO or a device in `dir`, at which the program
 * that reads all of it would wait for ever.
 */
int neighbour_check_kinds(struct view *view, const char *dir, const char *aside, struct fault *why);

/*
 * "mv FILE DIR/" for sh, with the paths that they have on this machine; allocated.  An
 * image has none: then "RUN mv FILE DIR/", for its build.
 */
int neighbour_move(
	struct view *view, const char *path, const char *aside, char **ret, struct fault *why);

#endif
