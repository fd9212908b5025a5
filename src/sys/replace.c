/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sys/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "src/base/limits.h"
#include "src/sys/copy_range.h"
#include "src/sys/fd.h"

#define OWN_FDS "/proc/self/fd"

static int drop_name(struct replace *it, struct fault *why)
{
	fault_sys(why, "cannot make a file");
	temps_drop(it->temp);
	it->temp[0] = 0;
	return -1;
}

int replace_begin(struct replace *it, int dir_fd, struct fault *why)
{
	it->dir_fd = dir_fd;
	/* An unnamed file can be given a name only through /proc. [open(2), "O_TMPFILE"] */
	if (access(OWN_FDS, X_OK) == 0)
		it->fd = openat(dir_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (it->fd >= 0)
		return 0;
	temps_name(it->temp);
	temps_add(dir_fd, it->temp);
	it->fd = openat(dir_fd, it->temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return it->fd < 0 ? drop_name(it, why) : 0;
}

static int copy_xattrs(int from_fd, int to_fd, const char *path, struct fault *why)
{
	auto_free char *names = malloc(LIMIT_XATTR_BYTES);
	auto_free uint8_t *value = malloc(LIMIT_XATTR_BYTES);
	ssize_t names_len;

	if (!names || !value)
		return fault_nomem(why);
	names_len = flistxattr(from_fd, names, LIMIT_XATTR_BYTES);
	if (names_len < 0 && errno == ENOTSUP)
		return 0;
	if (names_len < 0)
		return fd_fault(why, "list the extended attributes of", path, -1, "");
	for (const char *name = names; name < names + names_len; name += strlen(name) + 1) {
		ssize_t len;

		/* Signatures of the old contents, which the kernel makes again, or privileges
		 * granted only to them. */
		if (strcmp(name, "security.ima") == 0 || strcmp(name, "security.evm") == 0 ||
			strcmp(name, "security.capability") == 0)
			continue;
		len = fgetxattr(from_fd, name, value, LIMIT_XATTR_BYTES);
		if (len < 0 || fsetxattr(to_fd, name, value, (size_t)len, 0) < 0)
			return fd_fault(why, "copy the extended attributes of", path, -1, "");
	}
	return 0;
}

int replace_attributes(const struct replace_owner *owner, int like_fd, int to_fd, const char *path,
	struct fault *why)
{
	struct stat st;

	if (fstat(to_fd, &st) < 0)
		return fd_fault(why, "access", path, -1, "");
	/* Only if it differs: an ordinary user may not change the owner at all. */
	if ((st.st_uid != owner->uid || st.st_gid != owner->gid) &&
		fchown(to_fd, owner->uid, owner->gid) < 0)
		return fd_fault(why, "set the owner of", path, -1, "");
	if (fchmod(to_fd, owner->mode) < 0)
		return fd_fault(why, "set the mode of", path, -1, "");
	return like_fd < 0 ? 0 : copy_xattrs(like_fd, to_fd, path, why);
}

int replace_sync(struct replace *it, struct fault *why)
{
	return fsync(it->fd) < 0 ? fault_sys(why, "cannot sync") : 0;
}

static int link_unnamed(const struct replace *it, int dir_fd, const char *name)
{
	char path[sizeof(OWN_FDS) + 16];

	snprintf(path, sizeof(path), OWN_FDS "/%d", it->fd);
	return linkat(AT_FDCWD, path, dir_fd, name, AT_SYMLINK_FOLLOW);
}

int replace_commit(struct replace *it, int dir_fd, const char *name, struct fault *why)
{
	if (!it->temp[0] && link_unnamed(it, dir_fd, name) < 0) {
		if (errno != EEXIST)
			return fault_sys(why, "cannot make '%s'", name);
		/* link(2) cannot replace a file as rename(2) can, so the file needs a name after
		 * all. */
		temps_name(it->temp);
		temps_add(it->dir_fd, it->temp);
		if (link_unnamed(it, it->dir_fd, it->temp) < 0)
			return drop_name(it, why);
	}
	if (close(steal_fd(&it->fd)) < 0)
		return fault_sys(why, "cannot write '%s'", name);
	if (!it->temp[0])
		return 0;
	if (renameat(it->dir_fd, it->temp, dir_fd, name) < 0)
		return fault_sys(why, "cannot rename to '%s'", name);
	temps_drop(it->temp);
	it->temp[0] = 0;
	return 0;
}

void replace_abort(struct replace *it)
{
	if (it->fd >= 0)
		close(it->fd);
	if (it->temp[0]) {
		unlinkat(it->dir_fd, it->temp, 0);
		temps_drop(it->temp);
	}
	*it = REPLACE_INIT;
}

int replace_copy(int from_dir, const char *from, int to_dir, const char *to, const char *path,
	struct fault *why)
{
	struct replace it = REPLACE_INIT;
	auto_fd from_fd =
		openat(from_dir, from, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	struct replace_owner owner;
	struct stat st;

	if (from_fd < 0 || fstat(from_fd, &st) < 0)
		return fd_fault(why, "open", path, from_dir, from);
	owner = (struct replace_owner){st.st_mode & 07777, st.st_uid, st.st_gid};
	if (replace_begin(&it, to_dir, why) < 0 || copy_range_rest(from_fd, it.fd, path, why) < 0 ||
		replace_attributes(&owner, from_fd, it.fd, path, why) < 0 ||
		(futimens(it.fd, (struct timespec[]){st.st_atim, st.st_mtim}) < 0 &&
			fd_fault(why, "set the times of", path, -1, "")) ||
		replace_sync(&it, why) < 0 || replace_commit(&it, to_dir, to, why) < 0) {
		replace_abort(&it);
		return fault_wrap(why, "cannot copy '%s'", path);
	}
	return 0;
}
