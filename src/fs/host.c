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
#include "src/sys/log.h"
#include "src/fs/sweep.h"

static int host_entry(struct tree *tree, const char *path, struct entry *ret, struct fault *why)
{
	struct spot at;

	return disk_find(disk_of(tree), path, &at, why) < 0 ? -1 : disk_entry(&at, ret, why);
}

/*
 * The file is checked before it is opened, because opening a device may have side effects, and
 * again afterwards, because it may have been replaced meanwhile; O_NONBLOCK keeps a FIFO from
 * blocking the open.
 */
static int host_read(struct tree *tree, const char *path, struct buf *ret, struct fault *why)
{
	const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC;
	struct spot at;
	struct stat st;
	auto_fd fd = -1;

	if (disk_need(disk_of(tree), path, &at, why) < 0)
		return -1;
	if (fstatat(at.dir_fd, at.name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return disk_fault(&at, "access", why);
	if (S_ISREG(st.st_mode)) {
		fd = openat(at.dir_fd, at.name, flags);
		if (fd < 0 || fstat(fd, &st) < 0)
			return disk_fault(&at, "open", why);
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

/*
 * The temporary file has a fixed name, because only the run that holds the lock writes the file: if
 * a run is killed here, the next write of the same file removes it.
 */
static int host_put(struct tree *tree, const char *path, const void *bytes, size_t len, mode_t mode,
	struct fault *why)
{
	struct disk *disk = disk_of(tree);
	auto_free char *dir = text_parent(path), *temp = NULL;
	auto_fd fd = -1;
	struct spot at;

	if (!dir)
		return fault_nomem(why);
	if (disk_make_dirs(disk, dir, why) < 0 || disk_need(disk, path, &at, why) < 0 ||
		text_set(&temp, why, "%s.new", at.name) < 0)
		return -1;
	unlinkat(at.dir_fd, temp, 0);
	fd = openat(at.dir_fd, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return disk_fault(&at, "write", why);
	if (fd_write_all(fd, bytes, len, path, why) < 0 ||
		((fchmod(fd, mode) < 0 || fsync(fd) < 0 ||
			 renameat(at.dir_fd, temp, at.dir_fd, at.name) < 0) &&
			disk_fault(&at, "write", why) < 0)) {
		unlinkat(at.dir_fd, temp, 0);
		return -1;
	}
	if (disk_sync_parent(disk, path, why) < 0)
		return -1;
	/* If this is the record in a keep directory, it now names what was staged. */
	sweep_forget(disk, dir);
	return 0;
}

static int host_drop(struct tree *tree, const char *path, struct fault *why)
{
	struct spot at;

	if (disk_find(disk_of(tree), path, &at, why) < 0)
		return -1;
	if (at.dir_fd < 0 || unlinkat(at.dir_fd, at.name, 0) == 0)
		return 0;
	if (errno == EISDIR && unlinkat(at.dir_fd, at.name, AT_REMOVEDIR) == 0) {
		disk_forget(disk_of(tree));
		return 0;
	}
	return disk_is_missing(errno) ? 0 : disk_fault(&at, "remove", why);
}

/* Append the same command, to be run as root. */
static int needs_root(const struct advice *call, struct fault *why)
{
	struct fault cause = *why, ignored = FAULT_INIT;
	auto_free char *run = NULL;

	if (!call || !call->command || advice_value(call, "root") ||
		advice_again(call, ADVICE_WORDS(call->command), &run, &ignored) < 0 ||
		strlen(run) > FAULT_TEXT_LEN / 2)
		return fault_wrap(why, "this needs root");
	*why = (struct fault)FAULT_INIT;
	return fault_set(why, cause.kind, "this needs root: %s; %s", cause.text, run);
}

static int host_lock(struct tree *tree, const char *path, struct fault *why)
{
	struct host *host = (struct host *)tree;
	struct disk *disk = &host->disk;
	struct stat st;
	struct spot at;
	bool waited;
	auto_fd fd = -1;

	free(disk->linked);
	disk->linked = text_parent(path);
	if (!disk->linked)
		return fault_nomem(why);
	if (disk_make_dirs(disk, disk->linked, why) == 0 && disk_need(disk, path, &at, why) == 0) {
		fd = openat(at.dir_fd, at.name,
			O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
		if (fd < 0 || fstat(fd, &st) < 0)
			disk_fault(&at, "open the lock file", why);
	}
	if (why->kind)
		return why->sys == EACCES && geteuid() != 0 ? needs_root(tree->advice, why) : -1;
	if (!S_ISREG(st.st_mode))
		return fault_set(why, FAULT_REFUSED, "the lock '%s' is not a file", path);
	if (fd_lock(fd, deadline_in(LIMIT_LOCK_WAIT_MS), &waited, why) < 0)
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

	disk_forget(&host->disk);
	free(host->disk.linked);
	if (host->disk.root_fd >= 0)
		close(host->disk.root_fd);
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
	host->disk.root_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (host->disk.root_fd < 0)
		return errno == ENOTDIR
			       ? fault_set(why, FAULT_FORMAT, "'%s' is not a directory", dir)
			       : fault_sys(why, "cannot open directory '%s'", dir);
	/* Whatever its name: "/.", a symbolic link, or another mount of it. */
	if (fstat(host->disk.root_fd, &st) < 0 || stat("/", &root) < 0)
		return fault_sys(why, "cannot access '%s'", dir);
	tree->is_live = st.st_dev == root.st_dev && st.st_ino == root.st_ino;
	if ((tree->is_live ? text_set(&tree->label, why, "/")
			   : text_set(&tree->label, why, "--root %s", dir)) < 0)
		return -1;
	*ret = steal(&tree);
	return 0;
}
