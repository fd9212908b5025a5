/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/text.h"
#include "src/sys/fd.h"
#include "src/sys/replace.h"
#include "src/fs/disk.h"
#include "src/fs/sweep.h"

/* Sync each directory in which something changed, once. */
static int sync_parents(struct disk *disk, const struct undo *undo, struct fault *why)
{
	auto_names synced = NAMES_INIT;

	for (size_t i = 0; i < undo->n; i++) {
		const char *path = undo->at[i].path;
		auto_free char *dir = text_parent(path);
		int dir_fd;

		if (!dir)
			return fault_nomem(why);
		if (names_holds(&synced, dir))
			continue;
		if (names_add(&synced, dir, why) < 0 || disk_dir(disk, dir, &dir_fd, why) < 0 ||
			(dir_fd >= 0 && disk_sync_parent(disk, path, why) < 0))
			return -1;
	}
	return 0;
}

/* Is the path still as it was when the change was staged? */
static int check_untouched(struct tree *tree, const struct undo_step *step, struct fault *why)
{
	const struct entry *then = &step->before;
	auto_entry now = ENTRY_INIT;

	if (step->after == ENTRY_DIR || step->derived)
		return 0;
	if (tree->ops->entry(tree, step->path, &now, why) < 0)
		return -1;
	if (now.kind == then->kind &&
		(now.kind != ENTRY_FILE ||
			(now.size == then->size && now.changed.tv_sec == then->changed.tv_sec &&
				now.changed.tv_nsec == then->changed.tv_nsec)) &&
		(now.kind != ENTRY_SYMLINK || strcmp(now.link, then->link) == 0))
		return 0;
	return fault_set(why, FAULT_REFUSED,
		"another program has just written '%s': run it again when that is done",
		step->path);
}

int host_commit(struct tree *tree, struct undo *undo, struct fault *why)
{
	struct disk *disk = disk_of(tree);

	for (size_t i = 0; i < undo->n; i++) {
		struct undo_step *step = &undo->at[i];
		const char *name;
		int dir_fd;

		if (check_untouched(tree, step, why) < 0 ||
			disk_need_parent(disk, step->path, &dir_fd, &name, why) < 0)
			return -1;
		if (step->temp) {
			if (renameat(dir_fd, step->temp, dir_fd, name) < 0)
				return fd_fault(why, "replace", step->path, dir_fd, name);
			temps_drop(step->temp);
		} else if (step->after == ENTRY_NONE && unlinkat(dir_fd, name, 0) < 0 &&
			   errno != ENOENT) {
			return fd_fault(why, "remove", step->path, dir_fd, name);
		}
		step->done = true;
	}
	if (sync_parents(disk, undo, why) < 0)
		return -1;
	/* Hooks run next and may replace directories. */
	disk_forget(disk);
	return 0;
}

/*
 * ---- rolling back
 * --------------------------------------------------------------------------------
 */

static int restore_file(struct disk *disk, const struct undo_step *step, int dir_fd,
	const char *name, struct fault *why)
{
	const char *keeper = "";
	int keep_fd = -1;

	if (step->keep && disk_parent(disk, step->keep, &keep_fd, &keeper, why) < 0)
		return -1;
	if (keep_fd < 0)
		return fault_set(why, FAULT_SYSTEM, "the old file was not kept");
	if (renameat(keep_fd, keeper, dir_fd, name) == 0)
		return 0;
	if (errno != EXDEV)
		return fd_fault(why, "put back", step->path, dir_fd, name);
	/* The kept copy is on another file system. */
	return replace_copy(keep_fd, keeper, dir_fd, name, step->path, why);
}

static int restore_link(
	const struct undo_step *step, int dir_fd, const char *name, struct fault *why)
{
	char temp[REPLACE_NAME_LEN];
	int rc = 0;

	temps_name(temp);
	temps_add(dir_fd, temp);
	if (symlinkat(step->before.link, dir_fd, temp) < 0 ||
		(geteuid() == 0 && fchownat(dir_fd, temp, step->before.uid, step->before.gid,
					   AT_SYMLINK_NOFOLLOW) < 0) ||
		renameat(dir_fd, temp, dir_fd, name) < 0) {
		rc = fd_fault(why, "put back", step->path, dir_fd, name);
		unlinkat(dir_fd, temp, 0);
	}
	temps_drop(temp);
	return rc;
}

