/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_SHELL_H
#define TRUSTFIX_SHELL_H

/* How to set a variable: one line in the syntax of a shell or file. */

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

/* Look up a shell: "sh" (also bash, zsh, dash and ksh), "fish", "powershell", "docker",
 * "github".  false: unknown. */
bool shell_named(const char *name, enum shell *ret);

/*
 * Append the line with its newline.  FAULT_FORMAT: the value has control characters, which not
 * every shell can express.
 */
int shell_set(
	enum shell shell, const char *name, const char *value, struct buf *out, struct fault *why);

#endif
