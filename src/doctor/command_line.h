/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_COMMAND_LINE_H
#define TRUSTFIX_COMMAND_LINE_H

/* How one of the programs of programs.h is called: its words and its environment. */

#include "src/doctor/programs.h"
#include "src/find/survey.h"

struct command_line_case {
	const struct program *program;
	const char *path; /* the program */
	const struct target *target;
	const struct survey_options *options;
	const char *dir; /* what {dir} stands for */
	const char *const *environ; /* the user's, NULL at the end */
	bool clean; /* without the user's variables and settings */
};

struct command_line {
	struct names argv; /* the path first */
	struct names env; /* NAME=value, each name once */
};

/*
 * Both runs speak English (LC_ALL) and take the same road: the user's proxy variables, or what
 * --proxy and --no-proxy make of them.  A clean environment has those, and what a program needs to
 * be found and started (PATH, HOME, homes of version managers), and nothing else.
 * FAULT_SYSTEM: a probe is missing.
 */
int command_line_make(
	const struct command_line_case *it, struct command_line *ret, struct fault *why);
void command_line_free(struct command_line *command_line);
CLEANUP_VALUE(command_line, command_line_free)

/* The names as an argv or envp, borrowed from them, allocated; NULL: no memory. */
const char **command_line_vector(const struct names *names);

#endif
