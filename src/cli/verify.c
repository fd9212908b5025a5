/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/cmds.h"

int cmd_verify(struct job *job, struct fault *why)
{
	bool holds = false;

	if (job_set_peer(job, why) < 0 || job_open_site(job, JOB_ALL_STORES, why) < 0 ||
		job_survey(job, &job->options->operands, why) < 0 ||
		verify(&job->site, &job->survey, &job->outcome, &holds, why) < 0)
		return -1;
	job->status = holds ? 0 : 3;
	/* Who asks about some stores has not asked about other programs. */
	for (size_t i = 0; i < job->site.trees_n && job->options->stores.n == 0; i++)
		if (unmanaged_find(&job->site.trees[i].view, &job->unmanaged, why) < 0)
			return -1;
	return 0;
}
