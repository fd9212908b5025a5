/* SPDX-License-Identifier: Apache-2.0 */
#include "src/fs/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "src/base/cleanup.h"
#include "src/base/limits.h"
#include "src/sys/fd.h"
#include "src/fs/disk.h"

/* These sign the old bytes, and the kernel makes new ones; or they give rights to them alone. */
static bool is_of_old_bytes(const char *name)
{
	return strcmp(name, "security.ima") == 0 || strcmp(name, "security.evm") == 0 ||
	       strcmp(name, "security.capability") == 0;
}

static int copy_xattr(int from_fd, int to_fd, const char *name, uint8_t *value, const char *path,
	struct fault *why)
{
	ssize_t len = fgetxattr(from_fd, name, value, LIMIT_XATTR_BYTES);

	if (len < 0 || fsetxattr(to_fd, name, value, (size_t)len, 0) < 0)
		return disk_fault(why, "copy the extended attributes of", path, -1, "");
	return 0;
}

static int copy_xattrs(int from_fd, int to_fd, const char *path, struct fault *why)
{
	ssize_t names_len = flistxattr(from_fd, NULL, 0);
	auto_free char *names = NULL;
	auto_free uint8_t *value = NULL;

	if (names_len == 0 || (names_len < 0 && errno == ENOTSUP))
		return 0;
	names = malloc(LIMIT_XATTR_BYTES);
	value = malloc(LIMIT_XATTR_BYTES);
	if (!names || !value)
		return fault_nomem(why);
	names_len = flistxattr(from_fd, names, LIMIT_XATTR_BYTES);
	if (names_len < 0)
		return disk_fault(why, "list the extended attributes of", path, -1, "");
	for (const char *name = names; name < names + names_len; name += strlen(name) + 1)
		if (!is_of_old_bytes(name) &&
			copy_xattr(from_fd, to_fd, name, value, path, why) < 0)
			return -1;
	return 0;
}

int copy_attributes(
	const struct copy_owner *owner, int from_fd, int to_fd, const char *path, struct fault *why)
{
	struct stat st;

	if (fstat(to_fd, &st) < 0)
		return disk_fault(why, "access", path, -1, "");
	/* Only when it must: an ordinary user can do it for none. */
	if ((st.st_uid != owner->uid || st.st_gid != owner->gid) &&
		fchown(to_fd, owner->uid, owner->gid) < 0)
		return disk_fault(why, "set the owner of", path, -1, "");
	if (fchmod(to_fd, owner->mode) < 0)
		return disk_fault(why, "set the mode of", path, -1, "");
	return from_fd < 0 ? 0 : copy_xattrs(from_fd, to_fd, path, why);
}

static int copy_bytes(int from_fd, int to_fd, const char *path, struct fault *why)
{
	uint8_t part[65536];
	ssize_t n;

	while ((n = read(from_fd, part, sizeof(part))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return disk_fault(why, "read", path, -1, "");
		for (const uint8_t *at = part; n > 0;) {
			ssize_t written = write(to_fd, at, (size_t)n);

			if (written < 0 && errno != EINTR)
				return disk_fault(why, "copy", path, -1, "");
			at += written > 0 ? written : 0;
			n -= written > 0 ? written : 0;
		}
	}
	return 0;
}

static int fill(int from_fd, int to_fd, const char *path, struct fault *why)
{
	struct stat st;
	struct copy_owner owner;

	if (fstat(from_fd, &st) < 0)
		return disk_fault(why, "access", path, -1, "");
	owner = (struct copy_owner){st.st_mode & 07777, st.st_uid, st.st_gid};
	if (copy_bytes(from_fd, to_fd, path, why) < 0 ||
		copy_attributes(&owner, from_fd, to_fd, path, why) < 0)
		return -1;
	if (futimens(to_fd, (struct timespec[]){st.st_atim, st.st_mtim}) < 0)
		return disk_fault(why, "set the times of", path, -1, "");
	return fsync(to_fd) < 0 ? disk_fault(why, "sync the copy of", path, -1, "") : 0;
}

int copy_file(int from_dir, const char *from, int to_dir, const char *to, const char *path,
	struct fault *why)
{
	auto_fd from_fd =
		openat(from_dir, from, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	auto_fd to_fd = -1;

	if (from_fd < 0)
		return disk_fault(why, "open", path, from_dir, from);
	to_fd = openat(to_dir, to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to_fd < 0)
		return disk_fault(why, "copy", path, to_dir, "");
	if (fill(from_fd, to_fd, path, why) == 0)
		return 0;
	unlinkat(to_dir, to, 0);
	return -1;
}
