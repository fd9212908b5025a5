/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_COPY_RANGE_H
#define TRUSTFIX_COPY_RANGE_H

/* Copies large amounts of data between descriptors, in the kernel if possible. */

#include <stdint.h>

#include "src/base/fault.h"

/*
 * Copy `size` bytes of from_fd, starting at offset `at`, to the current position of to_fd: with
 * copy_file_range(2), which shares blocks if the file system can, else sendfile(2), else through
 * memory.  FAULT_FORMAT: from_fd is shorter.  FAULT_SYSTEM.
 */
int copy_range(
	int from_fd, int64_t at, int64_t size, int to_fd, const char *what, struct fault *why);

/* Copy the rest of a pipe or file. */
int copy_range_rest(int from_fd, int to_fd, const char *what, struct fault *why);

#endif
