/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/cmds.h"
#include "src/cli/report.h"

int cmd_probe(struct job *job, struct fault *why)
{
	const char *save = job->options.save;

	if (job_open_site(job, JOB_SYSTEM_STORE, why) < 0 ||
		job_survey(job, &job->options.operands, why) < 0)
		return -1;
	/* 1 if a peer presented nothing to judge, else 3 if one is not trusted here. */
	for (size_t i = 0; i < job->survey.n && job->status != 1; i++)
		job->status = job->survey.at[i].probe->chain.n == 0   ? 1
			      : finding_is_usable(&job->survey.at[i]) ? job->status
								      : 3;
	/* The chain as sent, for --chain. */
	if (save && !probe_is_proven(job->survey.at[0].probe))
		return survey_fault(&job->survey.at[0], why);
	if (save && job_write_certs(job, &job->survey.at[0].probe->chain, save, why) < 0)
		return -1;
	return job->options.json ? 0 : report_findings(job, FINDING_WHOLE, why);
}
