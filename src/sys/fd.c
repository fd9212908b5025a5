/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sys/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"

#define OWN_FDS "/proc/self/fd"
#define READ_PIECE 65536 /* of what does not say how long it is */

void fd_hold_standard(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/", O_PATH | O_CLOEXEC) != fd)
			abort();
}

/* A regular file in one piece, with room for the read that finds its end. */
static size_t first_piece(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_size > 0 ? (size_t)st.st_size + 1 : READ_PIECE;
}

int fd_read_all(int fd, const char *what, struct buf *ret, struct fault *why)
{
	size_t least = first_piece(fd);

	for (;;) {
		uint8_t beyond;
		size_t room = 0;
		uint8_t *at = buf_room(ret, least, &room);
		ssize_t n;

		if (!at)
			return buf_check(ret, what, why);
		n = room ? read(fd, at, room) : read(fd, &beyond, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_sys(why, "cannot read '%s'", what);
		if (n == 0)
			return 0;
		if (room == 0) {
			buf_add(ret, &beyond, 1);
			return buf_check(ret, what, why);
		}
		buf_grow(ret, (size_t)n);
		least = 1;
	}
}

int fd_write_all(int fd, const void *bytes, size_t len, const char *what, struct fault *why)
{
	const uint8_t *at = bytes;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_sys(why, "cannot write '%s'", what);
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int fd_read_file(const char *path, size_t max, struct buf *ret, struct fault *why)
{
	auto_buf bytes = buf_make(max);
	struct stat st;
	auto_fd fd = -1;

	if (strcmp(path, "-") == 0) {
		if (fd_read_all(STDIN_FILENO, "standard input", &bytes, why) < 0)
			return -1;
	} else {
		/* Without O_NONBLOCK a pipe that nobody writes would hang here. */
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (fd < 0)
			return fault_sys(why, "cannot open '%s'", path);
		if (fstat(fd, &st) < 0)
			return fault_sys(why, "cannot access '%s'", path);
		if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))
			return fault_set(why, FAULT_FORMAT, "'%s' is not a file", path);
		if (fcntl(fd, F_SETFL, 0) < 0)
			return fault_sys(why, "cannot read '%s'", path);
		if (fd_read_all(fd, path, &bytes, why) < 0)
			return -1;
	}
	buf_add(ret, bytes.bytes, bytes.len);
	return buf_check(ret, path, why);
}

/* Split into directory and base; the directory of "x" is ".". */
static int open_parent(const char *path, const char **ret_base, struct fault *why)
{
	const char *slash = strrchr(path, '/');
	auto_free char *dir = text_parent(path);
	int fd;

	if (!dir)
		return fault_nomem(why);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fault_sys(why, "cannot open directory '%s'", dir);
	*ret_base = slash ? slash + 1 : path;
	return fd;
}

static int write_in_place(const char *path, const void *bytes, size_t len, struct fault *why)
{
	auto_fd fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return fault_sys(why, "cannot open '%s'", path);
	return fd_write_all(fd, bytes, len, path, why);
}

static int write_beside(
	const char *path, mode_t mode, const void *bytes, size_t len, struct fault *why)
{
	struct replace it = REPLACE_INIT;
	const char *base = NULL;
	auto_fd dir_fd = open_parent(path, &base, why);

	if (dir_fd < 0)
		return -1;
	if (replace_begin(&it, dir_fd, why) < 0 || fd_write_all(it.fd, bytes, len, path, why) < 0 ||
		(fchmod(it.fd, mode) < 0 && fault_sys(why, "cannot set the mode of '%s'", path)) ||
		replace_sync(&it, why) < 0 || replace_commit(&it, base, why) < 0) {
		replace_abort(&it);
		return -1;
	}
	return fd_sync_dir(dir_fd, path, why);
}

