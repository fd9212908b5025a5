/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_HOST_H
#define TRUSTFIX_HOST_H

/*
 * The tree that is a directory of this machine: "/" or --root DIR.
 *
 * Opening never leaves the root: openat2(2) with RESOLVE_IN_ROOT and RESOLVE_NO_SYMLINKS (paths are
 * canonical), or, where the kernel lacks it, a walk with O_NOFOLLOW from directory to directory.
 * Only regular files and directories are ever opened for reading, and never in a way that can hang.
 */

#include "src/fs/tree.h"

/*
 * `dir` must be a directory.  "/", by whatever name, is the live tree.  Starting has no effect on
 * the disk. FAULT_SYSTEM, FAULT_FORMAT (not a directory).
 */
int host_open(const char *dir, struct tree **ret, struct fault *why);

#endif
