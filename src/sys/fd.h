/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_FD_H
#define TRUSTFIX_FD_H

/*
 * Descriptors and files: read whole with a ceiling, write whole, and put a file in another's place.
 *
 * Replacing: replace_begin() makes a temporary file for the directory of the target, and its `fd`
 * is written; replace_sync(); replace_commit() puts it in the target's place; replace_abort()
 * removes it.  It has no name until the commit where the file system can do that, so that nothing
 * stays of a run that is killed; elsewhere, and for the moment of the commit when there is an old
 * file, it has one.  Those names are removed by temps_install()'s handlers when the run ends by a
 * signal or by exit().  Directory descriptors are borrowed and must stay open until commit or
 * abort.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

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

/*
 * Read the regular file or pipe `path` named on a command line ("-" is stdin), at most `max` bytes.
 * A directory, a device or a socket is refused.  FAULT_SYSTEM, FAULT_LIMIT, FAULT_FORMAT (kind).
 */
int fd_read_file(const char *path, size_t max, struct buf *ret, struct fault *why);

/*
 * Write `bytes` to the file `path` named on a command line, whole or not at all: beside it, synced,
 * renamed; a link is followed; mode `mode` when new, else the old one's.  "-" is stdout.  A path
 * that is a device or a pipe (/dev/null, /dev/stdout) is written to as it is.
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

#define REPLACE_NAME_LEN 72 /* a SHA-256 in hex, or less */

struct replace {
	int dir_fd; /* borrowed */
	int fd; /* the temporary file, to be written and read; -1: none */
	char temp[REPLACE_NAME_LEN]; /* its name; "": none yet */
};

#define REPLACE_INIT       \
	{                  \
		-1, -1, "" \
	}

/* Make the temporary file for dir_fd, mode 0600.  FAULT_SYSTEM. */
int replace_begin(struct replace *it, int dir_fd, struct fault *why);

/* Sync the temporary file.  FAULT_SYSTEM (a full disk may show only here). */
int replace_sync(struct replace *it, struct fault *why);

/*
 * Close it and put it in the place of `name` in the same directory, or in another; what was there
 * goes.  The directory is not synced here.  FAULT_SYSTEM, errno EXDEV: the other directory is on
 * another mount.
 */
int replace_commit(struct replace *it, const char *name, struct fault *why);
int replace_commit_in(struct replace *it, int dir_fd, const char *name, struct fault *why);

/* Remove what is left of it; fine at any moment, also on REPLACE_INIT. */
void replace_abort(struct replace *it);

/* Sync a directory, so that renames in it hold. */
int fd_sync_dir(int dir_fd, const char *what, struct fault *why);

/*
 * A name ".trustfix-<16 hex>" that nobody uses yet; and the list of temporary files, and of
 * directories when they are empty then, to remove when the run ends early.  temps_add() remembers
 * (dir_fd is dup'ed; what does not fit in memory is not), temps_drop() forgets.
 */
void temps_name(char out[static REPLACE_NAME_LEN]);
bool temps_is_name(const char *name); /* ...or a longer one that begins so, and no path */
void temps_add(int dir_fd, const char *name);
void temps_drop(const char *name);

/*
 * Remove them at exit() and on SIGINT, SIGTERM and SIGHUP, then die by that signal.  SIGPIPE and
 * SIGXFSZ are ignored: the write that meets them fails.  SIGCHLD is as usual again, for proc.h and
 * child.h.
 */
void temps_install(void);

#endif
