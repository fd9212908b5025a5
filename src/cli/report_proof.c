/* SPDX-License-Identifier: Apache-2.0 */
/* What an install proved, and what it did not. */
#include "src/base/text.h"
#include "src/cli/report.h"

int report_unproven(const struct job *job, size_t target, char **ret, struct fault *why)
{
	const struct outcome *outcome = &job->outcome;
	auto_cert_facts facts = {0};

	if (target >= outcome->ends_n || job->captures.n == 0)
		return 0;
	if (outcome->ends[target].uses_ca)
		return job->survey.prober
			       ? 0
			       : text_set(ret, why,
					 "checked against a recorded chain; no server contacted");
	if (!outcome->ends[target].other)
		return text_set(ret, why, "not judged by any store");
	if (cert_facts_make(outcome->ends[target].other, &facts, why) < 0)
		return -1;
	return text_set(
		ret, why, "already trusted by other means: its path ends at '%s'", facts.subject);
}

int report_unproven_ca(const struct job *job, size_t i, char **ret, struct fault *why)
{
	auto_cert_facts facts = {0};

	if (!outcome_ends_proven(&job->outcome) ||
		outcome_proves(&job->outcome, job->captures.at[i].ca))
		return 0;
	if (cert_facts_make(job->captures.at[i].ca, &facts, why) < 0)
		return -1;
	return text_set(
		ret, why, "'%s' is not proven: no target's chain leads to it", facts.subject);
}

int report_unproven_all(FILE *out, const struct job *job, struct fault *why)
{
	for (size_t i = 0; i < job->survey.n; i++) {
		auto_free char *text = NULL;

		if (report_unproven(job, i, &text, why) < 0)
			return -1;
		if (text && !job->outcome.ends[i].uses_ca)
			fprintf(out, "%s is %s\n", job->survey.targets[i].label, text);
	}
	for (size_t i = 0; i < job->captures.n; i++) {
		auto_free char *text = NULL;

		if (report_unproven_ca(job, i, &text, why) < 0)
			return -1;
		if (text)
			fprintf(out, "%s\n", text);
	}
	return 0;
}

static void write_targets_proven(FILE *out, const struct job *job)
{
	size_t n = 0;

	for (size_t i = 0; i < job->survey.n; i++)
		if (job->outcome.ends[i].uses_ca && n++ < 4)
			fprintf(out, "%s%s", n > 1 ? ", " : "", job->survey.targets[i].label);
	if (n > 4)
		fprintf(out, " and %zu more", n - 4);
}

void report_proof(FILE *out, const struct job *job)
{
	bool would = job->options->dry_run;
	size_t n = outcome_ends_proven(&job->outcome);
	const char *read_back = would ? "" : ", checked by reading it back";
	bool is_all = n == job->survey.n;
	char at[TEXT_TIME_LEN];

	for (size_t i = 0; i < job->captures.n; i++)
		is_all = is_all && outcome_proves(&job->outcome, job->captures.at[i].ca);
	if (job->captures.n == 0) {
		fputs("; no CA was needed", out);
	} else if (n == 0) {
		fprintf(out, "%s; not proven: no target's chain leads to %s", read_back,
			job->captures.n == 1 ? "this CA" : "these CAs");
	} else if (!job->survey.prober) {
		fprintf(out, ", %s a recorded chain; no server contacted",
			would ? "would be checked against"
			      : "checked by reading it back and against");
	} else {
		fprintf(out, ", %sproven against ", would ? "would be " : is_all ? "all " : "");
		write_targets_proven(out, job);
	}
	if (n && job->options->at) {
		text_time(job->survey_options.at, at);
		fprintf(out, ", as of %s", at);
	}
}
