/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CHECKUP_H
#define TRUSTFIX_CHECKUP_H

/*
 * One target and the real programs of this machine: each asks it once as the user would and once
 * without the user's variables and settings, all side by side.
 *
 * checkup_run() finds and runs them (src/doctor/programs.h); checkup_explain() says of each that
 * failed what that means and what to do, with what trustfix itself found out about the target.
 */

#include "src/doctor/programs.h"
#include "src/find/survey.h"
#include "src/doctor/explain.h"

enum checkup_end {
	CHECKUP_OK, /* it trusted, whatever HTTP said then */
	CHECKUP_UNTRUSTED,
	CHECKUP_UNVERIFIED, /* it took whatever was presented: verification is turned off */
	CHECKUP_CLIENT_CERT,
	CHECKUP_PROXY_AUTH,
	CHECKUP_PROXY_REFUSED,
	CHECKUP_NOT_TLS,
	CHECKUP_NO_NAME,
	CHECKUP_UNREACHABLE,
	CHECKUP_TIMEOUT,
	CHECKUP_FAILED, /* in a way that is not known */
	CHECKUP_UNASKED, /* it cannot be asked; `said` tells why */
	CHECKUP_ENDS
};

/* "ok", "not-trusted", "proxy-refused", ... as in JSON. */
const char *checkup_end_name(enum checkup_end end);

struct checkup_run {
	enum checkup_end end;
	unsigned http; /* status; 0: none is known */
	int64_t ms;
	char *said; /* the line that tells, printable; NULL when it was fine */
};

enum checkup_world {
	CHECKUP_YOURS, /* the user's environment */
	CHECKUP_CLEAN,
	CHECKUP_WORLDS
};

struct patient {
	const struct program *program;
	char *path;
	char *version; /* or NULL */
	char *reads; /* the store or bundle it told, or its runtime's keystore; NULL: unknown */
	char *settings; /* what it said of them, where it was asked; else NULL */
	bool absent; /* it turned out not to be there */
	struct checkup_run runs[CHECKUP_WORLDS];
	char *why, *uses, *todo; /* a sentence each, or NULL: checkup_explain() */
};

struct checkup {
	struct patient *at;
	size_t n;
	struct names notes;
};

struct checkups {
	struct checkup *at;
	size_t n;
};

struct checkup_case {
	const struct target *target;
	const struct survey_options *options; /* --proxy, --no-proxy, --connect, credentials */
	int timeout_ms; /* of each program */
	struct view *view; /* of the running system */
	void (*beside)(void *arg); /* run side by side with the programs; may be NULL */
	void *arg;
};

/*
 * What a program does is no fault.  Signals are held back meanwhile: one ends the programs.
 * FAULT_SYSTEM: nothing could be run.  FAULT_REFUSED: interrupted.
 */
int checkup_run(const struct checkup_case *it, struct checkup *ret, struct fault *why);

/* `finding`: of the same target.  Ends that only it makes plain are settled by it. */
int checkup_explain(struct checkup *checkup, const struct finding *finding, struct view *view,
	struct fault *why);

void checkup_free(struct checkup *checkup);
CLEANUP_VALUE(checkup, checkup_free)
void checkups_free(struct checkups *checkups);
CLEANUP_VALUE(checkups, checkups_free)

/* 3: one does not trust in the user's environment; else 1: one fails there; else 0. */
int checkup_status(const struct checkup *checkup);

/* For tests: what the end and the output of a run mean.  `failed`: NULL when it left with 0. */
int checkup_read(const struct program *program, const char *output, const struct fault *failed,
	struct checkup_run *ret, struct fault *why);

#endif
