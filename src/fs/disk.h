/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_DISK_H
#define TRUSTFIX_DISK_H

/*
 * A root directory and the ways into it, for host*.c alone.
 *
 * Paths are canonical.  A way that leads over a symbolic link is refused: openat2(2) with
 * RESOLVE_IN_ROOT and RESOLVE_NO_SYMLINKS sees to it, or a walk with O_NOFOLLOW where a kernel
 * (before 5.6) or a seccomp filter does not allow that call.  The one directory that has a fixed
 * name, the journal's, may be reached over links inside the root, by openat2(2).  The directory
 * used last stays open, so that look-ups in one directory cost one call each.  Descriptors of
 * directories are O_PATH.
 */

#include <errno.h>
#include <stdbool.h>
#include <sys/types.h>

#include "src/base/fault.h"
#include "src/base/names.h"
#include "src/fs/tree.h"

#define DISK_KEPT_N 4

struct disk {
	int root_fd;
	bool walks; /* without openat2(2) */
	char *linked; /* the way to this directory may lead over links; NULL: none */
	struct {
		char *path; /* NULL: none */
		int fd;
	} kept[DISK_KEPT_N];
	size_t next; /* of them, to be replaced: never the last one that was asked for */
};

struct host {
	struct tree tree;
	struct disk disk;
	int lock_fd; /* -1: not locked */
};

static inline struct disk *disk_of(struct tree *tree)
{
	return &((struct host *)tree)->disk;
}

/* host_open() that never uses openat2(2), for tests. */
int host_open_walking(const char *dir, struct tree **ret, struct fault *why);

/* FAULT_SYSTEM, FAULT_FORMAT: `dir` is no directory. */
int disk_open(struct disk *disk, const char *dir, struct fault *why);
void disk_close(struct disk *disk);

/* Forget the directories kept open: one was removed, or other programs may replace some. */
void disk_forget(struct disk *disk);

/*
 * The directory `path` as a descriptor, borrowed: the last DISK_KEPT_N that were asked for stay
 * open.  Not there or no directory: 0 and -1.  FAULT_REFUSED: a link is on the way.
 */
int disk_dir(struct disk *disk, const char *path, int *ret_fd, struct fault *why);

/*
 * The directory in which `path` stands (as disk_dir()), and the name in it, which points into path.
 * disk_need_parent() makes it a fault that it is not there.
 */
int disk_parent(
	struct disk *disk, const char *path, int *ret_fd, const char **ret_name, struct fault *why);
int disk_need_parent(
	struct disk *disk, const char *path, int *ret_fd, const char **ret_name, struct fault *why);

/* Make `path` and what is missing above it, 0755; the paths made are appended, topmost first. */
int disk_make_dirs(struct disk *disk, const char *path, struct names *made, struct fault *why);

/* Sync the directory in which `path` stands, so that what was done to that name holds. */
int disk_sync_parent(struct disk *disk, const char *path, struct fault *why);

/* Does that errno say that there is no such thing? */
static inline bool disk_is_missing(int sys)
{
	return sys == ENOENT || sys == ENOTDIR || sys == ENAMETOOLONG;
}

/* host_stage.c and host_commit.c: tree_ops. */
int host_stage(struct tree *tree, const struct plan *plan, const char *keep_dir, struct undo **ret,
	struct fault *why);
int host_commit(struct tree *tree, struct undo *undo, struct fault *why);
int host_revert(struct tree *tree, struct undo *undo, struct fault *why);
int host_keep(struct tree *tree, const struct undo *undo, struct fault *why);

#endif
