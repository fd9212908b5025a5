/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_DOCTOR_H
#define TRUSTFIX_DOCTOR_H

/*
 * Run the real programs of this machine against one target.  Each contacts it once as the user
 * would and once without the user's variables and settings, all in parallel.
 *
 * doctor_ask() finds and runs them (the rows of src/client/programs.c that have a `command`).
 * doctor_advise() then says for each that failed what the failure means and what to do, using what
 * trustfix itself found out about the target.
 */

#include "src/doctor/explain.h"
#include "src/find/survey.h"

struct doctor_end_row {
	const char *name; /* in JSON: "ok", "not-trusted", "proxy-refused" */
	const char *word; /* in the table for people */
	const char *why, *todo; /* a sentence each; NULL: depends on the case */
};

extern const struct doctor_end_row doctor_ends[DOCTOR_ENDS];

struct doctor_run {
	enum doctor_end end;
	unsigned http; /* status; 0: unknown */
	int64_t ms;
	char *said; /* the line that shows the cause, printable; NULL: no failure */
};

enum doctor_world {
	DOCTOR_YOURS, /* the user's environment */
	DOCTOR_CLEAN,
	DOCTOR_WORLDS
};

struct doctor_program {
	const struct program *program;
	char *path;
	char *version; /* or NULL */
	char *reads; /* the store or bundle it reported, or its runtime's keystore; NULL: unknown */
	char *settings; /* its answer when asked for its settings; else NULL */
	bool absent; /* it turned out not to be installed */
	struct doctor_run runs[DOCTOR_WORLDS];
	char *why, *uses, *todo; /* a sentence each, or NULL: doctor_advise() */
};

/* The programs, one target, and what came of it. */
struct doctor {
	/* from the caller */
	const struct finding *finding; /* the target, and what trustfix itself found out about it */
	const struct probe_options *peer; /* --proxy, --no-proxy, --connect, credentials */
	int timeout_ms; /* for each program */
	struct view *view; /* the running system */

	struct doctor_program *at;
	size_t n;
	struct names notes;

	char *dir; /* a private directory while they run */
	struct advice command_line; /* for advice */
	const char *ca[2]; /* how it names the CA: "--pin" and its digest, or "--ca" and FILE */
	char *pin;
};

/*
 * Find and run the programs.
 *
 * A program that fails is not a fault.  Signals are held meanwhile; one of them kills the programs.
 * FAULT_SYSTEM: nothing could be run.  FAULT_REFUSED: interrupted.
 */
int doctor_ask(struct doctor *it, struct fault *why);

/* Add the advice.  it->finding also decides results that are unclear from a program's output. */
int doctor_advise(struct doctor *it, struct fault *why);

void doctor_free(struct doctor *it);
CLEANUP_VALUE(doctor, doctor_free)
#define auto_doctor CLEANUP(doctor) struct doctor

/* 3: a program does not trust the target, or does not verify, in the user's environment; else 1:
 * a program fails there; else 0. */
int doctor_status(const struct doctor *it);

/* Interpret a run's exit and output.  `failed`: NULL if it exited with status 0. */
int doctor_read(const struct program *program, const char *output, const struct fault *failed,
	struct doctor_run *ret, struct fault *why);

/* One call of a program: doctor_argv.c. */
struct doctor_call {
	const struct doctor_program *at;
	const char *const *words; /* PROGRAM_WORDS_N: its argv, or what asks for something else */
	const char *dir; /* the value of {dir} */
	bool clean; /* without the user's variables and settings */
};

/*
 * Make the argv (the path first) and environment (NAME=value, each name once) of one run.
 *
 * Both runs use English (LC_ALL) and the same route: the user's proxy variables, or what --proxy
 * and --no-proxy say.  A clean environment has only those variables and the ones needed to find and
 * start a program (PATH, HOME, homes of version managers).  FAULT_SYSTEM: a probe is missing.
 */
int doctor_command_make(const struct doctor *it, const struct doctor_call *call,
	struct names *ret_argv, struct names *ret_env, struct fault *why);

#endif
