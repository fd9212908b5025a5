/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_JOB_H
#define TRUSTFIX_JOB_H

/*
 * One run of one command: its options and its results.
 *
 * main.c makes the job and frees it.  A command's run() calls the helpers below, in this order:
 * site, survey, CAs.
 */

#include "src/cli/opt.h"
#include "src/find/change.h"
#include "src/install/install.h"
#include "src/sys/json.h"

struct command;

struct job {
	const struct command *command; /* NULL: the command line names none */
	struct options options;
	bool is_check; /* only plan */

	/* the results */
	struct site site;
	struct survey survey;
	struct cas cas; /* the CAs of this run */
	struct outcome outcome;

	FILE *out; /* where text goes: stdout, or stderr while an image is written to stdout */
	json_t *own; /* members of the JSON object that only this command has; NULL: none */
	bool stdout_is_taken; /* used by certificates or another program: no report goes there */
	int status; /* exit status when there is no fault */
	int fault_status; /* exit status for a fault; 0: the one for its kind */
};

void job_free(struct job *job);

/* Are the command's options and operands valid together?  FAULT_USAGE. */
int job_check_usage(const struct job *job, struct fault *why);

/* Is it standard output, under whatever name ("/dev/stdout")? */
bool job_is_stdout(const char *path);

/* Complete the structs in job->options with what follows from other options.  Call it once. */
void job_use_options(struct job *job);

/* Which stores a command uses when --store names none. */
enum job_scope {
	JOB_ALL_STORES,
	JOB_SYSTEM_STORE, /* probe, exec: what programs trust unless told otherwise; only read */
	JOB_NO_STORES, /* undo: the tree and its journal */
};

int job_open_site(struct job *job, enum job_scope scope, struct fault *why);

/* Survey these targets, into job->survey. */
int job_survey(struct job *job, const struct names *targets, struct fault *why);

/*
 * Make the approval from the options.  `*ret` borrows from the job, and also borrows `notes`, which
 * are shown with the question (NULL: none).
 */
int job_approval(const struct job *job, size_t targets_n, const struct names *notes,
	struct approval **ret, struct fault *why);

/* Get the CAs of the run, from --ca or the targets' chains, and their approval, into job->cas. */
int job_take_cas(struct job *job, enum job_scope scope, struct fault *why);

/* If stdout is taken, print what the user must know of the captured CAs to stderr. */
int job_tell_captures(const struct job *job, struct fault *why);

/* Add the CAs that trustfix installed in the site, by SHA-256. */
int job_installed(struct job *job, struct cas *ret, struct fault *why);

/* Make the change, or only plan it, into job->outcome. */
int job_change(struct job *job, enum change_kind kind, struct cas *cas, struct fault *why);

/* Write these certificates, encoded as --to says, to the file, or to stdout if `path` is NULL. */
int job_write_certs(
	struct job *job, const struct certs *certs, const char *path, struct fault *why);

#endif
