/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_REPORT_H
#define TRUSTFIX_REPORT_H

/*
 * The only writer of results: text for people, JSON for programs, out of the same job.
 *
 * The JSON is documented in trustfix(1); its fields are promises.
 */

#include <stdio.h>

#include "src/cli/job.h"

/*
 * What came of the job.  `failed` is the run's fault, or NULL; in text it is not written here
 * (main.c does, to stderr).  FAULT_SYSTEM: out of memory.
 */
int report_text(FILE *out, const struct job *job, const struct fault *failed, bool color,
	struct fault *why);
int report_json(FILE *out, const struct job *job, const struct fault *failed, struct fault *why);

/*
 * Why the run does not prove the target, a sentence, allocated; NULL: it does, or nothing was to be
 * proven.
 */
int report_unproven(const struct job *job, size_t target, char **ret, struct fault *why);

/* The same for the CA captures.at[i], where others are proven; else `*ret` stays NULL. */
int report_unproven_ca(const struct job *job, size_t i, char **ret, struct fault *why);

/* A line for each target that was trusted by other means, and for each CA that is not proven. */
int report_unproven_all(FILE *out, const struct job *job, struct fault *why);

/* What the last line says of the targets, which were asked: ", all proven against pypi.org:443". */
void report_proof(FILE *out, const struct job *job);
/* "a.test:443, b.test:443": the targets, of many only some; and how many stores are not as before.
 */
void report_targets(FILE *out, const struct job *job);
size_t report_changed_n(const struct outcome *outcome);

/*
 * check's last line: "everything is in place; trusted: pypi.org:443", "2 stores would change,
 * 1 unchanged".
 */
void report_checked(FILE *out, const struct job *job);

/* doctor's table for one target, and what it says of each program that failed. */
void report_checkup(FILE *out, const struct checkup *checkup, bool color);

#endif
