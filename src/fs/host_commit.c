/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>

#include "src/base/text.h"
#include "src/sys/replace.h"
#include "src/fs/sweep.h"

/* Sync each directory in which something changed, once. */
static int sync_parents(struct disk *disk, const struct undo *undo, struct fault *why)
{
	auto_names synced = NAMES_INIT;

	for (size_t i = 0; i < undo->n; i++) {
		const char *path = undo->at[i].path;
		auto_free char *dir = path ? text_parent(path) : NULL;
		int dir_fd;

		if (!path)
			continue;
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

int host_written(const struct spot *at, struct fault *why)
{
	return fault_set(why, FAULT_REFUSED,
		"another program has just written '%s': run the command again when it is done",
		at->path);
}

/* Is the file called `name` the one that was there when the change was staged? */
static int check_untouched(
	const struct spot *at, const char *name, const struct entry *then, struct fault *why)
{
	const struct spot moved = {at->dir_fd, name, at->path};
	auto_entry now = ENTRY_INIT;

	if (disk_entry(&moved, &now, why) < 0)
		return -1;
	if (now.kind == then->kind &&
		(now.kind != ENTRY_FILE ||
			(now.size == then->size && now.changed.tv_sec == then->changed.tv_sec &&
				now.changed.tv_nsec == then->changed.tv_nsec)) &&
		(now.kind != ENTRY_SYMLINK || strcmp(now.link, then->link) == 0))
		return 0;
	return host_written(at, why);
}

/*
 * Replace or remove what is at the path, unless another program has changed it since it was staged.
 *
 * What was there is moved to the temporary name and looked at once it is out of everybody's reach,
 * so no write is lost between a last look and the rename.  Where the file system or the kernel
 * cannot do that (EINVAL, ENOSYS), the look comes first.
 */
static int commit_one(struct disk *disk, struct undo_step *step, struct fault *why)
{
	bool was = step->before.kind != ENTRY_NONE, is = step->after.kind != ENTRY_NONE;
	unsigned how = was && is ? RENAME_EXCHANGE : RENAME_NOREPLACE;
	const char *from, *to;
	struct spot at;

	if (disk_need(disk, step->path, &at, why) < 0)
		return -1;
	from = is ? step->temp : at.name;
	to = is ? at.name : step->temp;
	step->done = disk_rename(at.dir_fd, from, to, how) == 0;
	if (!step->done && (errno == EINVAL || errno == ENOSYS)) {
		if (check_untouched(&at, at.name, &step->before, why) < 0)
			return -1;
		step->done = (is ? renameat(at.dir_fd, from, at.dir_fd, to)
				 : unlinkat(at.dir_fd, from, 0)) == 0;
	} else if (!step->done && (errno == EEXIST || errno == ENOENT)) {
		return host_written(&at, why);
	} else if (step->done && was) {
		if (check_untouched(&at, step->temp, &step->before, why) < 0) {
			step->done = disk_rename(at.dir_fd, to, from, how) < 0;
			return -1;
		}
		if (unlinkat(at.dir_fd, step->temp, 0) < 0)
			return disk_fault(&at, "remove the old version of", why);
	}
	if (!step->done)
		return disk_fault(&at, is ? "replace" : "remove", why);
	temps_drop(step->temp);
	return 0;
}

int host_commit(struct tree *tree, struct undo *undo, struct fault *why)
{
	for (size_t i = 0; i < undo->n; i++) {
		struct undo_step *step = &undo->at[i];

		/* stage() made the directories. */
		if (step->derived || step->after.kind == ENTRY_DIR)
			step->done = true;
		else if (commit_one(disk_of(tree), step, why) < 0)
			return -1;
	}
	if (sync_parents(disk_of(tree), undo, why) < 0)
		return -1;
	/* Hooks run next and may replace directories. */
	disk_forget(disk_of(tree));
	return 0;
}

/* ---- rolling back ---------------------------------------------------------------------------- */

/* Remove the temporary file; one that cannot be removed is tried again at exit. */
static void remove_temp(struct disk *disk, const struct undo_step *step)
{
	struct fault ignored = FAULT_INIT;
	struct spot at;

	if (!step->temp || disk_find(disk, step->path, &at, &ignored) < 0 || at.dir_fd < 0)
		return;
	if (unlinkat(at.dir_fd, step->temp, 0) == 0 || errno == ENOENT)
		temps_drop(step->temp);
	else
		temps_add(at.dir_fd, step->temp);
}

static int restore_file(
	struct tree *tree, const struct undo_step *step, const struct spot *at, struct fault *why)
{
	auto_free char *dir = text_parent(step->path);
	struct spot keep = {.dir_fd = -1};

	if (!dir)
		return fault_nomem(why);
	if (step->keep && disk_find(disk_of(tree), step->keep, &keep, why) < 0)
		return -1;
	if (keep.dir_fd < 0)
		return fault_set(why, FAULT_SYSTEM, "the old file has no backup");
	if (renameat(keep.dir_fd, keep.name, at->dir_fd, at->name) == 0)
		return 0;
	if (errno != EXDEV)
		return disk_fault(at, "restore", why);
	/* The kept copy is on another file system.  An earlier attempt may have been killed. */
	sweep_dir(tree, dir, "");
	return replace_copy(keep.dir_fd, keep.name, at->dir_fd, at->name, step->path, why);
}

static int restore_link(struct undo_step *step, const struct spot *at, struct fault *why)
{
	const struct entry *was = &step->before;
	char temp[REPLACE_NAME_LEN];

	temps_name(temp);
	/* Only a record of version 0.1.0 has no name here. */
	if (!step->temp && text_set(&step->temp, why, "%s" SWEEP_END, temp) < 0)
		return -1;
	if (symlinkat(was->link, at->dir_fd, step->temp) == 0 &&
		(geteuid() != 0 || fchownat(at->dir_fd, step->temp, was->uid, was->gid,
					   AT_SYMLINK_NOFOLLOW) == 0) &&
		renameat(at->dir_fd, step->temp, at->dir_fd, at->name) == 0)
		return 0;
	disk_fault(at, "restore", why);
	unlinkat(at->dir_fd, step->temp, 0);
	return -1;
}

static int put_back(struct tree *tree, struct undo_step *step, struct fault *why)
{
	struct disk *disk = disk_of(tree);
	auto_free char *dir = text_parent(step->path);
	bool is_dir = step->after.kind == ENTRY_DIR;
	const struct entry *was = &step->before;
	const struct replace_owner owner = {was->mode, was->uid, was->gid};
	auto_entry now = ENTRY_INIT;
	auto_fd fd = -1;
	struct spot at;

	/* stage() already makes directories, so they exist even if `done` is not set. */
	if (!step->done && !is_dir)
		return 0;
	if (!dir)
		return fault_nomem(why);
	if (tree_look(tree, step->path, &now, why) < 0)
		return -1;
	if (undo_step_compare(step, &now) == UNDO_BEFORE) {
		/* Mode and owner are restored only on the live system: the journal of another tree
		 * may be written by any user, and could make a program run as root. */
		if (was->kind != ENTRY_FILE || !tree->is_live ||
			(now.mode == was->mode && now.uid == was->uid && now.gid == was->gid))
			return 0;
		if (disk_need(disk, step->path, &at, why) < 0)
			return -1;
		fd = openat(at.dir_fd, at.name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
		return fd < 0 ? disk_fault(&at, "open", why)
			      : replace_attributes(&owner, -1, fd, step->path, why);
	}
	disk_forget(disk); /* a directory is about to be removed */
	/* Other programs may have removed its directory, or put an empty directory in its place. */
	if ((step->before.kind != ENTRY_NONE && disk_make_dirs(disk, dir, why) < 0) ||
		disk_need(disk, step->path, &at, why) < 0)
		return -1;
	if (step->before.kind != ENTRY_DIR && !is_dir)
		unlinkat(at.dir_fd, at.name, AT_REMOVEDIR);
	if (step->before.kind == ENTRY_FILE)
		return restore_file(tree, step, &at, why);
	if (step->before.kind == ENTRY_SYMLINK)
		return restore_link(step, &at, why);
	/* There was nothing before.  A directory that others use by now stays. */
	if (unlinkat(at.dir_fd, at.name, is_dir ? AT_REMOVEDIR : 0) == 0 || errno == ENOENT ||
		(is_dir && (errno == ENOTEMPTY || errno == EEXIST)))
		return 0;
	return disk_fault(&at, "remove", why);
}

/* Does the step's kept copy exist?  One that cannot be examined counts as missing. */
static bool has_keeper(struct disk *disk, const struct undo_step *step)
{
	struct fault ignored = FAULT_INIT;
	auto_entry kept = ENTRY_INIT;
	struct spot at;

	return disk_find(disk, step->keep, &at, &ignored) == 0 &&
	       disk_entry(&at, &kept, &ignored) == 0 && kept.kind != ENTRY_NONE;
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
	sweep_dir(tree, dir, "");
	sweep_forget(disk_of(tree), dir);
	tree->ops->drop(tree, dir, &ignored);
}

int host_revert(struct tree *tree, struct undo *undo, struct fault *why)
{
	struct disk *disk = disk_of(tree);
	struct fault cause = FAULT_INIT;
	size_t broken_n = 0;

	disk_forget(disk);
	for (size_t i = undo->n; i-- > 0;) {
		struct undo_step *step = &undo->at[i];

		fault_clear(&cause);
		if (!step->path)
			continue;
		remove_temp(disk, step);
		if (put_back(tree, step, &cause) == 0)
			continue;
		broken_n++;
		fault_set(why, FAULT_BROKEN, "cannot put '%s' back%s%s%s: %s", step->path,
			!step->keep              ? ""
			: has_keeper(disk, step) ? " (it is kept as '"
						 : " (there is no copy '",
			step->keep ? step->keep : "", step->keep ? "')" : "", cause.text);
	}
	if (broken_n > 1)
		fault_wrap(why, "%zu files could not be restored, the first of them", broken_n);
	if (broken_n == 0)
		remove_keepers(tree, undo);
	fault_clear(&cause);
	if (sync_parents(disk, undo, &cause) < 0 && broken_n == 0)
		return fault_set(why, FAULT_BROKEN,
			"restored, but that may not survive a crash: %s", cause.text);
	return broken_n ? -1 : 0;
}

int host_keep(struct tree *tree, const struct undo *undo, struct fault *why)
{
	for (size_t i = 0; i < undo->n; i++) {
		const struct undo_step *step = &undo->at[i];
		enum undo_state state;

		if (step->before.kind != ENTRY_FILE || !step->done ||
			has_keeper(disk_of(tree), step))
			continue;
		if (undo_step_state(tree, step, &state, why) < 0 ||
			(state == UNDO_BEFORE &&
				host_keep_one(disk_of(tree), step, false, why) < 0))
			return fault_wrap(why, "cannot keep a copy of '%s'", step->path);
	}
	return 0;
}
