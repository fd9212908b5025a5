/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_GLOB_H
#define TRUSTFIX_GLOB_H

/* Paths with wildcards, looked up in a view. */

#include "src/fs/view.h"

/*
 * Call found(arg, path) for each path below `dir` ("" is the root) that `pattern` names, in order.
 * A name of the pattern may hold '*', which does not match a leading dot; then it is one that is
 * there.  The last name, without '*', need not be.  A directory that cannot be listed is passed
 * over.  FAULT_SYSTEM: no memory; or what found() says.
 */
int glob_each(struct view *view, const char *dir, const char *pattern,
	int (*found)(void *arg, const char *path, struct fault *why), void *arg, struct fault *why);

#endif
