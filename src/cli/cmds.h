/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CMDS_H
#define TRUSTFIX_CMDS_H

/*
 * The only table of commands, for dispatch and for the help.
 *
 * A command does its work, then prints the result as text, or adds its own members to the job's
 * JSON (report.h).  main.c prints the fault of a failed run.
 */

#include "src/cli/job.h"

enum {
	CMD_PROBE = 1u << 0,
	CMD_CAPTURE = 1u << 1,
	CMD_CONVERT = 1u << 2,
	CMD_INSTALL = 1u << 3,
	CMD_VERIFY = 1u << 4,
	CMD_CHECK = 1u << 5,
	CMD_LIST = 1u << 6,
	CMD_REMOVE = 1u << 7,
	CMD_UNDO = 1u << 8,
	CMD_REAPPLY = 1u << 9,
	CMD_EXPLAIN = 1u << 10,
	CMD_ENV = 1u << 11,
	CMD_EXEC = 1u << 12,
	CMD_DOCTOR = 1u << 13,
};

struct command {
	const char *name;
	unsigned bit; /* for sets of commands */
	size_t operands_min;
	size_t operands_max;
	const char *synopsis; /* after "trustfix NAME " */
	const char *help; /* one sentence */
	int (*run)(struct job *job, struct fault *why);
};

/* The last row's name is NULL. */
extern const struct command commands[];
const struct command *command_named(const char *name);

/* The command that a mistyped name may mean (text_guess()), or NULL. */
const struct command *command_like(const char *name);

int cmd_probe(struct job *job, struct fault *why);
int cmd_capture(struct job *job, struct fault *why);
int cmd_convert(struct job *job, struct fault *why);
int cmd_install(struct job *job, struct fault *why);
int cmd_verify(struct job *job, struct fault *why);
int cmd_check(struct job *job, struct fault *why);
int cmd_list(struct job *job, struct fault *why);
int cmd_remove(struct job *job, struct fault *why);
int cmd_undo(struct job *job, struct fault *why);
int cmd_reapply(struct job *job, struct fault *why);
int cmd_explain(struct job *job, struct fault *why);
int cmd_env(struct job *job, struct fault *why);
int cmd_exec(struct job *job, struct fault *why);
int cmd_doctor(struct job *job, struct fault *why);

/* Reapply the CAs on record; check only plans them. */
int reapply_installed(struct job *job, struct fault *why);

/* ---- env: a variable in the syntax of a shell or file ---------------------------------------- */

struct shell;

/* "sh" (also bash, zsh, dash and ksh), "fish", "powershell", "docker" (an ENV line of a
 * Dockerfile), "github" (a line of the file that $GITHUB_ENV names); NULL: unknown. */
const struct shell *shell_named(const char *name);

/*
 * Append the line with its newline.  FAULT_FORMAT: the value has control characters, which not
 * every shell can express.
 */
int shell_set(const struct shell *shell, const char *name, const char *value, struct buf *out,
	struct fault *why);

/* ---- JSON that only one command has ---------------------------------------------------------- */

struct cas;
struct records;
json_t *capture_intermediates_json(const struct cas *found, struct fault *why);
json_t *undo_records_json(const struct records *records);

#endif
