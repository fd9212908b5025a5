/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_HOMES_H
#define TRUSTFIX_HOMES_H

/* The home directories of a tree's users. */

#include "src/fs/view.h"

/*
 * Append the home directories in /etc/passwd and those below /home, whose users may be known only
 * to a directory service.  On the running system $HOME comes first; an unprivileged caller gets no
 * other.  At most LIMIT_HOMES_N; if there are more, `notes` says so.  The directories may not
 * exist.  FAULT_SYSTEM: out of memory.
 */
int homes_find(struct view *view, struct names *ret, struct names *notes, struct fault *why);

#endif
