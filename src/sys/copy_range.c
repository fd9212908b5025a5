/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sys/copy_range.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "src/base/cleanup.h"
#include "src/base/limits.h"
#include "src/sys/fd.h"
#include "src/sys/log.h"

/* Bytes copied between two progress updates; a multiple of every file system's block size. */
#define STEP (int64_t)(16 * LIMIT_MIB)
#define BLOCK (256u * 1024u)

static ssize_t by_clone(int from_fd, int64_t *at, int to_fd, size_t size)
{
	return copy_file_range(from_fd, at, to_fd, NULL, size, 0);
}

static ssize_t by_sendfile(int from_fd, int64_t *at, int to_fd, size_t size)
{
	return sendfile(to_fd, from_fd, at, size);
}

static ssize_t by_memory(int from_fd, int64_t *at, int to_fd, size_t size)
{
	auto_free uint8_t *block = malloc(BLOCK);
	ssize_t n, done = 0;

	if (!block)
		return -1;
	n = pread(from_fd, block, size < BLOCK ? size : BLOCK, *at);
	while (n > 0 && done < n) {
		ssize_t part = write(to_fd, block + done, (size_t)(n - done));

		if (part < 0 && errno == EINTR)
			continue;
		if (part < 0)
			return -1;
		done += part;
	}
	*at += done;
	return n < 0 ? -1 : done;
}

/* From the fastest to the one that always works; the first that works with these descriptors is
 * used. */
static ssize_t (*const ways[])(int from_fd, int64_t *at, int to_fd, size_t size) = {
	by_clone, by_sendfile, by_memory};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

/* A disk error would happen with the next method as well. */
static bool is_final(int error)
{
	return error == ENOSPC || error == EDQUOT || error == EFBIG || error == EIO ||
	       error == EPIPE || error == ENOMEM;
}

static void show_progress(const char *what, int64_t done, int64_t size)
{
	log_progress("writing %s: %lld of %lld MB", what, (long long)(done / 1000000),
		(long long)(size / 1000000));
}

int copy_range(
	int from_fd, int64_t at, int64_t size, int to_fd, const char *what, struct fault *why)
{
	int64_t end = at + size;
	size_t way = 0;

	while (at < end) {
		ssize_t n =
			ways[way](from_fd, &at, to_fd, (size_t)(end - at < STEP ? end - at : STEP));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 && way + 1 < WAYS && !(n < 0 && is_final(errno)))
			way++; /* some file systems return 0 to mean "not supported" */
		else if (n < 0)
			return fault_sys(why, "cannot write '%s'", what);
		else if (n == 0)
			return fault_set(why, FAULT_FORMAT, "'%s' became shorter", what);
		if (n > 0 && at < end)
			show_progress(what, size - (end - at), size);
	}
	return 0;
}

int copy_range_rest(int from_fd, int to_fd, const char *what, struct fault *why)
{
	auto_free uint8_t *block = malloc(BLOCK);
	int64_t done = 0;

	if (!block)
		return fault_nomem(why);
	for (;;) {
		ssize_t n = splice(from_fd, NULL, to_fd, NULL, LIMIT_MIB, SPLICE_F_MOVE);

		if (n < 0 && errno == EINVAL) {
			n = read(from_fd, block, BLOCK);
			if (n > 0 && fd_write_all(to_fd, block, (size_t)n, what, why) < 0)
				return -1;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_sys(why, "cannot read '%s'", what);
		if (n == 0)
			return 0;
		done += n;
		log_progress("reading %s: %lld MB", what, (long long)(done / 1000000));
	}
}
