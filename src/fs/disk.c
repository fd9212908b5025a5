/* SPDX-License-Identifier: Apache-2.0 */
#include "src/fs/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/sys/fd.h"

#define DIR_FLAGS (O_PATH | O_DIRECTORY | O_CLOEXEC)

void disk_forget(struct disk *disk)
{
	for (size_t i = 0; i < DISK_KEPT_N; i++) {
		if (!disk->kept[i].path)
			continue;
		free(steal(&disk->kept[i].path));
		close(disk->kept[i].fd);
	}
}

/* Open directory after directory; -1 with errno, ELOOP for a symbolic link. */
static int walk(int root_fd, const char *path)
{
	auto_free char *copy = strdup(path);
	auto_fd fd = copy ? openat(root_fd, ".", DIR_FLAGS) : -1;
	char *rest = copy;

	for (const char *name; fd >= 0 && (name = strsep(&rest, "/")) && *name;) {
		struct stat st;
		int next = -1;

		/* Not canonical, but the path may come from a file in the tree. */
		if (strcmp(name, "..") == 0)
			errno = ELOOP;
		else
			next = openat(fd, name, DIR_FLAGS | O_NOFOLLOW);
		if (next < 0 && errno == ENOTDIR &&
			fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
			errno = ELOOP;
		if (next < 0)
			return -1;
		close(fd);
		fd = next;
	}
	return steal_fd(&fd);
}

/* `path` is relative to the root; "" is the root itself. */
static int open_below(struct disk *disk, const char *path)
{
	const char *linked = disk->linked ? disk->linked + 1 : NULL;
	/* On the way to the linked directory, or below it. */
	bool may_link = linked && (text_path_is_in(path, linked) || text_path_is_in(linked, path));
	const struct open_how how = {.flags = DIR_FLAGS,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS |
			   (may_link ? 0 : RESOLVE_NO_SYMLINKS)};

	if (!disk->walks) {
		int fd = (int)syscall(
			SYS_openat2, disk->root_fd, *path ? path : ".", &how, sizeof(how));

		/* Opening with O_PATH never gives EPERM: that comes from a seccomp filter. */
		if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
			return fd;
		disk->walks = true;
	}
	return walk(disk->root_fd, path);
}

int disk_dir(struct disk *disk, const char *path, int *ret_fd, struct fault *why)
{
	size_t slot = 0;

	while (slot < DISK_KEPT_N &&
		(!disk->kept[slot].path || strcmp(disk->kept[slot].path, path) != 0))
		slot++;
	if (slot == DISK_KEPT_N) {
		char *copy;
		int fd = open_below(disk, path + 1);

		*ret_fd = -1;
		if (fd < 0 && errno == ELOOP)
			return fault_set(why, FAULT_REFUSED,
				"'%s' or a directory above it is a symbolic link", path);
		if (fd < 0)
			return disk_is_missing(errno)
				       ? 0
				       : fd_fault(why, "open directory", path, -1, "");
		slot = disk->next;
		copy = strdup(path);
		if (disk->kept[slot].path || !copy)
			close(copy ? disk->kept[slot].fd : fd);
		if (!copy)
			return fault_nomem(why);
		free(disk->kept[slot].path);
		disk->kept[slot].path = copy;
		disk->kept[slot].fd = fd;
	}
	disk->next = (slot + 1) % DISK_KEPT_N;
	*ret_fd = disk->kept[slot].fd;
	return 0;
}

int disk_find(struct disk *disk, const char *path, struct spot *ret, struct fault *why)
{
	const char *name = strrchr(path, '/') + 1;
	auto_free char *dir = text_parent(path);

	*ret = (struct spot){-1, *name ? name : ".", path};
	return dir ? disk_dir(disk, dir, &ret->dir_fd, why) : fault_nomem(why);
}

int disk_need(struct disk *disk, const char *path, struct spot *ret, struct fault *why)
{
	if (disk_find(disk, path, ret, why) < 0)
		return -1;
	errno = ENOENT;
	return ret->dir_fd < 0 ? disk_fault(ret, "find the directory of", why) : 0;
}

int disk_fault(const struct spot *at, const char *verb, struct fault *why)
{
	return fd_fault(why, verb, at->path, at->dir_fd, at->name);
}

int disk_entry(const struct spot *at, struct entry *ret, struct fault *why)
{
	auto_entry entry = ENTRY_INIT;
	char link[LIMIT_PATH_LEN + 1];
	struct stat st;
	ssize_t len;

	if (at->dir_fd < 0 || fstatat(at->dir_fd, at->name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (at->dir_fd >= 0 && !disk_is_missing(errno))
			return disk_fault(at, "access", why);
		*ret = entry;
		return 0;
	}
	entry = (struct entry){.kind = S_ISREG(st.st_mode)   ? ENTRY_FILE
				       : S_ISDIR(st.st_mode) ? ENTRY_DIR
				       : S_ISLNK(st.st_mode) ? ENTRY_SYMLINK
							     : ENTRY_OTHER,
		.mode = st.st_mode & 07777,
		.uid = st.st_uid,
		.gid = st.st_gid,
		.size = st.st_size,
		.changed = st.st_mtim};
	if (entry.kind == ENTRY_SYMLINK) {
		len = readlinkat(at->dir_fd, at->name, link, sizeof(link));
		if (len < 0)
			return disk_fault(at, "read the symbolic link", why);
		if ((size_t)len == sizeof(link))
			return fault_set(why, FAULT_LIMIT,
				"a symbolic link is longer than %u bytes", LIMIT_PATH_LEN);
		entry.link = strndup(link, (size_t)len);
		if (!entry.link)
			return fault_nomem(why);
	}
	*ret = entry;
	entry.link = NULL;
	return 0;
}

int disk_make_dirs(struct disk *disk, const char *path, struct fault *why)
{
	auto_free char *parent = text_parent(path);
	auto_fd made_fd = -1;
	struct spot at;
	int fd;

	if (!parent)
		return fault_nomem(why);
	if (disk_dir(disk, path, &fd, why) < 0)
		return -1;
	if (fd >= 0)
		return 0;
	if (disk_make_dirs(disk, parent, why) < 0 || disk_need(disk, path, &at, why) < 0)
		return -1;
	/* Another run may have been faster.  If it is not a directory, what needs one fails. */
	if (mkdirat(at.dir_fd, at.name, 0755) < 0)
		return errno == EEXIST ? 0 : disk_fault(&at, "create directory", why);
	/* Whatever the umask; and only if nothing has replaced it. */
	made_fd = openat(at.dir_fd, at.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (made_fd < 0 || fchmod(made_fd, 0755) < 0)
		return disk_fault(&at, "set the mode of", why);
	return disk_sync_parent(disk, path, why);
}

int disk_sync_parent(struct disk *disk, const char *path, struct fault *why)
{
	auto_fd real_fd = -1;
	struct spot at;

	if (disk_need(disk, path, &at, why) < 0)
		return -1;
	real_fd = openat(at.dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return real_fd < 0 ? disk_fault(&at, "open the directory of", why)
			   : fd_sync_dir(real_fd, path, why);
}

int disk_rename(int dir_fd, const char *from, const char *to, unsigned flags)
{
	return (int)syscall(SYS_renameat2, dir_fd, from, dir_fd, to, flags);
}
