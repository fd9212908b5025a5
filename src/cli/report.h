/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_REPORT_H
#define TRUSTFIX_REPORT_H

/*
 * What several commands print: text for people to job->out, JSON for programs.
 *
 * The JSON is documented in trustfix(1); its fields are promises.  Every function that makes JSON
 * returns a new reference, or NULL if there is no memory; a NULL anywhere makes the whole NULL.
 */

#include "src/cli/job.h"
#include "src/diagnose/interceptors.h"

/* ---- text ------------------------------------------------------------------------------------ */

/* Print the word in green or red, if color is wanted, padded to `width`. */
void report_colored(const struct job *job, bool is_good, int width, const char *word);

/* Print untrusted text from a tree, such as a path or a sentence with one, made printable. */
void report_plain(const struct job *job, const char *before, const char *text, const char *after);

enum finding_detail {
	FINDING_SHORT, /* the verdict and the reason */
	FINDING_ADVICE, /* also what to do, and how the target was reached */
	FINDING_WHOLE, /* also the chain */
};

int report_finding(const struct job *job, const struct finding *finding, enum finding_detail detail,
	struct fault *why);
int report_findings(const struct job *job, enum finding_detail detail, struct fault *why);

/* With several trees, print which one the stores from the i-th on are in. */
void report_tree(const struct job *job, size_t i);

/* Print the outcome's stores, notes and edits.  `all_clients`: also those that trust. */
void report_stores(const struct job *job, bool has_state, bool all_clients);
void report_notes(const struct job *job);

/* Print the targets: "a.test:443, b.test:443 and 3 more". */
void report_targets(const struct job *job, bool only_proven);

/* The number of stores that changed or would change. */
size_t report_changed_n(const struct outcome *outcome);

/* Print what install, remove and reapply did or would do. */
int report_change(const struct job *job, struct fault *why);

/* The report is lost: add to `why` that the change was made, if it was.  Returns -1. */
int report_lost(const struct job *job, struct fault *why);

/* ---- JSON ------------------------------------------------------------------------------------ */

/* An object; the last member's key is NULL. */
struct json_member {
	const char *key;
	json_t *value;
};

json_t *json_object_of(const struct json_member *members);

/* `with_pem` adds the PEM, which saves a second run. */
json_t *json_cert(struct cert *cert, bool with_pem, struct fault *why);
json_t *json_certs(const struct certs *certs, struct fault *why);
json_t *json_interceptor(const struct interceptor *interceptor);
json_t *json_time(time_t when);

/* Add a member that only this command has to job->own.  FAULT_SYSTEM: no memory, or `value` is
 * NULL. */
int report_member(struct job *job, const char *key, json_t *value, struct fault *why);

/* Print the whole object to stdout. */
int report_json(const struct job *job, const struct fault *failed, struct fault *why);

/* A target or CA that the run does not prove, and why. */
struct unproven {
	const char *target; /* the target's label; NULL: this is a CA */
	char *why; /* NULL: proven, or no proof needed */
	const char *todo;
};

/* Look at item i: the targets come first, then the CAs. */
int report_unproven(const struct job *job, size_t i, struct unproven *ret, struct fault *why);

/* Did the run make the target trusted? */
bool report_made_trusted(const struct job *job, const struct finding *finding);

#endif
