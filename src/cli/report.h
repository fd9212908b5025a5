/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_REPORT_H
#define TRUSTFIX_REPORT_H

/*
 * What several commands print: text for people to job->out, JSON for programs.
 *
 * The JSON is documented in trustfix(1); its fields are promises.  Every maker of JSON gives a new
 * reference, or NULL when there is no memory; a NULL anywhere makes the whole NULL.
 */

#include "src/cli/job.h"
#include "src/diagnose/interceptors.h"

/* ---- text ------------------------------------------------------------------------------------ */

/* The word in green or red, where color is wanted, in a column of that width. */
void report_colored(const struct job *job, bool is_good, int width, const char *word);

/* A path, or a sentence with one in it, out of a tree, which may hold anything. */
void report_plain(const struct job *job, const char *before, const char *text, const char *after);

enum finding_detail {
	FINDING_SHORT, /* what it is, and why */
	FINDING_ADVICE, /* and what to do, and how it was reached */
	FINDING_WHOLE, /* and the chain */
};

int report_finding(const struct job *job, const struct finding *finding, enum finding_detail detail,
	struct fault *why);
int report_findings(const struct job *job, enum finding_detail detail, struct fault *why);

/* Where there are several trees: which one the stores from the i-th on are in. */
void report_tree(const struct job *job, size_t i);

/* The outcome's stores, its notes and edits.  `all_clients`: those that trust, too. */
void report_stores(const struct job *job, bool has_state, bool all_clients);
void report_notes(const struct job *job);

/* "a.test:443, b.test:443 and 3 more": the targets. */
void report_targets(const struct job *job);

/* How many stores are not as before. */
size_t report_changed_n(const struct outcome *outcome);

/* What install, remove and reapply did, or would do. */
int report_change(const struct job *job, struct fault *why);

/* The report cannot be written: say that the change was made, if it was.  Returns -1. */
int report_lost(const struct job *job, struct fault *why);

/* ---- JSON ------------------------------------------------------------------------------------ */

/* An object; the last member's key is NULL. */
struct json_member {
	const char *key;
	json_t *value;
};

json_t *json_object_of(const struct json_member *members);

/* With its PEM, so that no second run is needed for it. */
json_t *json_cert(struct cert *cert, bool with_pem, struct fault *why);
json_t *json_certs(const struct certs *certs, struct fault *why);
json_t *json_interceptor(const struct interceptor *interceptor);
json_t *json_time(time_t when);

/* The outcome's stores in their trees; `is_listed`: and what is in each of them. */
json_t *report_trees(const struct job *job, bool is_listed, struct fault *why);

/* A member that only this command has, into job->own.  FAULT_SYSTEM: no memory, or `value` NULL. */
int report_member(struct job *job, const char *key, json_t *value, struct fault *why);

/* The whole object, to stdout. */
int report_json(const struct job *job, const struct fault *failed, struct fault *why);

/* A target or a CA of which the run proves nothing, and why. */
struct unproven {
	const char *target; /* its label; NULL: it is about a CA */
	char *why; /* NULL: it is proven, or nothing was to be proven */
	const char *todo;
};

/* The i-th of the targets, and after them of the CAs. */
int report_unproven(const struct job *job, size_t i, struct unproven *ret, struct fault *why);

/* Was the target not trusted before the run, and is now? */
bool report_made_trusted(const struct job *job, const struct finding *finding);

#endif
