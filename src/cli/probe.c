/* SPDX-License-Identifier: Apache-2.0 */
#include "src/base/limits.h"
#include "src/cli/cmds.h"
#include "src/cli/report.h"
#include "src/sys/fd.h"
#include "src/x509/pem.h"

/* The chain as sent, for --chain. */
static int save_chain(const struct job *job, struct fault *why)
{
	auto_buf pem = buf_make(LIMIT_PEM_BYTES);

	if (!probe_is_proven(job->survey.at[0].probe))
		return survey_fault(&job->survey.at[0], why);
	if (pem_format_all(&job->survey.at[0].probe->chain, PEM_TEXT, &pem, why) < 0)
		return -1;
	return fd_write_file(job->options.save, 0644, pem.bytes, pem.len, why);
}

/* 1 if a peer presented nothing to judge, else 3 if one is not trusted here. */
static int status_of(const struct survey *survey)
{
	int status = 0;

	for (size_t i = 0; i < survey->n; i++) {
		const struct finding *finding = &survey->at[i];

		if (finding->probe->chain.n == 0)
			return 1;
		if (!finding->diagnosis.trusted_here)
			status = 3;
	}
	return status;
}

int cmd_probe(struct job *job, struct fault *why)
{
	if (job_open_site(job, JOB_SYSTEM_STORE, why) < 0 ||
		job_survey(job, &job->options.operands, why) < 0)
		return -1;
	job->status = status_of(&job->survey);
	if (job->options.save && save_chain(job, why) < 0)
		return -1;
	return job->options.json ? 0 : report_findings(job, FINDING_WHOLE, why);
}
