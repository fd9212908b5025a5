/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/text.h"
#include "src/x509/digest.h"
#include "src/sys/fd.h"
#include "src/sys/replace.h"
#include "src/fs/sweep.h"

/* Write this many files before waiting for the first sync, so that the disk works meanwhile. */
#define PENDING_N 64

struct pending {
	int fds[PENDING_N]; /* written, not yet synced */
	const char *paths[PENDING_N]; /* borrowed from the plan */
	size_t n;
};

static int sync_pending(struct pending *pending, struct fault *why)
{
	int rc = 0;

	for (size_t i = 0; i < pending->n; i++)
		if (fsync(pending->fds[i]) < 0)
			rc = fd_fault(why, "sync", pending->paths[i], -1, "");
	for (size_t i = 0; i < pending->n; i++)
		if (close(pending->fds[i]) < 0)
			rc = fd_fault(why, "close", pending->paths[i], -1, "");
	pending->n = 0;
	return rc;
}

/* An ordinary user may work in a tree of his own: new files there are his as well. */
static struct replace_owner owner_of(const struct edit *edit, bool is_new)
{
	if (is_new && geteuid() != 0)
		return (struct replace_owner){edit->mode, REPLACE_NO_OWNER, REPLACE_NO_OWNER};
	return (struct replace_owner){edit->mode, edit->uid, edit->gid};
}

/* Write the new file beside the path, under the name step->temp. */
static int make_file(const struct spot *at, const struct edit *edit, const struct undo_step *step,
	struct pending *pending, struct fault *why)
{
	struct fault cause = FAULT_INIT;
	struct replace_owner owner;
	auto_fd old_fd = -1, fd = -1;