int fd_write_file(const char *path, mode_t mode, const void *bytes, size_t len, struct fault *why)
{
	auto_free char *real = NULL;
	struct stat st;

	if (strcmp(path, "-") == 0)
		return fd_write_all(STDOUT_FILENO, bytes, len, "standard output", why);
	if (stat(path, &st) < 0) {
		mode_t mask = umask(0);

		umask(mask);
		return write_beside(path, mode & ~mask, bytes, len, why);
	}
	if (!S_ISREG(st.st_mode))
		return write_in_place(path, bytes, len, why);
	real = realpath(path, NULL);
	if (!real)
		return fault_sys(why, "cannot resolve '%s'", path);
	return write_beside(real, st.st_mode & 07777, bytes, len, why);
}

/* For file systems without O_TMPFILE: a name for a moment. */
static int make_and_unlink(const char *dir)
{
	auto_fd dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[REPLACE_NAME_LEN];
	int fd;

	if (dir_fd < 0)
		return -1;
	temps_name(name);
	temps_add(dir_fd, name);
	fd = openat(dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0)
		unlinkat(dir_fd, name, 0);
	temps_drop(name);
	return fd;
}

static const char *temp_place(void)
{
	const char *named = getenv("TMPDIR");

	return named && *named ? named : "/tmp";
}

int fd_private_dir(char **ret, struct fault *why)
{
	auto_free char *place = realpath(temp_place(), NULL);
	auto_free char *path = NULL;

	if (!place)
		return fault_sys(why, "cannot find '%s'", temp_place());
	if (asprintf(&path, "%s/trustfix-XXXXXX", place) < 0) {
		path = NULL;
		return fault_nomem(why);
	}
	if (!mkdtemp(path))
		return fault_sys(why, "cannot make a directory in '%s'", place);
	*ret = steal(&path);
	return 0;
}

int fd_unnamed_in(const char *dir, int *ret_fd, struct fault *why)
{
	int fd;

	if (!dir)
		dir = temp_place();
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR))
		fd = make_and_unlink(dir);
	if (fd < 0)
		return fault_sys(why, "cannot make a temporary file in '%s'", dir);
	*ret_fd = fd;
	return 0;
}

int fd_unnamed(int *ret_fd, struct fault *why)
{
	return fd_unnamed_in(NULL, ret_fd, why);
}

static int begin_named(struct replace *it, struct fault *why)
{
	temps_name(it->temp);
	temps_add(it->dir_fd, it->temp);
	it->fd = openat(
		it->dir_fd, it->temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (it->fd >= 0)
		return 0;
	fault_sys(why, "cannot make a file");
	temps_drop(it->temp);
	it->temp[0] = 0;
	return -1;
}

int replace_begin(struct replace *it, int dir_fd, struct fault *why)
{
	it->dir_fd = dir_fd;
	/* What has no name can get one by way of /proc alone. [open(2), "O_TMPFILE"] */
	if (access(OWN_FDS, X_OK) == 0)
		it->fd = openat(dir_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	return it->fd >= 0 ? 0 : begin_named(it, why);
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

/* A link cannot take the place of a file as a rename can: then there is a temporary name after all.
 */
static int name_it(struct replace *it, int dir_fd, const char *name, struct fault *why)
{
	if (link_unnamed(it, dir_fd, name) == 0)
		return 0;
	if (errno != EEXIST)
		return fault_sys(why, "cannot make '%s'", name);
	temps_name(it->temp);
	temps_add(it->dir_fd, it->temp);
	if (link_unnamed(it, it->dir_fd, it->temp) == 0)
		return 0;
	fault_sys(why, "cannot make a file");
	temps_drop(it->temp);
	it->temp[0] = 0;
	return -1;
}

int replace_commit(struct replace *it, const char *name, struct fault *why)
{
	return replace_commit_in(it, it->dir_fd, name, why);
}

int replace_commit_in(struct replace *it, int dir_fd, const char *name, struct fault *why)
{
	if (!it->temp[0] && name_it(it, dir_fd, name, why) < 0)
		return -1;
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
	*it = (struct replace)REPLACE_INIT;
}

int fd_sync_dir(int dir_fd, const char *what, struct fault *why)
{
	/* Some file systems cannot sync a directory and say EINVAL; there is nothing more to do. */
	if (fsync(dir_fd) < 0 && errno != EINVAL)
		return fault_sys(why, "cannot sync the directory of '%s'", what);
	return 0;
}
