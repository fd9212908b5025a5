/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/cmds.h"
#include "src/cli/report.h"

int cmd_install(struct job *job, struct fault *why)
{
	if (job_take_cas(job, JOB_ALL_STORES, why) < 0 ||
		job_change(job, CHANGE_INSTALL, &job->cas, why) < 0)
		return -1;
	return report_change(job, why);
}
