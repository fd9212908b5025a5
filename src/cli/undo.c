/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "src/base/text.h"
#include "src/cli/cmds.h"
#include "src/cli/report.h"
#include "src/journal/journal.h"

json_t *undo_records_json(const struct records *records)
{
	json_t *json = json_array();

	for (size_t i = 0; json && i < records->n; i++) {
		const struct record *record = &records->at[i];

		json = json_and(json,
			json_pack("{s:I, s:s, s:s, s:o, s:o, s:o, s:o}", "id",
				(json_int_t)record->id, "state", record_states[record->state],
				"action", record->action, "time", json_time((time_t)record->when),
				"added", json_names(&record->added), "removed",
				json_names(&record->removed), "stores",
				json_names(&record->stores)));
	}
	return json;
}

static int list_records(struct job *job, struct fault *why)
{
	auto_records records = {0};

	if (journal_read(job->site.trees[0].tree, &records, why) < 0)
		return -1;
	if (job->options.json)
		return report_member(job, "transactions", undo_records_json(&records), why);
	for (size_t i = 0; i < records.n; i++) {
		const struct record *record = &records.at[i];
		char when[TEXT_TIME_LEN];

		text_time((time_t)record->when, when);
		fprintf(job->out, "%4" PRIu64 "  %s  %-8s %-7s", record->id, when,
			record_states[record->state], record->action);
		for (size_t s = 0; s < record->stores.n; s++)
			report_plain(job, " ", record->stores.at[s], "");
		fputc('\n', job->out);
	}
	if (records.n == 0)
		fputs("nothing to undo\n", job->out);
	return 0;
}

int cmd_undo(struct job *job, struct fault *why)
{
	const struct options *options = &job->options;
	const char *number = options->operands.n ? options->operands.at[0] : NULL;
	auto_free char *run = NULL;
	uint64_t id = 0;

	if (number && (!text_number(number, INT64_MAX, &id) || id == 0))
		return advice_run(&job->options.advice, ADVICE_WORDS("undo", "--list"), &run, why) <
				       0
			       ? -1
			       : fault_set(why, FAULT_USAGE,
					 "'%s' is not a transaction number; to list them, %s",
					 number, run);
	if (job_open_site(job, JOB_NO_STORES, why) < 0)
		return -1;
	if (options->list)
		return list_records(job, why);
	if (install_undo(&job->site, id, &job->outcome, why) < 0)
		return -1;
	if (options->json || options->quiet)
		return 0;
	if (job->outcome.id)
		fprintf(job->out, "transaction %" PRIu64 " undone; ", job->outcome.id);
	fputs(options->image.path ? "the top layer, which trustfix added, was removed\n"
				  : "everything is as it was before\n",
		job->out);
	report_notes(job);
	return 0;
}
