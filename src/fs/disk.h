/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_DISK_H
#define TRUSTFIX_DISK_H

/*
 * A root directory and the lookups below it, used only by host*.c and sweep.c.
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

/* Close the cached directories: one was removed, or other programs may replace some. */
void disk_forget(struct disk *disk);

/*
 * A descriptor of the directory `path`, borrowed: the DISK_KEPT_N directories used last stay open.
 * If it is missing or not a directory: returns 0, with -1 as the descriptor.  FAULT_REFUSED: the
 * path crosses a symbolic link.
 */
int disk_dir(struct disk *disk, const char *path, int *ret_fd, struct fault *why);

/* A name in a directory. */
struct spot {
	int dir_fd; /* the parent, borrowed as from disk_dir(); -1: it is missing */
	const char *name; /* points into path; "." for the root */
	const char *path; /* borrowed */
};

/* Find the parent directory of `path`; disk_need() fails if it is missing. */
int disk_find(struct disk *disk, const char *path, struct spot *ret, struct fault *why);
int disk_need(struct disk *disk, const char *path, struct spot *ret, struct fault *why);

/* Set the fault "cannot VERB 'PATH'" with errno's reason; returns -1. */
int disk_fault(const struct spot *at, const char *verb, struct fault *why);

/* What is there, as tree_ops.entry. */
int disk_entry(const struct spot *at, struct entry *ret, struct fault *why);

/* Make the directory `path` and its missing parents, mode 0755; they will survive a crash. */
int disk_make_dirs(struct disk *disk, const char *path, struct fault *why);

/* Sync the parent directory of `path`, so that a change to that name survives a crash. */
int disk_sync_parent(struct disk *disk, const char *path, struct fault *why);

/* renameat2(2) within a directory; -1 with errno. */
int disk_rename(int dir_fd, const char *from, const char *to, unsigned flags);

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

/* FAULT_REFUSED: another program has written the file since the change was planned. */
int host_written(const struct spot *at, struct fault *why);

/* Make the kept copy of the old file; a hard link will do if trustfix is to replace the file. */
int host_keep_one(
	struct disk *disk, const struct undo_step *step, bool may_link, struct fault *why);

#endif
