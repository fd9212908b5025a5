/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/cmds.h"
#include "src/cli/report.h"
#include "src/doctor/unmanaged.h"

static json_t *unmanaged_json(const struct unmanaged *unmanaged)
{
	json_t *json = json_array();

	for (size_t i = 0; json && i < unmanaged->n; i++) {
		const struct unmanaged_program *program = &unmanaged->at[i];

		json = json_and(json,
			json_pack("{s:o, s:s, s:o, s:I, s:o, s:o}", "tree",
				json_shown(program->tree), "program", program->name, "path",
				json_shown(program->path), "more", (json_int_t)program->more_n,
				"reads", json_shown(program->reads), "todo",
				json_shown(program->help)));
	}
	return json;
}

static int write_verified(
	const struct job *job, const struct unmanaged *unmanaged, struct fault *why)
{
	if (report_findings(job, FINDING_ADVICE, why) < 0)
		return -1;
	report_stores(job, false, true);
	for (size_t i = 0; i < unmanaged->n; i++) {
		const struct unmanaged_program *program = &unmanaged->at[i];

		if (job->site.trees_n > 1)
			report_plain(job, "", program->tree, ": ");
		report_plain(job, "", program->path, "  ");
		fprintf(job->out, "%s uses none of the stores above", program->name);
		if (program->more_n)
			fprintf(job->out, " (and %zu more)", program->more_n);
		fprintf(job->out, "\n  reads   %s\n  do      %s\n", program->reads, program->help);
	}
	return 0;
}

int cmd_verify(struct job *job, struct fault *why)
{
	CLEANUP(unmanaged) struct unmanaged unmanaged = {0};
	bool holds = false;

	if (job_open_site(job, JOB_ALL_STORES, why) < 0 ||
		job_survey(job, &job->options.operands, why) < 0 ||
		outcome_verify(&job->outcome, &job->site, &job->survey, &holds, why) < 0)
		return -1;
	job->status = holds ? 0 : 3;
	/* --store asks about certain stores, not about other programs. */
	for (size_t i = 0; i < job->site.trees_n && job->options.stores.n == 0; i++)
		if (unmanaged_find(&job->site.trees[i].view, &unmanaged, why) < 0)
			return -1;
	return job->options.json ? report_member(job, "elsewhere", unmanaged_json(&unmanaged), why)
				 : write_verified(job, &unmanaged, why);
}
