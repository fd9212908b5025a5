/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_SWEEP_H
#define TRUSTFIX_SWEEP_H

/*
 * The temporary files of a run that was killed, for host*.c alone.
 *
 * From the commit on the journal's record names them.  Before, stage() leaves a note in its keep
 * directory: the directories it is about to write to; it goes when the record is there.  Whoever
 * has the lock next reads the newest note and removes what lies there under names of ours.  Those
 * directories may be anybody's: whatever cannot be swept, or not in time, stays and is no fault.
 */

#include "src/fs/disk.h"
#include "src/fs/plan.h"

#define SWEEP_NOTE "staging"
#define SWEEP_END ".new" /* of the names that stage() makes */

/* Write the note. */
int sweep_note(int keep_fd, const struct plan *plan, struct fault *why);

/* Remove the note from the keep directory, if it is there. */
void sweep_forget(struct disk *disk, const char *keep_dir);

/* Sweep by the newest note in the directories beside `lock_path`; the lock is held. */
void sweep(struct tree *tree, const char *lock_path);

/* Sweep this directory of names of ours that end so; "": those of put() and revert().  The lock is
 * held. */
void sweep_dir(struct tree *tree, const char *dir, const char *end);

#endif
