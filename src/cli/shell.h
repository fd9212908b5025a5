/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_SHELL_H
#define TRUSTFIX_SHELL_H

/* How a variable is set where it is to be set: a line for each kind of shell or file. */

#include <stdbool.h>

#include "src/base/buf.h"

enum shell {
	SHELL_SH, /* POSIX sh, bash, zsh: export NAME='value' */
	SHELL_FISH,
	SHELL_POWERSHELL,
	SHELL_DOCKER, /* an ENV line of a Dockerfile */
	SHELL_GITHUB, /* a line of the file that $GITHUB_ENV names */
	SHELLS
};

/* "sh" (bash, zsh, dash and ksh too), "fish", "powershell", "docker", "github" into *ret; false:
 * none of them. */
bool shell_named(const char *name, enum shell *ret);

/*
 * Append the line, with its newline.  FAULT_FORMAT: a value with control characters, which not all
 * of them can write.
 */
int shell_set(
	enum shell shell, const char *name, const char *value, struct buf *out, struct fault *why);

#endif
