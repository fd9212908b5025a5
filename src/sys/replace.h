/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_REPLACE_H
#define TRUSTFIX_REPLACE_H

/*
 * Put a file in another's place, whole or not at all, and clean up when the run ends early.
 *
 * replace_begin() makes a temporary file for the directory of the target, and its `fd` is written;
 * replace_attributes() makes it as the old file was; replace_sync(); replace_commit() renames it
 * over the target; replace_abort() removes it.  It has no name until the commit where the file
 * system can do that, so that a killed run leaves nothing behind; elsewhere, and for the moment of
 * the commit when there is an old file, it has one.  Those names are removed by temps_install()'s
 * handlers when the run ends by a signal or by exit().  Directory descriptors are borrowed and must
 * stay open until commit or abort.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "src/base/fault.h"

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

#define REPLACE_NO_OWNER ((uid_t)-1) /* the file stays whose it is */

/* What a file gets besides its bytes. */
struct replace_owner {
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

/*
 * Set owner, then mode (a change of owner would clear bits of it), then the extended attributes of
 * `like_fd` (-1: none), but for those that belong to the old bytes.  `path` names it in faults.
 */
int replace_attributes(const struct replace_owner *owner, int like_fd, int to_fd, const char *path,
	struct fault *why);

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

/*
 * Put a copy of the regular file `from` (bytes, mode, owner, extended attributes, times; synced) in
 * the place of `to`, where no hard link or rename can do.  `path` names it in faults.
 */
int replace_copy(int from_dir, const char *from, int to_dir, const char *to, const char *path,
	struct fault *why);

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
 * SIGXFSZ are ignored: the write that meets them fails.  SIGCHLD gets its default back: ignored, as
 * a parent may have left it, it would make waitpid(2) fail.
 */
void temps_install(void);

#endif
