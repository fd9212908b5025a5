/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_TERMINAL_H
#define TRUSTFIX_TERMINAL_H

/* A person at a terminal: is there one, and what does it answer? */

#include <stdbool.h>
#include <stdio.h>

#include "src/base/fault.h"

/* Standard input and stderr are both terminals: a question can be asked. */
bool terminal_is_there(void);

/* --color's word, or NULL: is it one?  FAULT_USAGE. */
int terminal_check_color(const char *wish, struct fault *why);

/* Should color go to `out`?  NO_COLOR and TERM=dumb are honored. */
bool terminal_wants_color(FILE *out, const char *wish);

/*
 * Show `question` on stderr and read a line: "yes" or "no", in either case; anything else is asked
 * again, and the end of input is no.  What was typed before the question is thrown away, since it
 * cannot be an answer to it.
 */
bool terminal_says_yes(const char *question);

#endif
