/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_REPLACE_H
#define TRUSTFIX_REPLACE_H

/*
 * Replaces a file, all or nothing, and cleans up if the run ends early.
 *
 * replace_begin() makes a temporary file for the target's directory; the caller writes to its `fd`.
 * replace_attributes() gives it the attributes of the old file, replace_sync() syncs it,
 * replace_commit() renames it over the target, and replace_abort() removes it.  If the file system
 * supports it, the file has no name until the commit, so a killed run leaves nothing behind;
 * otherwise, and during a commit over an old file, it has a temporary name.  The handlers of
 * temps_install() remove such names if the run ends by a signal or exit().  Directory descriptors
 * are borrowed and must stay open until commit or abort.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "src/base/fault.h"

#define REPLACE_NAME_LEN 72 /* enough for a SHA-256 in hex */

struct replace {
	int dir_fd; /* borrowed */
	int fd; /* the temporary file, for writing and reading; -1: none */
	char temp[REPLACE_NAME_LEN]; /* its name; "": it has none yet */
};

#define REPLACE_INIT ((struct replace){-1, -1, ""})

/* Make the temporary file in dir_fd, mode 0600.  FAULT_SYSTEM. */
int replace_begin(struct replace *it, int dir_fd, struct fault *why);

#define REPLACE_NO_OWNER ((uid_t)-1) /* do not change the owner */

/* Mode and owner that a file gets. */
struct replace_owner {
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

/*
 * Set owner, then mode (changing the owner would clear some mode bits), then copy the extended
 * attributes of `like_fd` (-1: none), except those that apply only to the old contents.  `path`
 * names the file in faults.
 */
int replace_attributes(const struct replace_owner *owner, int like_fd, int to_fd, const char *path,
	struct fault *why);

/* Sync the temporary file.  FAULT_SYSTEM (a full disk may be reported only here). */
int replace_sync(struct replace *it, struct fault *why);

/*
 * Close the temporary file and move it to `name` in dir_fd, which may be another directory,
 * replacing what is there.  Does not sync the directory.  FAULT_SYSTEM with errno EXDEV: the other
 * directory is on another mount.
 */
int replace_commit(struct replace *it, int dir_fd, const char *name, struct fault *why);

/* Remove the temporary file, if any; safe at any time, also on REPLACE_INIT. */
void replace_abort(struct replace *it);

/*
 * Replace `to` by a copy of the regular file `from` (contents, mode, owner, extended attributes,
 * times; synced), where neither a hard link nor a rename is possible.  `path` names the file in
 * faults.
 */
int replace_copy(int from_dir, const char *from, int to_dir, const char *to, const char *path,
	struct fault *why);

/*
 * temps_name() makes an unused name ".trustfix-<16 hex>". temps_add() adds a temporary file, or a
 * directory that will be empty by then, to the list of names to remove if the run ends early
 * (dir_fd is dup'ed; without memory the name is not added); temps_drop() takes it off the list.
 */
void temps_name(char out[static REPLACE_NAME_LEN]);
bool temps_is_name(const char *name); /* or a longer one that starts with one; never a path */
void temps_add(int dir_fd, const char *name);
void temps_drop(const char *name);

/*
 * Remove the listed names at exit() and on SIGINT, SIGTERM and SIGHUP, then die by that signal.
 * SIGPIPE and SIGXFSZ are ignored, so the write that causes them fails.  SIGCHLD is reset to its
 * default: if a parent left it ignored, waitpid(2) would fail.
 */
void temps_install(void);

#endif
