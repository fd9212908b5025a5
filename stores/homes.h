/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_HOMES_H
#define TRUSTFIX_HOMES_H

/* The home directories of a tree's people. */

#include "src/fs/view.h"

/*
 * Append those of /etc/passwd and below /home, of which a directory service may know more; on the
 * running system that of HOME first, and for an unprivileged caller no other.  At most
 * LIMIT_HOMES_N: that there are more is said in `notes`.  They need not be there.  FAULT_SYSTEM: no
 * memory.
 */
int homes_find(struct view *view, struct names *ret, struct names *notes, struct fault *why);

#endif
