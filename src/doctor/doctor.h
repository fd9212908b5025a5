/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_DOCTOR_H
#define TRUSTFIX_DOCTOR_H

/*
 * One target and the real programs of this machine: each asks it once as the user would and once
 * without the user's variables and settings, all side by side.
 *
 * doctor_ask() finds and runs them (those rows of src/client/programs.c that have a `command`);
 * doctor_advise() says of each that failed what that means and what to do, with what trustfix
 * itself found out about the target.
 */

#include "src/doctor/explain.h"
#include "src/find/survey.h"

struct doctor_end_row {
	const char *name; /* in JSON: "ok", "not-trusted", "proxy-refused" */
	const char *why, *todo; /* a sentence each, or NULL: there is more to say than that */
};

extern const struct doctor_end_row doctor_ends[DOCTOR_ENDS];

static inline const char *doctor_end_name(enum doctor_end end)
{
	return doctor_ends[end].name;
}

struct doctor_run {
	enum doctor_end end;
	unsigned http; /* status; 0: none is known */
	int64_t ms;
	char *said; /* the line that tells, printable; NULL when it was fine */
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
	char *reads; /* the store or bundle it told, or its runtime's keystore; NULL: unknown */
	char *settings; /* what it said of them, where it was asked; else NULL */
	bool absent; /* it turned out not to be there */
	struct doctor_run runs[DOCTOR_WORLDS];
	char *why, *uses, *todo; /* a sentence each, or NULL: doctor_advise() */
};

struct doctor_report {
	struct doctor_program *at;
	size_t n;
	struct names notes;
};

struct doctor_case {
	const struct target *target;
	const struct survey_options *options; /* --proxy, --no-proxy, --connect, credentials */
	int timeout_ms; /* of each program */
	struct view *view; /* of the running system */
};

/*
 * What a program does is no fault.  Signals are held back meanwhile: one ends the programs.
 * FAULT_SYSTEM: nothing could be run.  FAULT_REFUSED: interrupted.
 */
int doctor_ask(const struct doctor_case *it, struct doctor_report *ret, struct fault *why);

/* `finding`: of the same target.  Ends that only it makes plain are settled by it. */
int doctor_advise(struct doctor_report *report, const struct finding *finding, struct view *view,
	struct fault *why);

void doctor_report_free(struct doctor_report *report);
CLEANUP_VALUE(doctor_report, doctor_report_free)
#define auto_doctor_report CLEANUP(doctor_report) struct doctor_report

/* 3: one does not trust in the user's environment; else 1: one fails there; else 0. */
int doctor_status(const struct doctor_report *report);

/* What the end and the output of a run mean.  `failed`: NULL when it left with 0. */
int doctor_read(const struct program *program, const char *output, const struct fault *failed,
	struct doctor_run *ret, struct fault *why);

/* How a program is called: doctor_command.c. */
struct doctor_command_case {
	const struct program *program;
	const char *const *words; /* its argv, or what else it is asked; PROGRAM_WORDS_N */
	const char *path; /* the program */
	const struct target *target;
	const struct probe_options *peer;
	const char *dir; /* what {dir} stands for */
	bool clean; /* without the user's variables and settings */
};

struct doctor_command {
	struct names argv; /* the path first */
	struct names env; /* NAME=value, each name once */
};

/*
 * Both runs speak English (LC_ALL) and take the same road: the user's proxy variables, or what
 * --proxy and --no-proxy make of them.  A clean environment has those, and what a program needs to
 * be found and started (PATH, HOME, homes of version managers), and nothing else.
 * FAULT_SYSTEM: a probe is missing.
 */
int doctor_command_make(
	const struct doctor_command_case *it, struct doctor_command *ret, struct fault *why);
void doctor_command_free(struct doctor_command *command);
CLEANUP_VALUE(doctor_command, doctor_command_free)

#endif
