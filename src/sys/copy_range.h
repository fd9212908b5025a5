/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_COPY_RANGE_H
#define TRUSTFIX_COPY_RANGE_H

/* Large bytes from one descriptor to another, moved by the kernel where it can. */

#include <stdint.h>

#include "src/base/fault.h"

/*
 * Write `size` bytes of from_fd, from offset `at`, to to_fd where that stands: copy_file_range(2),
 * which shares the blocks where the file system can, else sendfile(2), else through memory.  A
 * large range is copied by several threads.  FAULT_FORMAT: from_fd is shorter.  FAULT_SYSTEM.
 */
int copy_range(
	int from_fd, int64_t at, int64_t size, int to_fd, const char *what, struct fault *why);

/* All that is still to come out of a pipe or file. */
int copy_range_rest(int from_fd, int to_fd, const char *what, struct fault *why);

#endif
