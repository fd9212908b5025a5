/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_HOST_H
#define TRUSTFIX_HOST_H

/*
 * A tree in a directory of this machine: "/" or --root DIR.
 *
 * No open ever leaves the root: openat2(2) with RESOLVE_IN_ROOT and RESOLVE_NO_SYMLINKS (paths are
 * canonical) or, where the kernel lacks it, a directory-by-directory walk with O_NOFOLLOW.  Only
 * regular files and directories are ever opened for reading, and never in a way that can block.
 */

#include "src/fs/tree.h"

/*
 * Open the tree in `dir`.  If `dir` is "/", under whatever name, the tree is live.  Opening a tree
 * changes nothing on disk.  FAULT_SYSTEM; FAULT_FORMAT: `dir` is not a directory.
 */
int host_open(const char *dir, struct tree **ret, struct fault *why);

#endif
