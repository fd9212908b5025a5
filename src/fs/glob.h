/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_GLOB_H
#define TRUSTFIX_GLOB_H

/* Expands paths with wildcards in a view. */

#include "src/fs/view.h"

/*
 * Call found(arg, path) in order for each path below `dir` ("" is the root) that matches `pattern`.
 * A name in the pattern may contain '*', which does not match a leading dot; it matches only
 * existing names.  If the last name has no '*', it need not exist.  A directory that cannot be
 * listed has no matches; the view keeps the reason (view->unread, view->passed_over). FAULT_SYSTEM:
 * out of memory; or the fault that found() reports.
 */
int glob_each(struct view *view, const char *dir, const char *pattern,
	int (*found)(void *arg, const char *path, struct fault *why), void *arg, struct fault *why);

#endif
