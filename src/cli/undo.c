/* SPDX-License-Identifier: Apache-2.0 */
#include "src/base/text.h"
#include "src/cli/cmds.h"

static int no_transaction(const struct job *job, struct fault *why)
{
	auto_free char *run = NULL;

	if (advice_run(&job->advice, ADVICE_WORDS("undo", "--list"), &run, why) < 0)
		return -1;
	return fault_set(why, FAULT_USAGE, "'%s' is not a transaction number; to list them, %s",
		job->options->operands.at[0], run);
}

int cmd_undo(struct job *job, struct fault *why)
{
	const struct names *operands = &job->options->operands;
	uint64_t id = 0;

	if (operands->n && (!text_number(operands->at[0], INT64_MAX, &id) || id == 0))
		return no_transaction(job, why);
	if (operands->n && job->options->list)
		return fault_set(why, FAULT_USAGE, "--list takes no transaction");
	if (job->options->image && (operands->n || job->options->list))
		return fault_set(why, FAULT_USAGE,
			"an image keeps no transactions: undo takes its topmost layer");
	if (job_open_site(job, JOB_NO_STORES, why) < 0)
		return -1;
	if (job->options->list)
		return journal_read(job->site.trees[0].tree, &job->records, why);
	return apply_undo(&job->site, id, &job->outcome, why);
}
