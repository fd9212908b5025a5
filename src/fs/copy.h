/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_COPY_H
#define TRUSTFIX_COPY_H

/* A file with all that belongs to it, where a hard link or a rename cannot do.  For host*.c alone.
 */

#include <sys/types.h>

#include "src/base/fault.h"

#define COPY_NO_OWNER ((uid_t)-1) /* stays whose it is */

/* What the file gets besides its bytes. */
struct copy_owner {
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

/* Set owner, then mode (which a change of owner would cut), then the extended attributes of
 * `from_fd` (-1: none). */
int copy_attributes(const struct copy_owner *owner, int from_fd, int to_fd, const char *path,
	struct fault *why);

/*
 * Copy the regular file `from` to the new name `to`: bytes, mode, owner, extended attributes,
 * times; synced.  On failure nothing is left.  `path` names it in faults.
 */
int copy_file(int from_dir, const char *from, int to_dir, const char *to, const char *path,
	struct fault *why);

#endif
