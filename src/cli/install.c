/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/cmds.h"
#include "src/cli/report.h"

/* What is superseded goes from stores that were once named by path, too. */
static int take_named_stores(struct job *job, const struct change *change, struct fault *why)
{
	if (job->options->stores.n)
		return 0;
	if (supersede_stores(&job->site, change, &job->store_words, why) < 0)
		return -1;
	return job->store_words.n ? job_use_recorded(job, why) : 0;
}

int install_captured(struct job *job, struct fault *why)
{
	auto_free struct change_ca *cas = NULL;
	auto_certs certs = CERTS_INIT;

	if (job_captured_cas(job, &certs, why) < 0 || job_change_cas(job, &certs, &cas, why) < 0)
		return -1;
	const struct change change = {
		.kind = CHANGE_ADD,
		.action = "install",
		.cas = cas,
		.cas_n = certs.n,
		.survey = job->survey.n ? &job->survey : NULL,
		.require = job->survey_options.require,
		.at = job->survey_options.at,
		.replaces = !job->options->keep_old,
		.dry_run = job->options->dry_run || job->is_check,
		.is_check = job->is_check,
	};
	if (take_named_stores(job, &change, why) < 0)
		return -1;
	return apply(&job->site, &change, &job->outcome, why);
}

int cmd_install(struct job *job, struct fault *why)
{
	if (job_take_cas(job, JOB_ALL_STORES, why) < 0 || install_captured(job, why) < 0)
		return -1;
	return report_change(job, why);
}
