/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_FD_H
#define TRUSTFIX_FD_H

/*
 * Descriptors and files: reading whole files up to a limit, writing whole files, temporary files.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "src/base/buf.h"
#include "src/base/fault.h"
#include "src/sys/clock.h"

/*
 * Open any of descriptors 0 to 2 that the parent closed.  Otherwise the next file opened would get
 * that number, and messages would be written into it.  Such a stream can be neither read nor
 * written, and commands that we start get it closed again.
 */
void fd_hold_standard(void);

/*
 * Read `fd` to its end and append that to `ret`; `what` names it in faults.  FAULT_LIMIT: more than
 * buf's max.  FAULT_SYSTEM: the read failed.
 */
int fd_read_all(int fd, const char *what, struct buf *ret, struct fault *why);

/* Write all `len` bytes.  FAULT_SYSTEM. */
int fd_write_all(int fd, const void *bytes, size_t len, const char *what, struct fault *why);

/* Read exactly `len` bytes from offset `at`.  FAULT_FORMAT: the file is shorter.  FAULT_SYSTEM. */
int fd_pread_all(int fd, void *bytes, size_t len, int64_t at, struct fault *why);

/*
 * Read the regular file or pipe `path` named on a command line ("-" is stdin), up to buf's max.
 * If no program has opened a pipe for writing yet, waits up to LIMIT_PIPE_WAIT_MS for one.
 * Directories, devices and sockets are rejected.  FAULT_SYSTEM; FAULT_LIMIT; FAULT_FORMAT: wrong
 * kind of file.
 */
int fd_read_file(const char *path, struct buf *ret, struct fault *why);

/*
 * Write `bytes` to the file `path` named on a command line, all or nothing: into a temporary file
 * beside it, which is synced and renamed.  If `path` is a symbolic link, even a broken one, its
 * target is written.  A new file gets `mode` minus the umask; an existing one keeps its mode, owner
 * and extended attributes, as far as the caller may set them.  "-" is stdout.  A device or pipe
 * (/dev/null, /dev/stdout) is written to directly.
 */
int fd_write_file(const char *path, mode_t mode, const void *bytes, size_t len, struct fault *why);

/*
 * Make an unnamed temporary file in `dir` (NULL: in $TMPDIR or /tmp); it disappears when its
 * descriptor is closed.  FAULT_SYSTEM.
 */
int fd_unnamed(const char *dir, int *ret_fd, struct fault *why);

/*
 * Make a directory (0700) in $TMPDIR or /tmp; returns its absolute path, allocated.  FAULT_SYSTEM.
 */
int fd_private_dir(char **ret, struct fault *why);

/* Sync a directory, so that renames in it survive a crash. */
int fd_sync_dir(int dir_fd, const char *what, struct fault *why);

/*
 * One writer at a time: flock(2) the open file `fd` exclusively; waits for another run until the
 * deadline.  `*ret_waited` says whether it had to wait.  Closing fd unlocks it, also if a run is
 * killed.  FAULT_LIMIT: the other run did not end in time; FAULT_SYSTEM.
 */
int fd_lock(int fd, struct deadline deadline, bool *ret_waited, struct fault *why);

/*
 * Set the fault "cannot VERB 'PATH'" with errno's reason; says so if the file or directory is
 * immutable.  `dir_fd` and `name`: where it happened; -1: unknown.
 */
int fd_fault(struct fault *why, const char *verb, const char *path, int dir_fd, const char *name);

/* Is that file (or the directory itself, if `name` is "") marked immutable or append-only? */
bool fd_is_immutable(int dir_fd, const char *name);

#endif
