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

static struct disk *disk_of(struct tree *tree)
{
	return &((struct host *)tree)->disk;
}

/* Each directory once; `path` is one of the things changed in it. */
static int sync_parents(struct disk *disk, const struct undo *undo, struct fault *why)
{
	auto_names synced = NAMES_INIT;

	for (size_t i = 0; i < undo->n; i++) {
		const char *path = undo->at[i].path;
		auto_free char *dir = text_parent(path);
		const char *name;
		int dir_fd;

		if (!dir)
			return fault_nomem(why);
		if (names_holds(&synced, dir))
			continue;
		if (names_add(&synced, dir, why) < 0 ||
			disk_parent(disk, path, &dir_fd, &name, why) < 0 ||
			(dir_fd >= 0 && disk_sync_parent(disk, path, why) < 0))
			return -1;
	}
	return 0;
}

static int commit_one(struct disk *disk, struct undo_step *step, struct fault *why)
{
	const char *name;
	int dir_fd;

	if (disk_need_parent(disk, step->path, &dir_fd, &name, why) < 0)
		return -1;
	if (step->temp) {
		if (renameat(dir_fd, step->temp, dir_fd, name) < 0)
			return fd_fault(why, "replace", step->path, dir_fd, name);
		temps_drop(step->temp);
	} else if (step->after == ENTRY_NONE && unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT) {
		return fd_fault(why, "remove", step->path, dir_fd, name);
	}
	step->done = true;
	return 0;
}

int host_commit(struct tree *tree, struct undo *undo, struct fault *why)
{
	for (size_t i = 0; i < undo->n; i++)
		if (commit_one(disk_of(tree), &undo->at[i], why) < 0)
			return -1;
	if (sync_parents(disk_of(tree), undo, why) < 0)
		return -1;
	/* Hooks run next. */
	disk_forget(disk_of(tree));
	return 0;
}

/* ---- putting back ---------------------------------------------------------------------------- */

/* Its directory and its name in it; the directory is the caller's. */
static int open_keeper(
	struct disk *disk, const char *keep, int *ret_fd, const char **ret_name, struct fault *why)
{
	auto_free char *dir = text_parent(keep);

	if (!dir)
		return fault_nomem(why);
	if (disk_open_dir(disk, dir, ret_fd, why) < 0)
		return -1;
	*ret_name = strrchr(keep, '/') + 1;
	return 0;
}

