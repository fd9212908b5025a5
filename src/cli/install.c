/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/cmds.h"
#include "src/cli/report.h"

int install_captured(struct job *job, struct fault *why)
{
	const struct change change = {
		.kind = CHANGE_INSTALL,
		.cas = &job->cas,
		.survey = job->survey.n ? &job->survey : NULL,
		.require = job->survey_options.require,
		.at = job->survey_options.at,
		.replaces = !job->options->keep_old,
		.dry_run = job->options->dry_run || job->is_check,
		.is_check = job->is_check,
	};

	return install(&job->site, &change, &job->outcome, why);
}

int cmd_install(struct job *job, struct fault *why)
{
	if (job_take_cas(job, JOB_ALL_STORES, why) < 0 || install_captured(job, why) < 0)
		return -1;
	return report_change(job, why);
}
