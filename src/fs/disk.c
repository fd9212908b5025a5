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

int disk_open(struct disk *disk, const char *dir, struct fault *why)
{
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == ENOTDIR)
		return fault_set(why, FAULT_FORMAT, "'%s' is not a directory", dir);
	if (fd < 0)
		return fault_sys(why, "cannot open directory '%s'", dir);
	disk->root_fd = fd;
	return 0;
}

void disk_forget(struct disk *disk)
{
	for (size_t i = 0; i < DISK_KEPT_N; i++) {
		if (!disk->kept[i].path)
			continue;
		free(steal(&disk->kept[i].path));
		close(disk->kept[i].fd);
	}
}

void disk_close(struct disk *disk)
{
	disk_forget(disk);
	free(disk->linked);
	if (disk->root_fd >= 0)
		close(disk->root_fd);
}

/* From directory to directory; -1 with errno, ELOOP for a link. */
static int walk(int root_fd, const char *path)
{
	char name[NAME_MAX + 1];
	auto_fd fd = openat(root_fd, ".", DIR_FLAGS);

	while (fd >= 0 && *path) {
		size_t len = strcspn(path, "/");
		struct stat st;
		int next;

		if (len > NAME_MAX) {
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(name, path, len);
		name[len] = 0;
		/* No canonical path has it, but this one may come from a file of the tree. */
		if (strcmp(name, "..") == 0) {
			errno = ELOOP;
			return -1;
		}
		path += len + (path[len] == '/');
		next = openat(fd, name, DIR_FLAGS | O_NOFOLLOW);
		if (next < 0 && errno == ENOTDIR)
			errno = fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
						S_ISLNK(st.st_mode)
					? ELOOP
					: ENOTDIR;
		if (next < 0)
			return -1;
		close(fd);
		fd = next;
	}
	return steal_fd(&fd);
}

/* `path` is relative to the root, "" the root itself. */
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

		/* No open for O_PATH alone gives EPERM: a filter does not know the call. */
		if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
			return fd;
		disk->walks = true;
	}
	return walk(disk->root_fd, path);
}

int disk_dir(struct disk *disk, const char *path, int *ret_fd, struct fault *why)
{
	auto_free char *asked = NULL;
	size_t slot = 0;
	int fd;

	while (slot < DISK_KEPT_N &&
		(!disk->kept[slot].path || strcmp(disk->kept[slot].path, path) != 0))
		slot++;
	if (slot == DISK_KEPT_N) {
		slot = disk->next;
		asked = strdup(path);
		if (!asked)
			return fault_nomem(why);
		fd = open_below(disk, path + 1);
		if (fd < 0 && errno == ELOOP)
			return fault_set(why, FAULT_REFUSED,
				"a directory on the way to '%s' is a symbolic link", path);
		if (fd < 0 && !disk_is_missing(errno))
			return fd_fault(why, "open directory", path, -1, "");
		if (fd < 0) {
			*ret_fd = -1;
			return 0;
		}
		if (disk->kept[slot].path) {
			free(disk->kept[slot].path);
			close(disk->kept[slot].fd);
		}
		disk->kept[slot].path = steal(&asked);
		disk->kept[slot].fd = fd;
	}
	disk->next = (slot + 1) % DISK_KEPT_N;
	*ret_fd = disk->kept[slot].fd;
	return 0;
}

int disk_parent(
	struct disk *disk, const char *path, int *ret_fd, const char **ret_name, struct fault *why)
{
	const char *slash = strrchr(path, '/');
	auto_free char *dir = text_parent(path);

	if (!dir)
		return fault_nomem(why);
	if (disk_dir(disk, dir, ret_fd, why) < 0)
		return -1;
	*ret_name = slash[1] ? slash + 1 : ".";
	return 0;
}

int disk_need_parent(
	struct disk *disk, const char *path, int *ret_fd, const char **ret_name, struct fault *why)
{
	int fd;

	if (disk_parent(disk, path, &fd, ret_name, why) < 0)
		return -1;
	if (fd < 0) {
		errno = ENOENT;
		return fd_fault(why, "find the directory of", path, -1, "");
	}
	*ret_fd = fd;
	return 0;
}

int disk_make_dirs(struct disk *disk, const char *path, struct names *made, struct fault *why)
{
	int fd;

	if (disk_dir(disk, path, &fd, why) < 0)
		return -1;
	for (const char *slash = path; fd < 0 && slash;) {
		auto_free char *dir = NULL;
		auto_fd made_fd = -1;
		const char *name;
		int parent_fd, there_fd;

		slash = strchr(slash + 1, '/');
		dir = slash ? strndup(path, (size_t)(slash - path)) : strdup(path);
		if (!dir)
			return fault_nomem(why);
		if (disk_dir(disk, dir, &there_fd, why) < 0)
			return -1;
		if (there_fd >= 0)
			continue;
		if (disk_need_parent(disk, dir, &parent_fd, &name, why) < 0)
			return -1;
		/* Another run may be first; what is no directory fails below it. */
		if (mkdirat(parent_fd, name, 0755) < 0) {
			if (errno == EEXIST)
				continue;
			return fd_fault(why, "make directory", dir, parent_fd, "");
		}
		if (names_add(made, dir, why) < 0) {
			unlinkat(parent_fd, name, AT_REMOVEDIR);
			return -1;
		}
		/* Whatever the umask is; and nothing that somebody put into its place. */
		made_fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (made_fd < 0 || fchmod(made_fd, 0755) < 0)
			return fd_fault(why, "set the mode of", dir, parent_fd, name);
	}
	return 0;
}

int disk_sync_parent(struct disk *disk, const char *path, struct fault *why)
{
	const char *name;
	auto_fd real_fd = -1;
	int dir_fd;

	if (disk_need_parent(disk, path, &dir_fd, &name, why) < 0)
		return -1;
	real_fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (real_fd < 0)
		return fd_fault(why, "open the directory of", path, dir_fd, "");
	return fd_sync_dir(real_fd, path, why);
}
