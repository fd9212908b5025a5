/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/cmds.h"

int cmd_list(struct job *job, struct fault *why)
{
	if (job_open_site(job, JOB_ALL_STORES, why) < 0)
		return -1;
	for (size_t i = 0; i < job->site.places.notes.n; i++)
		if (names_add(&job->outcome.notes, job->site.places.notes.at[i], why) < 0)
			return -1;
	return listing_make(&job->site, job->options->all, &job->listing, why);
}
