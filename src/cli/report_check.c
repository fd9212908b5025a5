/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "src/cli/report.h"

void report_targets(FILE *out, const struct job *job)
{
	size_t n = job->survey.n;

	for (size_t i = 0; i < n && i < 4; i++)
		fprintf(out, "%s%s", i ? ", " : "", job->survey.targets[i].label);
	if (n > 4)
		fprintf(out, " and %zu more", n - 4);
}

size_t report_changed_n(const struct outcome *outcome)
{
	size_t n = 0;

	for (size_t i = 0; i < outcome->n; i++)
		n += outcome->at[i].state != STORE_UNCHANGED;
	return n;
}

void report_checked(FILE *out, const struct job *job)
{
	const struct outcome *outcome = &job->outcome;
	size_t changed = report_changed_n(outcome);

	if (changed)
		fprintf(out, "%zu %s would change, %zu unchanged", changed,
			changed == 1 ? "store" : "stores", outcome->n - changed);
	else if (outcome->would_change)
		fputs(outcome->interrupted ? "an interrupted run must be rolled back"
					   : "trustfix's own record would change",
			out);
	else if (outcome->n == 0)
		fputs("trustfix has installed nothing here", out);
	else
		fputs("everything is in place", out);
	for (size_t i = 0; job->status == 3 && i < job->survey.n; i++)
		if (!job->survey.at[i].diagnosis.trusted_here) {
			fprintf(out, ", but %s is not trusted", job->survey.targets[i].label);
			break;
		}
	if (job->status == 6 && !outcome->would_change)
		fprintf(out, ", but a CA expires within %s %s", job->options->expires_within,
			strcmp(job->options->expires_within, "1") == 0 ? "day" : "days");
	if (job->status == 0 && outcome->asked_peers) {
		fputs(", and ", out);
		report_targets(out, job);
		fputs(job->survey.n == 1 ? " is trusted" : " are trusted", out);
	}
	fputc('\n', out);
}
