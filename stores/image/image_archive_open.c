/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/sys/fd.h"
#include "src/sys/copy_range.h"
#include "stores/image/image_archive.h"
#include "stores/image/tar.h"

/* Unpack what is packed; *at becomes the plain tar, and the packed one is kept as the source. */
static int unpack(
	int *at, int *ret_source, const char *label, const char *spool_dir, struct fault *why)
{
	struct stat st;
	struct piece all = {.fd = *at};
	enum packing packing = PACKING_PLAIN;
	auto_fd plain = -1;

	if (fstat(*at, &st) < 0)
		return fault_sys(why, "cannot access '%s'", label);
	all.size = st.st_size;
	if (tar_packing(&all, label, &packing, why) < 0)
		return -1;
	if (packing == PACKING_PLAIN)
		return 0;
	if (fd_unnamed_in(spool_dir, &plain, why) < 0 || tar_unpack(&all, packing, plain, why) < 0)
		return fault_wrap(why, "'%s'", label);
	*ret_source = *at;
	*at = steal_fd(&plain);
	return 0;
}

/* From a pipe into a file, which can be read by position. */
static int spool(int *at, const char *label, const char *spool_dir, struct fault *why)
{
	auto_fd copy = -1;

	if (fd_unnamed_in(spool_dir, &copy, why) < 0 || copy_range_rest(*at, copy, label, why) < 0)
		return -1;
	close(*at);
	*at = steal_fd(&copy);
	return 0;
}

static int open_path(const char *path, struct stat *ret_st, struct fault *why)
{
	int fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
					: open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0 && errno == ENOENT && !strchr(path, '/')) {
		auto_free char *word = text_shell_word(path);

		return fault_set(why, FAULT_SYSTEM,
			"'%s' is not a file; run: docker save %s | trustfix ... --image -", path,
			word ? word : path);
	}
	if (fd < 0)
		return fault_sys(why, "cannot open '%s'", path);
	if (fstat(fd, ret_st) < 0) {
		fault_sys(why, "cannot access '%s'", path);
		close(fd);
		return -1;
	}
	return fd;
}

int image_archive_open(
	const char *path, const char *spool_dir, struct image_archive **ret, struct fault *why)
{
	const char *label = strcmp(path, "-") == 0 ? "standard input" : path;
	auto_fd source_fd = -1;
	struct stat st;
	auto_fd fd = open_path(path, &st, why);

	if (fd < 0)
		return -1;
	if (S_ISDIR(st.st_mode))
		return image_archive_take_dir(steal_fd(&fd), label, -1, ret, why);
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))
		return fault_set(why, FAULT_FORMAT, "'%s' is not a file", label);
	/* A file on standard input may already be read in part. */
	if ((!S_ISREG(st.st_mode) || strcmp(path, "-") == 0) &&
		spool(&fd, label, spool_dir, why) < 0)
		return -1;
	if (unpack(&fd, &source_fd, label, spool_dir, why) < 0 ||
		image_archive_take_tar(steal_fd(&fd), label, ret, why) < 0)
		return -1;
	(*ret)->source_fd = steal_fd(&source_fd);
	return 0;
}
