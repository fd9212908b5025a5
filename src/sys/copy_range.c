/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sys/copy_range.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "src/base/limits.h"
#include "src/sys/fd.h"
#include "src/sys/log.h"

/* Bytes copied between two progress updates; a multiple of every file system's block size. */
#define STEP (int64_t)(16 * LIMIT_MIB)
#define BLOCK (256 * 1024)

/* Copy `size` bytes from `*at` on or, if `at` is NULL, what is left from where from_fd stands. */
static int copy(
	int from_fd, int64_t *at, int64_t size, int to_fd, const char *what, struct fault *why)
{
	/* From the fastest way to the one that works with any descriptors; sendfile(2) takes 60 %
	 * of the time that reading and writing do. */
	enum { BY_KERNEL, BY_SENDFILE, BY_MEMORY } way = BY_KERNEL;
	auto_free uint8_t *block = malloc(BLOCK);
	int64_t done = 0;

	if (!block)
		return fault_nomem(why);
	while (done < size) {
		size_t step = (size_t)(size - done < STEP ? size - done : STEP);
		size_t part = step < BLOCK ? step : BLOCK;
		ssize_t n = way == BY_KERNEL ? copy_file_range(from_fd, at, to_fd, NULL, step, 0)
			    : way == BY_SENDFILE ? sendfile(to_fd, from_fd, at, step)
			    : at                 ? pread(from_fd, block, part, *at)
						 : read(from_fd, block, part);

		if (n < 0 && errno == EINTR)
			continue;
		/* Some file systems return 0 to mean "not supported".  What is wrong with the disk
		 * fails in every way. */
		if (n <= 0 && way < BY_MEMORY) {
			way++;
			continue;
		}
		if (n < 0)
			return fault_sys(why, "cannot read '%s'", what);
		if (n == 0)
			return !at ? 0
				   : fault_set(why, FAULT_FORMAT, "'%s' shrank while it was copied",
					     what);
		if (way == BY_MEMORY && fd_write_all(to_fd, block, (size_t)n, what, why) < 0)
			return -1;
		if (way == BY_MEMORY && at)
			*at += n;
		done += n;
		if (!at)
			log_progress("reading %s: %lld MB", what, (long long)(done / 1000000));
		else if (done < size)
			log_progress("writing %s: %lld of %lld MB", what,
				(long long)(done / 1000000), (long long)(size / 1000000));
	}
	return 0;
}

int copy_range(
	int from_fd, int64_t at, int64_t size, int to_fd, const char *what, struct fault *why)
{
	return copy(from_fd, &at, size, to_fd, what, why);
}

int copy_range_rest(int from_fd, int to_fd, const char *what, struct fault *why)
{
	return copy(from_fd, NULL, INT64_MAX, to_fd, what, why);
}