	if (step->before.kind == ENTRY_FILE) {
		old_fd = openat(
			at->dir_fd, at->name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
		if (old_fd < 0)
			return disk_fault(at, "open", why);
	}
	fd = openat(
		at->dir_fd, step->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fd_fault(why, "create a file for", edit->path, at->dir_fd, "");
	if (fd_write_all(fd, edit->bytes, edit->len, edit->path, &cause) < 0) {
		errno = cause.sys;
		return fd_fault(why, "write", edit->path, -1, "");
	}
	owner = owner_of(edit, old_fd < 0);
	if (replace_attributes(&owner, old_fd, fd, edit->path, why) < 0)
		return -1;
	/* Start the disk write now and wait for it later; on ext4 that halves the wait. */
	sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	pending->fds[pending->n] = steal_fd(&fd);
	pending->paths[pending->n++] = edit->path;
	return pending->n == PENDING_N ? sync_pending(pending, why) : 0;
}

/*
 * Made right away: files of the same plan go into it, and readers do not mind an empty directory.
 */
static int make_dir(const struct spot *at, const struct edit *edit, struct fault *why)
{
	const struct replace_owner owner = owner_of(edit, true);
	auto_fd fd = -1;

	if (mkdirat(at->dir_fd, at->name, 0700) < 0)
		return fd_fault(why, "create directory", edit->path, at->dir_fd, "");
	fd = openat(at->dir_fd, at->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return disk_fault(at, "open directory", why);
	return replace_attributes(&owner, -1, fd, edit->path, why);
}

int host_keep_one(struct disk *disk, const struct undo_step *step, bool may_link, struct fault *why)
{
	struct spot from, to;

	if (disk_need(disk, step->path, &from, why) < 0 ||
		disk_need(disk, step->keep, &to, why) < 0)
		return -1;
	if (may_link) {
		if (linkat(from.dir_fd, from.name, to.dir_fd, to.name, 0) == 0)
			return 0;
		if (errno != EXDEV && errno != EPERM && errno != EMLINK && errno != EOPNOTSUPP &&
			errno != ENOSYS)
			return disk_fault(&from, "keep a copy of", why);
	}
	return replace_copy(from.dir_fd, from.name, to.dir_fd, to.name, step->path, why);
}

/* Is it still the file the edit was made from, as far as kind, size and time tell? */
static int check(const struct spot *at, const struct edit *edit, const struct entry *before,
	struct fault *why)
{
	bool is_dir = edit->kind == ENTRY_DIR;

	if (before->kind == ENTRY_OTHER || (before->kind == ENTRY_DIR && !is_dir) ||
		(is_dir && before->kind != ENTRY_DIR && before->kind != ENTRY_NONE))
		return fault_set(why, FAULT_REFUSED,
			"'%s' has changed from one kind of file to another since the change was "
			"planned",
			at->path);
	if (!is_dir && (edit->old_size != before->size ||
			       edit->old_changed.tv_sec != before->changed.tv_sec ||
			       edit->old_changed.tv_nsec != before->changed.tv_nsec))
		return host_written(at, why);
	/* Otherwise rename(2) and unlink(2) would fail only in the middle of the commit. */
	errno = EPERM;
	if (before->kind != ENTRY_NONE && !is_dir && fd_is_immutable(at->dir_fd, at->name))
		return disk_fault(at, "replace", why);
	return 0;
}

static int stage_one(struct tree *tree, const struct edit *edit, const char *keep_dir,
	struct undo *undo, struct pending *pending, struct fault *why)
{
	struct undo_step *step = &undo->at[undo->n++];
	char temp[REPLACE_NAME_LEN];
	struct spot at;

	step->after.kind = edit->kind;
	step->path = strdup(edit->path);
	step->after.link = edit->link ? strdup(edit->link) : NULL;
	if (!step->path || (edit->link && !step->after.link))
		return fault_nomem(why);
	if (edit->kind == ENTRY_FILE)
		digest_sha256(edit->bytes, edit->len, step->after.sha256);
	if (disk_need(disk_of(tree), step->path, &at, why) < 0 ||
		tree_look(tree, step->path, &step->before, why) < 0 ||
		check(&at, edit, &step->before, why) < 0)
		return -1;
	if (step->before.kind == ENTRY_FILE &&
		(text_set(&step->keep, why, "%s/%zu", keep_dir, undo->n) < 0 ||
			host_keep_one(disk_of(tree), step, true, why) < 0))
		return -1;
	if (edit->kind == ENTRY_DIR)
		return step->before.kind == ENTRY_DIR ? 0 : make_dir(&at, edit, why);
	temps_name(temp);
	if (text_set(&step->temp, why, "%s" SWEEP_END, temp) < 0)
		return -1;
	temps_add(at.dir_fd, step->temp);
	if (edit->kind == ENTRY_SYMLINK && symlinkat(edit->link, at.dir_fd, step->temp) < 0)
		return fd_fault(why, "create a symbolic link for", edit->path, at.dir_fd, "");
	return edit->kind == ENTRY_FILE ? make_file(&at, edit, step, pending, why) : 0;
}

int host_stage(struct tree *tree, const struct plan *plan, const char *keep_dir, struct undo **ret,
	struct fault *why)
{
	struct disk *disk = disk_of(tree);
	struct fault ignored = FAULT_INIT;
	struct pending pending = {.n = 0};
	auto_undo undo = calloc(1, sizeof(*undo));
	auto_fd keep_fd = -1;
	int path_fd, rc = -1;

	if (undo)
		undo->at = calloc(plan->n + 1, sizeof(*undo->at));
	if (!undo || !undo->at)
		return fault_nomem(why);
	if (disk_make_dirs(disk, keep_dir, why) == 0 &&
		disk_dir(disk, keep_dir, &path_fd, why) == 0) {
		keep_fd = openat(path_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		rc = keep_fd < 0 || fchmod(keep_fd, 0700) < 0
			     ? fd_fault(why, "open directory", keep_dir, path_fd, "")
			     : sweep_note(keep_fd, plan, why);
	}
	for (size_t i = 0; i < plan->n && rc == 0; i++)
		rc = stage_one(tree, plan->at[i], keep_dir, undo, &pending, why);
	/* The names in keep_dir are synced together with the record that put() adds there. */
	if (rc == 0 && sync_pending(&pending, why) == 0) {
		*ret = steal(&undo);
		return 0;
	}
	/* Nothing was committed.  Further faults do not matter; the first cause is reported. */
	sync_pending(&pending, &ignored);
	host_revert(tree, undo, &ignored);
	sweep_forget(disk, keep_dir);
	tree->ops->drop(tree, keep_dir, &ignored);
	return -1;
}
