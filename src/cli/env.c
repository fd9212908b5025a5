/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/cmds.h"

int cmd_env(struct job *job, struct fault *why)
{
	const char *name = job->options->shell;

	if (name && !shell_named(name, &job->shell))
		return fault_set(why, FAULT_USAGE,
			"--shell is sh, bash, zsh, fish, powershell, docker or github, not '%s'",
			name);
	if (job_open_site(job, JOB_NO_STORES, why) < 0)
		return -1;
	return variables_find(&job->site.trees[0].view, &job->variables, why);
}
