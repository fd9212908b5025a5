/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_SWEEP_H
#define TRUSTFIX_SWEEP_H

/*
 * Removes the temporary files of a run that was killed; used only by host*.c.
 *
 * Once a commit starts, the journal record names the temporary files.  Before that, stage() leaves
 * a note in its keep directory that lists the directories it is about to write to; the note is
 * removed once the record is written.  The next run that takes the lock reads the newest note and
 * removes the files in those directories that have trustfix's temporary names.  Any user may own
 * those directories: whatever cannot be removed, or not in time, stays and is not a fault.
 */

#include "src/fs/disk.h"
#include "src/fs/plan.h"

#define SWEEP_NOTE "staging"
#define SWEEP_END ".new" /* suffix of the names that stage() makes */

/* Write the note into the keep directory. */
int sweep_note(int keep_fd, const struct plan *plan, struct fault *why);

/* Remove the note from the keep directory, if there is one. */
void sweep_forget(struct disk *disk, const char *keep_dir);

/*
 * Sweep the directories that the newest note beside `lock_path` lists.  The caller must hold the
 * lock.
 */
void sweep(struct tree *tree, const char *lock_path);

/*
 * Remove trustfix's temporary files with the suffix `end` from this directory; "": those that put()
 * and revert() make.  The caller must hold the lock.
 */
void sweep_dir(struct tree *tree, const char *dir, const char *end);

#endif
