/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_SCRATCH_H
#define TRUSTFIX_SCRATCH_H

/* A private directory on a real disk, for unit tests; every function ends the test when it cannot.
 */

#include <stdbool.h>
#include <sys/types.h>

/* A new one, below the build directory; scratch_remove() takes it away with all that is in it. */
char *scratch_make(void);
void scratch_remove(char *dir);

/* "dir/name", in one of eight static buffers. */
const char *scratch_path(const char *dir, const char *name);

/* Make a file or a link, and its parents; what is there is replaced. */
void scratch_write(const char *dir, const char *name, const char *text, mode_t mode);
void scratch_link(const char *dir, const char *name, const char *target);

/* The file's text is this; its permission bits. */
void scratch_holds(const char *dir, const char *name, const char *text);
int scratch_mode(const char *dir, const char *name);

/* Remove this empty directory and its parents as far as they are empty. */
void scratch_rmdir_parents(const char *dir, const char *name);

/* All that is there, sorted, allocated: kind, mode, owner, bytes; with inodes and times of files if
 * asked. */
char *scratch_dump(const char *dir, bool inodes);

#endif
