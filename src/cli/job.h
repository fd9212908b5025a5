/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_JOB_H
#define TRUSTFIX_JOB_H

/*
 * One run of one command: what was asked, and what came of it.
 *
 * main.c makes the job and frees it; a command's run() calls the helpers below, which turn options
 * into what the rooms below take, in their order: peer, site, survey, CAs.
 */

#include "src/cli/opt.h"
#include "src/find/approve.h"
#include "src/install/install.h"
#include "src/net/hostport.h"
#include "src/sys/json.h"

struct command;

struct job {
	const struct command *command; /* NULL: the command line names none */
	const struct options *options;
	struct advice advice; /* how the commands that a person is told to run are written */

	/* what the options say of peers and places */
	struct survey_options survey_options;
	struct proxy proxy;
	struct hostport connect;
	struct hostport servername;
	char *proxy_auth;
	char *key_pass;
	char *storepass;
	struct image_options image;
	struct names store_words; /* the choice of stores, where it is not --store's */
	bool is_check; /* only plan, whatever is found */

	/* what came of them */
	struct site site;
	struct survey survey;
	struct cas cas; /* what the run is about */
	struct outcome outcome;

	FILE *out; /* where the text goes: stdout, or stderr while an image is written there */
	json_t *own; /* members of the JSON object that only this command has; NULL: none */
	bool stdout_is_taken; /* by certificates or by another program: nothing is reported there */
	int status; /* exit status when there is no fault */
	int fault_status; /* that of the fault; 0: what its kind says */
};

void job_free(struct job *job);

/* Is this command line one that the command can run with?  FAULT_USAGE. */
int job_check_usage(const struct job *job, struct fault *why);

/* Is it standard output, under whatever name ("/dev/stdout")? */
bool job_is_stdout(const char *path);

/* The options as they are told to a person, into job->advice.  FAULT_SYSTEM: no memory. */
int job_advise(struct job *job, struct fault *why);

/* --timeout, --proxy, --connect, --at, --cert, ... into survey_options.  FAULT_USAGE. */
int job_set_peer(struct job *job, struct fault *why);

/* Which stores a command looks at when --store names none. */
enum job_scope {
	JOB_ALL_STORES,
	JOB_SYSTEM_STORE, /* probe, exec: what programs trust unless told otherwise; only read */
	JOB_NO_STORES, /* undo: the tree and its journal */
};

/* --root, --image, --store, --skip, --storepass-file: open the site. */
int job_open_site(struct job *job, enum job_scope scope, struct fault *why);

/* Ask these targets. */
int job_survey(struct job *job, const struct names *targets, struct fault *why);

/*
 * The approval that the options make; `*ret` borrows from the job, and `notes`, which are shown
 * with the question (NULL: none).
 */
int job_approval(struct job *job, size_t targets_n, const struct names *notes,
	struct approval **ret, struct fault *why);

/* What the options say of which CA may be taken. */
struct capture_options job_capture_options(const struct job *job);

/* The CAs that the run is about, approved, into job->cas: from --ca or the targets' chains. */
int job_take_cas(struct job *job, enum job_scope scope, struct fault *why);

/* Where stdout is not ours, what must be known of the captured CAs goes to stderr. */
int job_tell_captures(const struct job *job, struct fault *why);

/* What trustfix installed in the site, added by its SHA-256s. */
int job_installed(struct job *job, struct cas *ret, struct fault *why);

/* These certificates, encoded as --to says, to --output or stdout. */
int job_write_certs(struct job *job, const struct certs *certs, struct fault *why);

#endif
