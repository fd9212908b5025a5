/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_FD_H
#define TRUSTFIX_FD_H

/*
 * Descriptors and files: read whole with a ceiling, write whole, temporary files.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "src/base/buf.h"
#include "src/base/fault.h"

/*
 * Descriptors 0 to 2 are the standard streams, also when whoever started us closed one: else the
 * next file to be opened would get its number, and what is said would be written into that file.
 * Such a stream can neither be read nor written, and a command that we start has it closed again.
 */
void fd_hold_standard(void);

/*
 * Read `fd` to its end into `ret` (appended); `what` names it in faults.
 * FAULT_LIMIT: more than buf's max.  FAULT_SYSTEM: read failed.
 */
int fd_read_all(int fd, const char *what, struct buf *ret, struct fault *why);

/* Write all of it.  FAULT_SYSTEM. */
int fd_write_all(int fd, const void *bytes, size_t len, const char *what, struct fault *why);

/* Read exactly `len` bytes from offset `at`.  FAULT_FORMAT: the file is shorter.  FAULT_SYSTEM. */
int fd_pread_all(int fd, void *bytes, size_t len, int64_t at, struct fault *why);

/*
 * Read the regular file or pipe `path` named on a command line ("-" is stdin), at most `max` bytes.
 * A pipe that nobody has opened for writing yet is waited for, LIMIT_PIPE_WAIT_MS.  A directory, a
 * device or a socket is refused.  FAULT_SYSTEM, FAULT_LIMIT, FAULT_FORMAT (kind).
 */
int fd_read_file(const char *path, size_t max, struct buf *ret, struct fault *why);

/*
 * Write `bytes` to the file `path` named on a command line, whole or not at all: beside it, synced,
 * renamed.  A link is followed, to where it leads or would lead.  A new file gets `mode` less the
 * umask; an old one's mode, owner and extended attributes stay, as far as the caller may give them.
 * "-" is stdout.  A path that is a device or a pipe (/dev/null, /dev/stdout) is written to as it
 * is.
 */
int fd_write_file(const char *path, mode_t mode, const void *bytes, size_t len, struct fault *why);

/*
 * An unnamed temporary file in `dir` (NULL: in $TMPDIR or /tmp); it goes with its descriptor.
 * FAULT_SYSTEM.
 */
int fd_unnamed_in(const char *dir, int *ret_fd, struct fault *why);
int fd_unnamed(int *ret_fd, struct fault *why);

/* Make a directory (0700) in $TMPDIR or /tmp; its absolute path, allocated.  FAULT_SYSTEM. */
int fd_private_dir(char **ret, struct fault *why);

/* Sync a directory, so that renames in it hold. */
int fd_sync_dir(int dir_fd, const char *what, struct fault *why);

/*
 * "cannot VERB 'PATH'" with errno's reason; an immutable file or directory is told as such.
 * `dir_fd` and `name`: where it happened; -1: unknown.
 */
int fd_fault(struct fault *why, const char *verb, const char *path, int dir_fd, const char *name);

/* Is that file, or with the name "" the directory itself, marked immutable or append-only? */
bool fd_is_immutable(int dir_fd, const char *name);

#endif
