/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line said, for the commands that a person is told to run next. */
#include <string.h>

#include "src/cli/cmds.h"

/* Where, how to get there, and what decides: an advised command is told the same. */
#define STAYS                                                                          \
	(OPT_PEER | OPT_WHERE | OPT_IMAGE | OPT_NEW_IMAGE | OPT_CLIENTS | OPT_NAMING | \
		OPT_PUBLIC | OPT_ROTATE)

static bool takes(const char *command, unsigned group)
{
	return command_named(command)->groups & group;
}

int job_advise(struct job *job, struct fault *why)
{
	struct advice *it = &job->advice;

	it->command = job->command;
	it->operands = &job->options->operands;
	it->behind = job->options->behind;
	it->takes = takes;
	it->lacks_root = geteuid() != 0;
	if (opt_advise(job->options, command_named(job->command)->groups, STAYS, it, why) < 0)
		return -1;
	/* Standard input has been read: the image must be a file the next time. */
	for (size_t i = 0; i < it->n; i++)
		if (strcmp(it->at[i].name, "image") == 0 && strcmp(it->at[i].value, "-") == 0)
			it->at[i].value = ADVICE_FILE;
	return 0;
}
