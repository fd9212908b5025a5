/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_TERMINAL_H
#define TRUSTFIX_TERMINAL_H

/* Is a person at a terminal, and what do they answer? */

#include <stdbool.h>
#include <stdio.h>

/* Are standard input and stderr both terminals, so that a question can be asked? */
bool terminal_is_there(void);

/* Should output to `out` be colored?  `wish` is --color's argument or NULL.  NO_COLOR and TERM=dumb
 * are honored. */
bool terminal_wants_color(FILE *out, const char *wish);

/*
 * Show `question` on stderr and read a line: "yes" or "no", in upper or lower case.  Any other
 * answer repeats the question; end of input means no.  Anything typed before the question is
 * discarded, because it cannot be an answer to it.
 */
bool terminal_says_yes(const char *question);

#endif
