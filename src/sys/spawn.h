/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_SPAWN_H
#define TRUSTFIX_SPAWN_H

/*
 * Runs a program until it ends: without a shell, with only the given environment, bytes on its
 * standard input, its output captured up to a limit, and a time limit for it and all its children
 * (they have their own process group, which is killed as a whole).  Processes that it leaves
 * running when it ends continue, and their output is lost.
 */

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "src/base/buf.h"
#include "src/base/fault.h"

struct spawn {
	const char *const *argv; /* argv[0] is the path; NULL at the end */
	const char *const *envp; /* NULL at the end */
	const char *cwd; /* NULL: "/" */
	const void *input; /* standard input, may be NULL */
	size_t input_len;
	int timeout_ms;
	bool minds_interrupts; /* kill it when interrupt_check() fails: FAULT_REFUSED */
};

/*
 * Run the program. 0: it ran and exited with status 0.  `output` (may be NULL) gets stdout and
 * stderr as they come; anything beyond its max is dropped.  FAULT_SYSTEM: it could not be run.
 * FAULT_LIMIT: it timed out and was killed.  FAULT_REFUSED: it exited with another status or died
 * by a signal; the text says which.  With `input`, SIGPIPE must be ignored (temps_install() does
 * that), because the program may not read it.
 */
int spawn_run(const struct spawn *spawn, struct buf *output, struct fault *why);

/*
 * Run `work` in a child process without standard streams, for at most `timeout_ms`, because the
 * files it uses may never respond.  Did it finish?
 */
bool spawn_try(void (*work)(void *of), void *of, int timeout_ms);

/*
 * Runs one command in the foreground: with our standard streams, in our process group, on our
 * terminal.
 *
 * spawn_hold_signals() blocks the signals that would end us, so that temporary files made for the
 * command can be removed after it ends; then call spawn_foreground().  Restoring the mask lets a
 * signal that arrived too late take effect.
 */
void spawn_hold_signals(sigset_t *ret_before);

/*
 * Searches PATH for argv[0], as execvp(3) does; the environment is ours; `before` comes from
 * spawn_hold_signals().  A signal sent to us is passed on to the command; the terminal's signals
 * reach it directly.  `*ret_status` is the command's exit status, or 128 plus the number of the
 * signal it died by.  FAULT_SYSTEM: it could not be started, errno in `sys`.
 */
int spawn_foreground(char *const *argv, const sigset_t *before, int *ret_status, struct fault *why);

#endif