static int restore_file(struct disk *disk, const struct undo_step *step, int dir_fd,
	const char *name, struct fault *why)
{
	auto_fd keep_fd = -1;
	const char *keeper = "";

	if (step->keep && open_keeper(disk, step->keep, &keep_fd, &keeper, why) < 0)
		return -1;
	if (keep_fd < 0)
		return fault_set(why, FAULT_SYSTEM, "the old file was not kept");
	if (renameat(keep_fd, keeper, dir_fd, name) == 0)
		return 0;
	if (errno != EXDEV)
		return fd_fault(why, "put back", step->path, dir_fd, name);
	/* The keeper is on another file system. */
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

/* Nothing stood there.  A directory that others use by now stays. */
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
 * The bytes are as before, mode and owner may not be.  On the live system alone: of another tree
 * the journal may be anybody's, and would make programs run as root.
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

/* What others removed or made meanwhile: the directory it stood in, an empty one in its place. */
static int clear_way(struct disk *disk, const struct undo_step *step, struct fault *why)
{
	auto_free char *dir = text_parent(step->path);
	auto_names made = NAMES_INIT;
	const char *name;
	int dir_fd;

	if (!dir)
		return fault_nomem(why);
	if (step->before.kind != ENTRY_NONE && disk_make_dirs(disk, dir, &made, why) < 0)
		return -1;
	if (disk_parent(disk, step->path, &dir_fd, &name, why) < 0)
		return -1;
	if (dir_fd >= 0 && step->before.kind != ENTRY_DIR && step->after != ENTRY_DIR &&
		unlinkat(dir_fd, name, AT_REMOVEDIR) == 0)
		disk_forget(disk);
	return 0;
}

static int put_back(struct tree *tree, const struct undo_step *step, struct fault *why)
{
	struct disk *disk = disk_of(tree);
	enum undo_state state;
	const char *name;
	int dir_fd;

	/* stage() makes directories, so that they are there without `done`. */
	if (!step->done && step->after != ENTRY_DIR)
		return 0;
	if (undo_step_state(tree, step, &state, why) < 0)
		return -1;
	if (state == UNDO_BEFORE)
		return restore_attributes(tree, step, why);
	if (clear_way(disk, step, why) < 0 ||
		disk_need_parent(disk, step->path, &dir_fd, &name, why) < 0)
		return -1;
	switch (step->before.kind) {
	case ENTRY_FILE:
		return restore_file(disk, step, dir_fd, name, why);
	case ENTRY_SYMLINK:
		return restore_link(step, dir_fd, name, why);
	default:
		return remove_made(disk, step, dir_fd, name, why);
	}
}

/* One that stays is still named by the step, and for the end of the program. */
static void remove_temp(struct disk *disk, struct undo_step *step)
{
	struct fault ignored = FAULT_INIT;
	const char *name;
	int dir_fd;

	/* It may come from a journal: a name and nothing more. */
	if (!step->temp || strchr(step->temp, '/'))
		return;
	if (disk_parent(disk, step->path, &dir_fd, &name, &ignored) < 0 ||
		(dir_fd >= 0 && unlinkat(dir_fd, step->temp, 0) < 0 && errno != ENOENT))
		return;
	temps_drop(step->temp);
	free(steal(&step->temp));
}

/* The keeper and, with the last one, the directory of keepers, unless the journal has more in it.
 */
static void remove_keepers(struct tree *tree, const struct undo *undo)
{
	auto_free char *dir = NULL;
	struct fault ignored = FAULT_INIT;

	for (size_t i = 0; i < undo->n; i++) {
		const struct undo_step *step = &undo->at[i];

		if (!step->keep)
			continue;
		tree->ops->drop(tree, step->keep, &ignored);
		if (!dir)
			dir = text_parent(step->keep);
	}
	if (dir)
		sweep_forget(disk_of(tree), dir);
	if (dir)
		tree->ops->drop(tree, dir, &ignored);
}

/* What a putting back left that was killed: beside the paths, and beside their keepers. */
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

/* `cause` is why the step could not be put back. */
static int name_broken(struct disk *disk, const struct undo_step *step, const struct fault *cause,
	struct fault *why)
{
	struct fault ignored = FAULT_INIT;
	const char *keeper = "";
	auto_fd keep_fd = -1;
	struct stat st;

	if (!step->keep)
		return fault_set(
			why, FAULT_BROKEN, "cannot put '%s' back: %s", step->path, cause->text);
	open_keeper(disk, step->keep, &keep_fd, &keeper, &ignored);
	return fault_set(why, FAULT_BROKEN, "cannot put '%s' back (%s '%s'): %s", step->path,
		keep_fd >= 0 && fstatat(keep_fd, keeper, &st, AT_SYMLINK_NOFOLLOW) == 0
			? "it is kept as"
			: "there is no copy",
		step->keep, cause->text);
}

int host_revert(struct tree *tree, struct undo *undo, struct fault *why)
{
	struct fault cause = FAULT_INIT;
	size_t broken_n = 0;
	int rc = 0;

	disk_forget(disk_of(tree));
	for (size_t i = undo->n; i-- > 0;) {
		struct undo_step *step = &undo->at[i];

		if (!step->path)
			continue;
		fault_clear(&cause);
		remove_temp(disk_of(tree), step);
		if (put_back(tree, step, &cause) == 0)
			continue;
		rc = name_broken(disk_of(tree), step, &cause, why);
		broken_n++;
	}
	if (broken_n > 1)
		fault_wrap(why, "%zu files could not be put back, the first of them", broken_n);
	sweep_back(tree, undo);
	if (rc == 0)
		remove_keepers(tree, undo);
	fault_clear(&cause);
	if (sync_parents(disk_of(tree), undo, &cause) < 0 && rc == 0)
		rc = fault_set(why, FAULT_BROKEN, "put back, but not sure to last: %s", cause.text);
	return rc;
}

static int keep_one(struct tree *tree, const struct undo_step *step, struct fault *why)
{
	struct disk *disk = disk_of(tree);
	auto_fd keep_fd = -1;
	const char *keeper, *name;
	enum undo_state state;
	struct stat st;
	int dir_fd;

	if (open_keeper(disk, step->keep, &keep_fd, &keeper, why) < 0)
		return -1;
	if (fstatat(keep_fd, keeper, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (undo_step_state(tree, step, &state, why) < 0 ||
		disk_need_parent(disk, step->path, &dir_fd, &name, why) < 0)
		return -1;
	return state != UNDO_BEFORE ? 0
				    : replace_copy(dir_fd, name, keep_fd, keeper, step->path, why);
}

int host_keep(struct tree *tree, const struct undo *undo, struct fault *why)
{
	for (size_t i = 0; i < undo->n; i++)
		if (undo->at[i].before.kind == ENTRY_FILE && undo->at[i].done &&
			keep_one(tree, &undo->at[i], why) < 0)
			return fault_wrap(why, "cannot keep a copy of '%s'", undo->at[i].path);
	return 0;
}