/* There was nothing before.  A directory that is not empty stays. */
static int remove_made(struct disk *disk, const struct undo_step *step, int dir_fd,
	const char *name, struct fault *why)
{
	int is_dir = step->after == ENTRY_DIR;

	if (is_dir)
		disk_forget(disk);
	if (is_dir && disk_need_parent(disk, step->path, &dir_fd, &name, why) < 0)
		return -1;
	if (unlinkat(dir_fd, name, is_dir ? AT_REMOVEDIR : 0) == 0 || errno == ENOENT ||
		(is_dir && (errno == ENOTEMPTY || errno == EEXIST)))
		return 0;
	return fd_fault(why, "remove", step->path, dir_fd, name);
}

/*
 * The contents are as before, but mode and owner may not be.  Restored only on the live system: the
 * journal of another tree may be written by any user, and could make a program run as root.
 */
static int restore_attributes(struct tree *tree, const struct undo_step *step, struct fault *why)
{
	const struct entry *was = &step->before;
	const struct replace_owner owner = {was->mode, was->uid, was->gid};
	auto_entry now = ENTRY_INIT;
	auto_fd fd = -1;
	const char *name;
	int dir_fd;

	if (was->kind != ENTRY_FILE || !tree->is_live)
		return 0;
	if (tree->ops->entry(tree, step->path, &now, why) < 0)
		return -1;
	if (now.mode == was->mode && now.uid == was->uid && now.gid == was->gid)
		return 0;
	if (disk_need_parent(disk_of(tree), step->path, &dir_fd, &name, why) < 0)
		return -1;
	fd = openat(dir_fd, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return fd_fault(why, "open", step->path, dir_fd, name);
	return replace_attributes(&owner, -1, fd, step->path, why);
}

static int put_back(struct tree *tree, const struct undo_step *step, struct fault *why)
{
	struct disk *disk = disk_of(tree);
	auto_free char *dir = text_parent(step->path);
	auto_names made = NAMES_INIT;
	enum undo_state state;
	const char *name;
	int dir_fd;

	/* stage() already makes directories, so they exist even if `done` is not set. */
	if (!step->done && step->after != ENTRY_DIR)
		return 0;
	if (!dir)
		return fault_nomem(why);
	if (undo_step_state(tree, step, &state, why) < 0)
		return -1;
	if (state == UNDO_BEFORE)
		return restore_attributes(tree, step, why);
	/* Other programs may have removed its directory, or put an empty directory in its place. */
	if ((step->before.kind != ENTRY_NONE && disk_make_dirs(disk, dir, &made, why) < 0) ||
		disk_need_parent(disk, step->path, &dir_fd, &name, why) < 0)
		return -1;
	if (step->before.kind != ENTRY_DIR && step->after != ENTRY_DIR &&
		unlinkat(dir_fd, name, AT_REMOVEDIR) == 0) {
		disk_forget(disk);
		if (disk_need_parent(disk, step->path, &dir_fd, &name, why) < 0)
			return -1;
	}
	switch (step->before.kind) {
	case ENTRY_FILE:
		return restore_file(disk, step, dir_fd, name, why);
	case ENTRY_SYMLINK:
		return restore_link(step, dir_fd, name, why);
	default:
		return remove_made(disk, step, dir_fd, name, why);
	}
}

/* A temporary file that cannot be removed stays named in the step, and is tried again at exit. */
static void remove_temp(struct disk *disk, struct undo_step *step)
{
	struct fault ignored = FAULT_INIT;
	const char *name;
	int dir_fd;

	/* The name may come from a journal: it must not be a path. */
	if (!step->temp || strchr(step->temp, '/'))
		return;
	if (disk_parent(disk, step->path, &dir_fd, &name, &ignored) < 0 ||
		(dir_fd >= 0 && unlinkat(dir_fd, step->temp, 0) < 0 && errno != ENOENT))
		return;
	temps_drop(step->temp);
	free(steal(&step->temp));
}

/* Remove the kept copies and then their directory, unless the journal still has files in it. */
static void remove_keepers(struct tree *tree, const struct undo *undo)
{
	auto_free char *dir = NULL;
	struct fault ignored = FAULT_INIT;

	for (size_t i = 0; i < undo->n; i++) {
		const char *keep = undo->at[i].keep;

		if (!keep)
			continue;
		tree->ops->drop(tree, keep, &ignored);
		if (!dir)
			dir = text_parent(keep);
	}
	if (!dir)
		return;
	sweep_forget(disk_of(tree), dir);
	tree->ops->drop(tree, dir, &ignored);
}

/* Remove what an interrupted rollback left beside the paths and beside their kept copies. */
static void sweep_back(struct tree *tree, const struct undo *undo)
{
	struct fault ignored = FAULT_INIT;
	auto_names swept = NAMES_INIT;

	for (size_t i = 0; i < 2 * undo->n && ((struct host *)tree)->lock_fd >= 0; i++) {
		const struct undo_step *step = &undo->at[i / 2];
		const char *path = i % 2 ? step->keep : step->path;
		auto_free char *dir = path ? text_parent(path) : NULL;

		if (!dir || names_holds(&swept, dir))
			continue;
		if (names_add(&swept, dir, &ignored) == 0)
			sweep_dir(tree, dir, "");
	}
}

/* Does the step's kept copy exist, and where?  One that cannot be examined counts as missing. */
static bool has_keeper(struct disk *disk, const struct undo_step *step, int *ret_fd,
	const char **ret_name, struct fault *why)
{
	struct stat st;

	return disk_need_parent(disk, step->keep, ret_fd, ret_name, why) == 0 &&
	       fstatat(*ret_fd, *ret_name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

int host_revert(struct tree *tree, struct undo *undo, struct fault *why)
{
	struct disk *disk = disk_of(tree);
	struct fault cause = FAULT_INIT;
	size_t broken_n = 0;
	int rc = 0;

	disk_forget(disk);
	for (size_t i = undo->n; i-- > 0;) {
		struct undo_step *step = &undo->at[i];
		struct fault ignored = FAULT_INIT;
		const char *keeper;
		int keep_fd;

		if (!step->path)
			continue;
		fault_clear(&cause);
		remove_temp(disk, step);
		if (put_back(tree, step, &cause) == 0)
			continue;
		broken_n++;
		if (step->keep)
			rc = fault_set(why, FAULT_BROKEN, "cannot put '%s' back (%s '%s'): %s",
				step->path,
				has_keeper(disk, step, &keep_fd, &keeper, &ignored)
					? "it is kept as"
					: "there is no copy",
				step->keep, cause.text);
		else
			rc = fault_set(why, FAULT_BROKEN, "cannot put '%s' back: %s", step->path,
				cause.text);
	}
	if (broken_n > 1)
		fault_wrap(why, "%zu files could not be put back, the first of them", broken_n);
	sweep_back(tree, undo);
	if (rc == 0)
		remove_keepers(tree, undo);
	fault_clear(&cause);
	if (sync_parents(disk, undo, &cause) < 0 && rc == 0)
		rc = fault_set(why, FAULT_BROKEN, "put back, but not sure to last: %s", cause.text);
	return rc;
}

int host_keep(struct tree *tree, const struct undo *undo, struct fault *why)
{
	for (size_t i = 0; i < undo->n; i++) {
		const struct undo_step *step = &undo->at[i];
		const char *keeper, *name;
		enum undo_state state;
		int keep_fd = -1, dir_fd;

		if (step->before.kind != ENTRY_FILE || !step->done ||
			has_keeper(disk_of(tree), step, &keep_fd, &keeper, why))
			continue;
		if (keep_fd < 0 || undo_step_state(tree, step, &state, why) < 0 ||
			disk_need_parent(disk_of(tree), step->path, &dir_fd, &name, why) < 0 ||
			disk_need_parent(disk_of(tree), step->keep, &keep_fd, &keeper, why) < 0 ||
			(state == UNDO_BEFORE &&
				replace_copy(dir_fd, name, keep_fd, keeper, step->path, why) < 0))
			return fault_wrap(why, "cannot keep a copy of '%s'", step->path);
	}
	return 0;
}
