/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_SPAWN_H
#define TRUSTFIX_SPAWN_H

/*
 * Run a program to its end: no shell, only the environment that is given, bytes on its standard
 * input, its output captured with a ceiling, a time limit for it and all its children (they are in
 * a process group of their own, killed as one).  What it leaves running when it ends goes on, and
 * what that prints is nobody's.
 */

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/buf.h"
#include "src/base/fault.h"

struct spawn {
	const char *const *argv; /* argv[0] is the path; NULL at the end */
	const char *const *envp; /* NULL at the end */
	const char *cwd; /* NULL: "/" */
	const void *input; /* standard input, may be NULL */
	size_t input_len;
	int timeout_ms;
	bool minds_interrupts; /* end it when interrupt_check() says so: FAULT_REFUSED */
};

/*
 * Run it.  0: it ran and left with status 0.  `output` (may be NULL) gets stdout and stderr as they
 * come; what is beyond its max is dropped.  FAULT_SYSTEM: could not be run.  FAULT_LIMIT: ran too
 * long and was killed.  FAULT_REFUSED: left with another status or died by a signal; the text says
 * which.  With `input`, SIGPIPE must be ignored (temps_install() does): it need not read it.
 */
int spawn_run(const struct spawn *spawn, struct buf *output, struct fault *why);

/*
 * Do `work` in a child of our own that has no standard streams, for at most that long: what it
 * touches may never answer.  Did it come to its end?
 */
bool spawn_try(void (*work)(void *of), void *of, int timeout_ms);

/*
 * Run one command in the foreground: with our standard streams, in our process group, on our
 * terminal.
 *
 * spawn_hold_signals() makes the signals wait that would end us, so that what was made for the
 * command can be removed after it; spawn_foreground(); spawn_release_signals() lets one that came
 * too late take effect.
 */
void spawn_hold_signals(sigset_t *ret_before);
void spawn_release_signals(const sigset_t *before);

/*
 * argv[0] is looked for in PATH, as execvp(3) does; the environment is ours; `before` is
 * spawn_hold_signals()'s.  A signal that somebody sends to us is passed on; those of the terminal
 * reach the command by themselves.  `*ret_status` is the command's, or 128 and the number of the
 * signal it died by.  FAULT_SYSTEM: it could not be started, errno in `sys`.
 */
int spawn_foreground(char *const *argv, const sigset_t *before, int *ret_status, struct fault *why);

#endif
