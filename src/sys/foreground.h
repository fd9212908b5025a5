/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_FOREGROUND_H
#define TRUSTFIX_FOREGROUND_H

/*
 * Run one command in the foreground: with our standard streams, in our process group, on our
 * terminal.
 *
 * child_hold() makes the signals wait that would end us, so that what was made for the command can
 * be taken away after it; child_run(); child_release() lets one that came too late take effect.
 */

#include <signal.h>

#include "src/base/fault.h"

void foreground_hold(sigset_t *ret_before);
void foreground_release(const sigset_t *before);

/*
 * argv[0] is looked for in PATH, as execvp(3) does; the environment is ours; `before` is
 * child_hold()'s.  A signal that somebody sends to us is passed on; those of the terminal reach the
 * command by themselves.  `*ret_status` is the command's, or 128 and the number of the signal it
 * died by.  FAULT_SYSTEM: it could not be started, errno in `sys`.
 */
int foreground_run(char *const *argv, const sigset_t *before, int *ret_status, struct fault *why);

#endif
