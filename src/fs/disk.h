/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_DISK_H
#define TRUSTFIX_DISK_H

/*
 * A root directory and the lookups below it, used only by host*.c.
 *
 * Paths are canonical.  A path that crosses a symbolic link is refused: openat2(2) with
 * RESOLVE_IN_ROOT and RESOLVE_NO_SYMLINKS enforces this, or a walk with O_NOFOLLOW where the kernel
 * (before 5.6) or a seccomp filter does not allow that call.  The one exception is the journal
 * directory, whose name is fixed: openat2(2) may reach it through symbolic links inside the root.
 * The directories used last stay open, so that repeated lookups in one directory cost one call
 * each.  Directory descriptors are O_PATH.
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
	bool walks; /* openat2(2) is not used */
	char *linked; /* the path to this directory may cross symbolic links, or NULL */
	struct {
		char *path; /* NULL: none */
		int fd;
	} kept[DISK_KEPT_N];
	size_t next; /* index in kept[] to replace next: never the one used last */
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

/* Like host_open(), but never uses openat2(2); for tests. */
int host_open_walking(const char *dir, struct tree **ret, struct fault *why);

/* FAULT_SYSTEM; FAULT_FORMAT: `dir` is not a directory. */
int disk_open(struct disk *disk, const char *dir, struct fault *why);
void disk_close(struct disk *disk);

/* Close the cached directories: one was removed, or other programs may replace some. */
void disk_forget(struct disk *disk);

/*
 * A descriptor of the directory `path`, borrowed: the DISK_KEPT_N directories used last stay open.
 * If it is missing or not a directory: returns 0, with -1 as the descriptor.  FAULT_REFUSED: the
 * path crosses a symbolic link.
 */
int disk_dir(struct disk *disk, const char *path, int *ret_fd, struct fault *why);

/*
 * The parent directory of `path` (see disk_dir()), and the last name, which points into `path`.
 * disk_need_parent() fails if the parent is missing.
 */
int disk_parent(
	struct disk *disk, const char *path, int *ret_fd, const char **ret_name, struct fault *why);
int disk_need_parent(
	struct disk *disk, const char *path, int *ret_fd, const char **ret_name, struct fault *why);

/*
 * Make the directory `path` and its missing parents, mode 0755; appends the paths it made, topmost
 * first.
 */
int disk_make_dirs(struct disk *disk, const char *path, struct names *made, struct fault *why);

/* Sync the parent directory of `path`, so that a change to that name survives a crash. */
int disk_sync_parent(struct disk *disk, const char *path, struct fault *why);

/* Does this errno mean that the path does not exist? */
static inline bool disk_is_missing(int sys)
{
	return sys == ENOENT || sys == ENOTDIR || sys == ENAMETOOLONG;
}

/* Operations for tree_ops, in host_stage.c and host_commit.c. */
int host_stage(struct tree *tree, const struct plan *plan, const char *keep_dir, struct undo **ret,
	struct fault *why);
int host_commit(struct tree *tree, struct undo *undo, struct fault *why);
int host_revert(struct tree *tree, struct undo *undo, struct fault *why);
int host_keep(struct tree *tree, const struct undo *undo, struct fault *why);

#endif
