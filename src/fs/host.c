/* SPDX-License-Identifier: Apache-2.0 */
#include "src/fs/host.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/advice.h"
#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/sys/fd.h"
#include "src/sys/lock.h"
#include "src/sys/log.h"
#include "src/sys/replace.h"
#include "src/fs/disk.h"
#include "src/fs/sweep.h"

static enum entry_kind kind_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return ENTRY_FILE;
	case S_IFDIR:
		return ENTRY_DIR;
	case S_IFLNK:
		return ENTRY_SYMLINK;
	default:
		return ENTRY_OTHER;
	}
}

static int host_entry(struct tree *tree, const char *path, struct entry *ret, struct fault *why)
{
	struct entry entry = ENTRY_INIT;
	char link[LIMIT_PATH_LEN + 1];
	const char *name;
	struct stat st;
	int dir_fd;
	ssize_t len;

	if (disk_parent(disk_of(tree), path, &dir_fd, &name, why) < 0)
		return -1;
	if (dir_fd < 0 || fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (dir_fd >= 0 && !disk_is_missing(errno))
			return fd_fault(why, "access", path, dir_fd, name);
		*ret = entry;
		return 0;
	}
	entry = (struct entry){.kind = kind_of(st.st_mode),
		.mode = st.st_mode & 07777,
		.uid = st.st_uid,
		.gid = st.st_gid,
		.size = st.st_size,
		.changed = st.st_mtim};
	if (entry.kind == ENTRY_SYMLINK) {
		len = readlinkat(dir_fd, name, link, sizeof(link));
		if (len < 0)
			return fd_fault(why, "read the link", path, dir_fd, name);
		if ((size_t)len == sizeof(link))
			return fault_set(
				why, FAULT_LIMIT, "a link is longer than %u bytes", LIMIT_PATH_LEN);
		entry.link = strndup(link, (size_t)len);
		if (!entry.link)
			return fault_nomem(why);
	}
	*ret = entry;
	return 0;
}

/*
 * The file is checked before it is opened, because opening a device may have side effects, and
 * again afterwards, because it may have been replaced meanwhile; O_NONBLOCK keeps a FIFO from
 * blocking the open.
 */
static int host_read(struct tree *tree, const char *path, struct buf *ret, struct fault *why)
{
	const char *name;
	struct stat st;
	auto_fd fd = -1;
	int dir_fd;

	if (disk_need_parent(disk_of(tree), path, &dir_fd, &name, why) < 0)
		return -1;
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fd_fault(why, "access", path, dir_fd, name);
	if (S_ISREG(st.st_mode)) {
		fd = openat(
			dir_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 || fstat(fd, &st) < 0)
			return fd_fault(why, "open", path, dir_fd, name);
	}
	if (!S_ISREG(st.st_mode))
		return fault_set(why, FAULT_FORMAT, "'%s' is not a file", path);
	return fd_read_all(fd, path, ret, why);
}

static int host_list(struct tree *tree, const char *path, struct names *ret, struct fault *why)
{
	auto_dir dir = NULL;
	auto_fd fd = -1;
	int dir_fd;

	if (disk_dir(disk_of(tree), path, &dir_fd, why) < 0)
		return -1;
	if (dir_fd < 0)
		return fault_set(why, FAULT_FORMAT, "'%s' is not a directory", path);
	fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return fd_fault(why, "list", path, dir_fd, "");
	steal_fd(&fd);
	for (size_t n = 0;; n++) {
		const struct dirent *at;

		errno = 0;
		at = readdir(dir);
		if (!at)
			return errno ? fd_fault(why, "list", path, -1, "") : 0;
		if (n > LIMIT_DIR_NAMES_N)
			return fault_set(why, FAULT_LIMIT, "'%s' has more than %u names", path,
				LIMIT_DIR_NAMES_N);
		if (strcmp(at->d_name, ".") != 0 && strcmp(at->d_name, "..") != 0 &&
			names_add(ret, at->d_name, why) < 0)
			return -1;
	}
}

/* Make the missing directories above `path`, and sync them so that they survive a crash. */
static int make_parents(struct disk *disk, const char *path, struct fault *why)
{
	auto_free char *dir = text_parent(path);
	auto_names made = NAMES_INIT;

	if (!dir)
		return fault_nomem(why);
	if (disk_make_dirs(disk, dir, &made, why) < 0)
		return -1;
	for (size_t i = 0; i < made.n; i++)
		if (disk_sync_parent(disk, made.at[i], why) < 0)
			return -1;
	return 0;
}

static int host_put(struct tree *tree, const char *path, const void *bytes, size_t len, mode_t mode,
	struct fault *why)
{
	struct disk *disk = disk_of(tree);
	struct replace it = REPLACE_INIT;
	auto_free char *dir = text_parent(path);
	const char *name;
	int dir_fd;

