/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/limits.h"
#include "src/x509/digest.h"
#include "src/sys/fd.h"
#include "src/sys/replace.h"
#include "src/fs/disk.h"
#include "src/fs/plan.h"
#include "src/fs/sweep.h"

/* Write this many files before waiting for the first sync, so that the disk works meanwhile. */
#define PENDING_N 64

struct stage {
	struct tree *tree;
	struct disk *disk;
	const char *keep_dir;
	int keep_fd;
	struct undo *undo;
	struct names made; /* directories made for keep_dir, topmost first */
	int pending[PENDING_N]; /* written, not yet synced */
	const char *pending_path[PENDING_N]; /* borrowed from the plan */
	size_t pending_n;
};

static void stage_free(struct stage *stage)
{
	for (size_t i = 0; i < stage->pending_n; i++)
		close(stage->pending[i]);
	if (stage->keep_fd >= 0)
		close(stage->keep_fd);
	undo_free(stage->undo);
	names_free(&stage->made);
}
CLEANUP_VALUE(stage, stage_free)

static int sync_pending(struct stage *stage, struct fault *why)
{
	int rc = 0;

	for (size_t i = 0; i < stage->pending_n; i++) {
		if (fsync(stage->pending[i]) < 0)
			rc = fd_fault(why, "sync", stage->pending_path[i], -1, "");
		if (close(stage->pending[i]) < 0)
			rc = fd_fault(why, "close", stage->pending_path[i], -1, "");
	}
	stage->pending_n = 0;
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
static int make_file(struct stage *stage, const struct edit *edit, struct undo_step *step,
	int dir_fd, const char *name, struct fault *why)
{
	struct fault cause = FAULT_INIT;
	struct replace_owner owner;
	auto_fd old_fd = -1, fd = -1;

	if (step->before.kind == ENTRY_FILE) {
		old_fd = openat(dir_fd, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
		if (old_fd < 0)
			return fd_fault(why, "open", edit->path, dir_fd, name);
	}
	owner = owner_of(edit, old_fd < 0);
	digest_sha256(edit->bytes, edit->len, step->after_sha256);
	fd = openat(dir_fd, step->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fd_fault(why, "make a file for", edit->path, dir_fd, "");
	if (fd_write_all(fd, edit->bytes, edit->len, edit->path, &cause) < 0) {
		errno = cause.sys;
		return fd_fault(why, "write", edit->path, -1, "");
	}
	if (replace_attributes(&owner, old_fd, fd, edit->path, why) < 0)
		return -1;
	/* Start the disk write now and wait for it later; on ext4 that halves the wait. */
	sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	stage->pending[stage->pending_n] = steal_fd(&fd);
	stage->pending_path[stage->pending_n++] = edit->path;
	return stage->pending_n == PENDING_N ? sync_pending(stage, why) : 0;
}

/*
 * Made right away: files of the same plan go into it, and readers do not mind an empty directory.
 */
static int make_dir(const struct edit *edit, int dir_fd, const char *name, struct fault *why)
{
	const struct replace_owner owner = owner_of(edit, true);
	auto_fd fd = -1;

	if (mkdirat(dir_fd, name, 0700) < 0)
		return fd_fault(why, "make directory", edit->path, dir_fd, "");
	fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return fd_fault(why, "open directory", edit->path, dir_fd, name);
	return replace_attributes(&owner, -1, fd, edit->path, why);
}

/*
 * Record the old file's digest and hard-link the file into keep_dir, or copy it where a hard link
 * is impossible.
 */
static int keep(struct stage *stage, struct undo_step *step, int dir_fd, const char *name,
	struct fault *why)
{
	auto_buf bytes = buf_make(LIMIT_FILE_BYTES);
	const char *number;

	if (stage->tree->ops->read(stage->tree, step->path, &bytes, why) < 0)
		return -1;
	digest_sha256(bytes.bytes, bytes.len, step->before_sha256);
	if (asprintf(&step->keep, "%s/%zu", stage->keep_dir, stage->undo->n) < 0) {
		step->keep = NULL;
		return fault_nomem(why);
	}
	number = strrchr(step->keep, '/') + 1;
	if (linkat(dir_fd, name, stage->keep_fd, number, 0) == 0)
		return 0;
	if (errno != EXDEV && errno != EPERM && errno != EMLINK && errno != EOPNOTSUPP &&
		errno != ENOSYS)
		return fd_fault(why, "keep a copy of", step->path, dir_fd, name);
	return replace_copy(dir_fd, name, stage->keep_fd, number, step->path, why);
}

/* Is it still the file the edit was made from, as far as kind, size and time tell? */
static int check(const struct edit *edit, const struct undo_step *step, int dir_fd,
	const char *name, struct fault *why)
{
	const struct entry *before = &step->before;

	if (before->kind == ENTRY_OTHER ||
		(before->kind == ENTRY_DIR && step->after != ENTRY_DIR) ||
		(step->after == ENTRY_DIR && before->kind != ENTRY_DIR &&
			before->kind != ENTRY_NONE))
		return fault_set(why, FAULT_REFUSED,
			"'%s' is of another kind than when the change was planned", step->path);
	if (edit->kind != ENTRY_DIR &&
		(edit->old_size != before->size ||
			edit->old_changed.tv_sec != before->changed.tv_sec ||
			edit->old_changed.tv_nsec != before->changed.tv_nsec))
		return fault_set(why, FAULT_REFUSED,
			"another program has just written '%s': run it again when that is done",
			step->path);
	/* Otherwise rename(2) and unlink(2) would fail only in the middle of the commit. */
	errno = EPERM;
	if (before->kind != ENTRY_NONE && step->after != ENTRY_DIR && fd_is_immutable(dir_fd, name))
		return fd_fault(why, "replace", step->path, dir_fd, name);
	return 0;
}

static int stage_one(struct stage *stage, const struct edit *edit, struct fault *why)
{
	struct undo_step *step = &stage->undo->at[stage->undo->n++];
	char temp[REPLACE_NAME_LEN];
	const char *name;
	int dir_fd;

	step->after = edit->kind;
	step->path = strdup(edit->path);
	if (!step->path)
		return fault_nomem(why);
	if (disk_need_parent(stage->disk, step->path, &dir_fd, &name, why) < 0 ||
		stage->tree->ops->entry(stage->tree, step->path, &step->before, why) < 0 ||
		check(edit, step, dir_fd, name, why) < 0 ||
		(step->before.kind == ENTRY_FILE && keep(stage, step, dir_fd, name, why) < 0))
		return -1;
	if (edit->kind == ENTRY_DIR && step->before.kind == ENTRY_NONE)
		return make_dir(edit, dir_fd, name, why);
	if (edit->kind != ENTRY_FILE && edit->kind != ENTRY_SYMLINK)
		return 0;
	temps_name(temp);
	if (asprintf(&step->temp, "%s" SWEEP_END, temp) < 0) {
		step->temp = NULL;
		return fault_nomem(why);
	}
	temps_add(dir_fd, step->temp);
	if (edit->kind == ENTRY_FILE)
		return make_file(stage, edit, step, dir_fd, name, why);
	step->after_link = strdup(edit->link);
	if (!step->after_link)
		return fault_nomem(why);
	if (symlinkat(edit->link, dir_fd, step->temp) < 0)
		return fd_fault(why, "make a link for", edit->path, dir_fd, "");
	return 0;
}

static int stage_all(struct stage *stage, const struct plan *plan, struct fault *why)
{
	int path_fd;

	if (disk_make_dirs(stage->disk, stage->keep_dir, &stage->made, why) < 0 ||
		disk_dir(stage->disk, stage->keep_dir, &path_fd, why) < 0)
		return -1;
	stage->keep_fd = openat(path_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (stage->keep_fd < 0 || fchmod(stage->keep_fd, 0700) < 0)
		return fd_fault(why, "open directory", stage->keep_dir, path_fd, "");
	if (sweep_note(stage->keep_fd, plan, why) < 0)
		return -1;
	for (size_t i = 0; i < plan->n; i++)
		if (stage_one(stage, plan->at[i], why) < 0)
			return -1;
	if (sync_pending(stage, why) < 0)
		return -1;
	/* The names in keep_dir are synced together with the record that put() adds there. */
	for (size_t i = 0; i < stage->made.n; i++)
		if (disk_sync_parent(stage->disk, stage->made.at[i], why) < 0)
			return -1;
	return 0;
}

/*
 * Clean up after a failed stage(): nothing was committed.  Further faults do not matter; the first
 * cause is reported.
 */
static void give_up(struct stage *stage)
{
	struct fault ignored = FAULT_INIT;
	bool is_swept = true;

	host_revert(stage->tree, stage->undo, &ignored);
	for (size_t i = 0; i < stage->undo->n; i++)
		is_swept = is_swept && !stage->undo->at[i].temp;
	if (stage->keep_fd >= 0 && is_swept)
		unlinkat(stage->keep_fd, SWEEP_NOTE, 0);
	for (size_t i = stage->made.n; i-- > 0;)
		stage->tree->ops->drop(stage->tree, stage->made.at[i], &ignored);
}

int host_stage(struct tree *tree, const struct plan *plan, const char *keep_dir, struct undo **ret,
	struct fault *why)
{
	CLEANUP(stage)
	struct stage stage = {
		.tree = tree, .disk = disk_of(tree), .keep_dir = keep_dir, .keep_fd = -1};

	stage.undo = calloc(1, sizeof(*stage.undo));
	if (stage.undo)
		stage.undo->at = calloc(plan->n + 1, sizeof(*stage.undo->at));
	if (!stage.undo || !stage.undo->at)
		return fault_nomem(why);
	if (stage_all(&stage, plan, why) < 0) {
		give_up(&stage);
		return -1;
	}
	*ret = steal(&stage.undo);
	return 0;
}
