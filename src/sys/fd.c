/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sys/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/sys/replace.h"

void fd_hold_standard(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/", O_PATH | O_CLOEXEC) != fd)
			abort();
}

int fd_read_all(int fd, const char *what, struct buf *ret, struct fault *why)
{
	uint8_t piece[16384];
	ssize_t n;

	while ((n = read(fd, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno != EINTR)
			return fault_sys(why, "cannot read '%s'", what);
		buf_add(ret, piece, n > 0 ? (size_t)n : 0);
		if (buf_check(ret, what, why) < 0)
			return -1;
	}
	return 0;
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

int fd_pread_all(int fd, void *bytes, size_t len, int64_t at, struct fault *why)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = pread(fd, (uint8_t *)bytes + done, len - done, at + (int64_t)done);

		if (n < 0 && errno != EINTR)
			return fault_sys(why, "cannot read");
		if (n == 0)
			return fault_set(why, FAULT_FORMAT, "it shrank while it was read");
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/*
 * Open without blocking; reads then block as usual.  A FIFO that no program has opened for writing
 * yet looks like end of file to read(2), but poll(2) waits for the first writer.
 */
static int open_to_read(const char *path, struct fault *why)
{
	auto_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct fault late = FAULT_INIT;
	struct stat st;

	if (fd < 0)
		return fault_sys(why, "cannot open '%s'", path);
	if (fstat(fd, &st) < 0)
		return fault_sys(why, "cannot access '%s'", path);
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))
		return fault_set(why, FAULT_FORMAT, "'%s' is not a file", path);
	if (S_ISFIFO(st.st_mode) &&
		deadline_wait(deadline_in(LIMIT_PIPE_WAIT_MS), fd, POLLIN, &late) < 0)
		return fault_set(why, late.kind, "nobody writes to the pipe '%s'", path);
	if (fcntl(fd, F_SETFL, 0) < 0)
		return fault_sys(why, "cannot read '%s'", path);
	return steal_fd(&fd);
}

int fd_read_file(const char *path, struct buf *ret, struct fault *why)
{
	auto_fd fd = -1;

	if (strcmp(path, "-") == 0)
		return fd_read_all(STDIN_FILENO, "standard input", ret, why);
	fd = open_to_read(path, why);
	return fd < 0 ? -1 : fd_read_all(fd, path, ret, why);
}

/* Where a new file at `*path` would be created: symbolic links there are followed. */
static int follow_links(char **path, struct fault *why)
{
	char link[LIMIT_PATH_LEN];

	for (unsigned links_n = 0; *path && links_n <= LIMIT_LINKS_N; links_n++) {
		ssize_t len = readlink(*path, link, sizeof(link) - 1);
		auto_free char *dir = text_parent(*path);

		if (len < 0)
			return errno == ENOENT ? 0 : fault_sys(why, "cannot resolve '%s'", *path);
		link[len] = '\0';
		if (!dir)
			return fault_nomem(why);
		if (text_set(path, why, "%s%s%s", *link == '/' ? "" : dir, *link == '/' ? "" : "/",
			    link) < 0)
			return -1;
	}
	return *path ? fault_set(
			       why, FAULT_SYSTEM, "cannot resolve '%s': %s", *path, strerror(ELOOP))
		     : fault_nomem(why);
}

