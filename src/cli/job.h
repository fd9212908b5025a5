/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_JOB_H
#define TRUSTFIX_JOB_H

/*
 * One run of one command: what was asked, and everything that came of it.
 *
 * main.c makes the job, the command's run() fills what it works on, report.c writes it, job_free()
 * lets it go.  The helpers below turn options into what the rooms below take.
 */

#include "src/x509/pem.h"
#include "src/cli/opt.h"
#include "src/cli/shell.h"
#include "src/net/hostport.h"
#include "src/install/apply.h"
#include "src/find/approve.h"
#include "src/doctor/checkup.h"
#include "src/doctor/unmanaged.h"
#include "src/doctor/explain.h"
#include "src/find/intermediates.h"
#include "src/journal/journal.h"
#include "src/install/listing.h"
#include "src/find/variables.h"

struct job {
	const struct options *options;
	const char *command; /* NULL: the command line names none */
	const char *help; /* what --help or --version prints */

	/* made of the options */
	struct advice advice; /* how a command is named that goes on from here */
	struct proxy proxy;
	char *proxy_auth;
	char *key_pass;
	struct hostport connect;
	struct hostport servername;
	struct image_options image;
	struct names store_words; /* the choice of stores, where it is not --store's */
	char *storepass;
	struct certs public_roots; /* to take a missing one from */
	const char *public_source; /* who has them; NULL: there are none */
	struct survey_options survey_options;
	struct store_naming naming;
	enum pem_encoding encoding;

	/* what came of them */
	struct site site;
	struct survey survey;
	struct captures captures;
	struct names question_notes; /* said before a person is asked for approval */
	struct intermediates intermediates;
	struct outcome outcome;
	struct listing listing;
	struct unmanaged unmanaged; /* verify */
	struct checkups checkups; /* doctor: one per target */
	struct records records;
	struct explanation explanation; /* explain */
	struct variable_files variables; /* env */
	enum shell shell;
	bool is_silent_when_unchanged; /* reapply */
	bool is_check; /* nothing is changed, whatever is found */
	bool wrote_result; /* the bytes of capture or convert are on stdout */
	bool image_on_stdout; /* the report goes elsewhere */
	int status; /* exit status when there is no fault */
	int fault_status; /* that of the fault, 0: what its kind says */
};

void job_free(struct job *job);

/* The options as they are told to a person, into job->advice.  FAULT_SYSTEM: no memory. */
int job_advise(struct job *job, struct fault *why);

/* FAULT_USAGE: --json, and something else that is to go to standard output. */
int job_check_output(const struct options *options, struct fault *why);

/* --timeout, --proxy, --connect, --at, --cert, ... into survey_options.  FAULT_USAGE. */
int job_set_peer(struct job *job, struct fault *why);

/* Which stores a command looks at when --store names none. */
enum job_scope {
	JOB_ALL_STORES,
	JOB_SYSTEM_STORE, /* probe, exec: what programs trust unless told otherwise; only read */
	JOB_NO_STORES, /* undo: the tree and its journal */
};

/* --root, --store, --skip, --storepass-file: open the site. */
int job_open_site(struct job *job, enum job_scope scope, struct fault *why);

/* Find the stores again that are in `store_words`: on record, not asked for. */
int job_use_recorded(struct job *job, struct fault *why);

/* Was the target not trusted before the run, and is now? */
bool job_made_trusted(const struct job *job, const struct finding *finding);

/* Ask these targets, and note what is said of them. */
int job_survey(struct job *job, const struct names *targets, struct fault *why);

/* The approval that the options make; `*ret` borrows from the job. */
int job_approval(struct job *job, size_t targets_n, struct approval **ret, struct fault *why);

/*
 * The CAs that the run is about, approved, into job->captures: of --ca, or of the operands' chains.
 * What the command line may not combine is a FAULT_USAGE.
 */
int job_take_cas(struct job *job, enum job_scope scope, struct fault *why);

/* Their certificates, appended. */
int job_captured_cas(const struct job *job, struct certs *ret, struct fault *why);

/* The SHA-256s (hex) of what trustfix installed in the site, appended; some may be there twice. */
int job_installed(struct job *job, struct names *ret, struct fault *why);

/* Where stdout is not ours, what must be known of the captured CAs goes to stderr. */
int job_tell_captures(const struct job *job, struct fault *why);

/* What the options say of which CA may be taken. */
struct capture_options job_capture_options(const struct job *job);

/* --to; FAULT_USAGE.  Then these certificates to --output or stdout. */
int job_set_encoding(struct job *job, struct fault *why);
int job_write_certs(struct job *job, const struct certs *certs, struct fault *why);

/* Change rows for these certificates (borrowed), allocated. */
int job_change_cas(const struct job *job, const struct certs *certs, struct change_ca **ret,
	struct fault *why);

#endif
