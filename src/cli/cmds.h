/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CMDS_H
#define TRUSTFIX_CMDS_H

/* The only table of commands: dispatch, help and checks of the command line come from it. */

#include "src/cli/job.h"

struct command {
	const char *name;
	unsigned groups; /* which options it takes */
	size_t operands_min;
	size_t operands_max;
	const char *synopsis; /* behind "trustfix NAME " */
	const char *help; /* one sentence */
	int (*run)(struct job *job, struct fault *why);
};

/* The last row's name is NULL. */
extern const struct command commands[];
const struct command *command_named(const char *name);

/* The one that a mistyped name may mean (text_guess()), or NULL. */
const struct command *command_like(const char *name);

int cmd_probe(struct job *job, struct fault *why);
int cmd_capture(struct job *job, struct fault *why);
int cmd_convert(struct job *job, struct fault *why);
int cmd_install(struct job *job, struct fault *why);
int cmd_verify(struct job *job, struct fault *why);
int cmd_list(struct job *job, struct fault *why);
int cmd_remove(struct job *job, struct fault *why);
int cmd_undo(struct job *job, struct fault *why);
int cmd_explain(struct job *job, struct fault *why);
int cmd_env(struct job *job, struct fault *why);
int cmd_exec(struct job *job, struct fault *why);
int cmd_doctor(struct job *job, struct fault *why);
int cmd_reapply(struct job *job, struct fault *why);
int cmd_check(struct job *job, struct fault *why);

/* What install does with job->captures, and reapply with what is on record; check plans the same.
 */
int install_captured(struct job *job, struct fault *why);
int reapply_installed(struct job *job, struct fault *why);

#endif
