/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/cmds.h"
#include "src/cli/report.h"

int reapply_installed(struct job *job, struct fault *why)
{
	const struct names *targets = &job->options.verify;
	auto_cas installed = {0};
	auto_names words = NAMES_INIT;

	if (job_open_site(job, JOB_NO_STORES, why) < 0 ||
		installed_read(&job->site.trees[0].view, &installed, why) < 0)
		return -1;
	if (installed.n == 0)
		return 0;
	/* The stores of --store, or else those on record, including the ones named by path. */
	for (size_t i = 0; i < installed.n; i++)
		for (size_t s = 0; s < installed.at[i].stores.n; s++)
			if (!names_holds(&words, installed.at[i].stores.at[s]) &&
				names_add(&words, installed.at[i].stores.at[s], why) < 0)
				return -1;
	job->site.options.tree_only = false;
	if ((job->options.stores.n ? site_replan(&job->site, why)
				   : site_use_recorded(&job->site, &words, why)) < 0 ||
		(targets->n && job_survey(job, targets, why) < 0))
		return -1;
	return job_change(job, CHANGE_REAPPLY, &installed, why);
}

int cmd_reapply(struct job *job, struct fault *why)
{
	if (reapply_installed(job, why) < 0)
		return -1;
	/* Triggers call it after every upgrade: print nothing if nothing changed. */
	return job->outcome.changed || job->options.dry_run ? report_change(job, why) : 0;
}