	if (!dir)
		return fault_nomem(why);
	if (make_parents(disk, path, why) < 0)
		return -1;
	if (((struct host *)tree)->lock_fd >= 0)
		sweep_dir(tree, dir, "");
	if (disk_need_parent(disk, path, &dir_fd, &name, why) < 0)
		return -1;
	if (replace_begin(&it, dir_fd, why) < 0 || fd_write_all(it.fd, bytes, len, path, why) < 0 ||
		(fchmod(it.fd, mode) < 0 && fd_fault(why, "set the mode of", path, -1, "")) ||
		replace_sync(&it, why) < 0 || replace_commit(&it, name, why) < 0) {
		replace_abort(&it);
		return fault_wrap(why, "cannot write '%s'", path);
	}
	if (disk_sync_parent(disk, path, why) < 0)
		return -1;
	/* If this is the record in a keep directory, it now names what was staged. */
	sweep_forget(disk, dir);
	return 0;
}

static int host_drop(struct tree *tree, const char *path, struct fault *why)
{
	struct disk *disk = disk_of(tree);
	const char *name;
	int dir_fd;

	if (disk_parent(disk, path, &dir_fd, &name, why) < 0)
		return -1;
	if (dir_fd < 0 || unlinkat(dir_fd, name, 0) == 0)
		return 0;
	if (errno == EISDIR && unlinkat(dir_fd, name, AT_REMOVEDIR) == 0) {
		disk_forget(disk);
		return 0;
	}
	return disk_is_missing(errno) ? 0 : fd_fault(why, "remove", path, dir_fd, name);
}

/* Append the same command, to be run as root. */
static int needs_root(const struct advice *command_line, struct fault *why)
{
	struct fault cause = *why;
	auto_free char *run = NULL;

	fault_wrap(why, "this needs root");
	if (!command_line || !command_line->command || advice_value(command_line, "root") ||
		advice_again(command_line, ADVICE_WORDS(command_line->command), &run, &cause) < 0 ||
		strlen(run) > FAULT_TEXT_LEN / 2)
		return -1;
	*why = (struct fault)FAULT_INIT;
	return fault_set(why, cause.kind, "this needs root: %s; %s", cause.text, run);
}

static int host_lock(struct tree *tree, const char *path, struct fault *why)
{
	struct host *host = (struct host *)tree;
	struct disk *disk = &host->disk;
	struct stat st;
	const char *name;
	bool waited;
	auto_fd fd = -1;
	int dir_fd = -1;

	free(disk->linked);
	disk->linked = text_parent(path);
	if (!disk->linked)
		return fault_nomem(why);
	if (make_parents(disk, path, why) == 0 &&
		disk_need_parent(disk, path, &dir_fd, &name, why) == 0) {
		fd = openat(
			dir_fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
		if (fd < 0 || fstat(fd, &st) < 0)
			fd_fault(why, "open the lock file", path, dir_fd, name);
	}
	if (why->kind)
		return why->sys == EACCES && geteuid() != 0 ? needs_root(tree->advice, why) : -1;
	if (!S_ISREG(st.st_mode))
		return fault_set(why, FAULT_REFUSED, "the lock '%s' is not a file", path);
	if (lock_take(fd, deadline_in(LIMIT_LOCK_WAIT_MS), &waited, why) < 0)
		return fault_wrap(why, "'%s'", path);
	if (waited)
		log_detail("waited for another run, which held '%s'", path);
	host->lock_fd = steal_fd(&fd);
	sweep(tree, path);
	return 0;
}

static void host_close(struct tree *tree)
{
	struct host *host = (struct host *)tree;

	disk_close(&host->disk);
	if (host->lock_fd >= 0)
		close(host->lock_fd);
	free(host->tree.label);
	free(host);
}

static const struct tree_ops host_ops = {
	.entry = host_entry,
	.read = host_read,
	.list = host_list,
	.stage = host_stage,
	.commit = host_commit,
	.revert = host_revert,
	.keep = host_keep,
	.put = host_put,
	.drop = host_drop,
	.lock = host_lock,
	.close = host_close,
};

int host_open(const char *dir, struct tree **ret, struct fault *why)
{
	auto_tree tree = NULL;
	struct host *host = calloc(1, sizeof(*host));
	struct stat st, root;

	if (!host)
		return fault_nomem(why);
	*host = (struct host){.tree = {.ops = &host_ops}, .disk = {.root_fd = -1}, .lock_fd = -1};
	tree = &host->tree;
	if (disk_open(&host->disk, dir, why) < 0)
		return -1;
	/* Whatever its name is: "/.", a symbolic link to it, or another mount of it. */
	if (fstat(host->disk.root_fd, &st) < 0 || stat("/", &root) < 0)
		return fault_sys(why, "cannot access '%s'", dir);
	tree->is_live = st.st_dev == root.st_dev && st.st_ino == root.st_ino;
	if ((tree->is_live ? asprintf(&tree->label, "/")
			   : asprintf(&tree->label, "--root %s", dir)) < 0) {
		tree->label = NULL;
		return fault_nomem(why);
	}
	*ret = steal(&tree);
	return 0;
}

int host_open_walking(const char *dir, struct tree **ret, struct fault *why)
{
	if (host_open(dir, ret, why) < 0)
		return -1;
	disk_of(*ret)->walks = true;
	return 0;
}