int fd_write_file(const char *path, mode_t mode, const void *bytes, size_t len, struct fault *why)
{
	struct replace_owner owner = {mode, REPLACE_NO_OWNER, REPLACE_NO_OWNER};
	struct replace it = REPLACE_INIT;
	auto_free char *real = NULL, *dir = NULL;
	auto_fd old_fd = -1, dir_fd = -1;
	struct stat st;

	if (strcmp(path, "-") == 0)
		return fd_write_all(STDOUT_FILENO, bytes, len, "standard output", why);
	if (stat(path, &st) == 0) {
		old_fd = open(
			path, (S_ISREG(st.st_mode) ? O_RDONLY : O_WRONLY) | O_CLOEXEC | O_NOCTTY);
		if (old_fd < 0 && !(S_ISREG(st.st_mode) && errno == EACCES))
			return fault_sys(why, "cannot open '%s'", path);
		if (!S_ISREG(st.st_mode))
			return fd_write_all(old_fd, bytes, len, path, why);
		real = realpath(path, NULL);
		if (!real)
			return fault_sys(why, "cannot resolve '%s'", path);
		owner.mode = st.st_mode & 07777;
		if (geteuid() == 0)
			owner = (struct replace_owner){owner.mode, st.st_uid, st.st_gid};
	} else {
		mode_t mask = umask(0);

		umask(mask);
		if (errno != ENOENT)
			return fault_sys(why, "cannot access '%s'", path);
		real = strdup(path);
		if (follow_links(&real, why) < 0)
			return -1;
		owner.mode &= ~mask;
	}
	dir = text_parent(real);
	if (!dir)
		return fault_nomem(why);
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return fault_sys(why, "cannot open directory '%s'", dir);
	if (replace_begin(&it, dir_fd, why) < 0 || fd_write_all(it.fd, bytes, len, path, why) < 0 ||
		replace_attributes(&owner, old_fd, it.fd, path, why) < 0 ||
		replace_sync(&it, why) < 0 ||
		replace_commit(&it, dir_fd, basename(real), why) < 0) {
		replace_abort(&it);
		return -1;
	}
	return fd_sync_dir(dir_fd, path, why);
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
	if (text_set(&path, why, "%s/trustfix-XXXXXX", place) < 0)
		return -1;
	if (!mkdtemp(path))
		return fault_sys(why, "cannot make a directory in '%s'", place);
	*ret = steal(&path);
	return 0;
}

int fd_unnamed(const char *dir, int *ret_fd, struct fault *why)
{
	auto_free char *path = NULL;
	int fd;

	if (!dir)
		dir = temp_place();
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
		/* The file system has no O_TMPFILE: the file has a name for a moment. */
		if (text_set(&path, why, "%s/.trustfix-XXXXXX", dir) < 0)
			return -1;
		fd = mkostemp(path, O_CLOEXEC);
		if (fd >= 0)
			unlink(path);
	}
	if (fd < 0)
		return fault_sys(why, "cannot make a temporary file in '%s'", dir);
	*ret_fd = fd;
	return 0;
}

int fd_sync_dir(int dir_fd, const char *what, struct fault *why)
{
	/* Some file systems cannot sync a directory and return EINVAL; nothing more can be done. */
	if (fsync(dir_fd) < 0 && errno != EINVAL)
		return fault_sys(why, "cannot sync the directory of '%s'", what);
	return 0;
}

int fd_lock(int fd, struct deadline deadline, bool *ret_waited, struct fault *why)
{
	const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
	bool waited = false;

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return fault_sys(why, "cannot lock");
		if (deadline_left_ms(deadline) == 0)
			return fault_set(why, FAULT_LIMIT, "another run still holds the lock");
		waited = true;
		nanosleep(&pause, NULL);
	}
	*ret_waited = waited;
	return 0;
}

bool fd_is_immutable(int dir_fd, const char *name)
{
	struct statx found;

	return dir_fd >= 0 &&
	       statx(dir_fd, name, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, STATX_TYPE, &found) == 0 &&
	       (found.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND));
}

int fd_fault(struct fault *why, const char *verb, const char *path, int dir_fd, const char *name)
{
	int sys = errno;
	auto_free char *shown = text_printable(path, strlen(path), LIMIT_NAME_SHOWN);
	const char *hint = "";

	if (!shown)
		return fault_nomem(why);
	if (sys == EPERM && fd_is_immutable(dir_fd, name))
		hint = " (it is immutable or append-only; chattr -ia clears that)";
	else if (sys == EPERM && fd_is_immutable(dir_fd, ""))
		hint = " (its directory is immutable or append-only; chattr -ia clears that)";
	errno = sys;
	return fault_sys(why, "cannot %s '%s'%s", verb, shown, hint);
}
