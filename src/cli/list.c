/* SPDX-License-Identifier: Apache-2.0 */
#include "src/base/text.h"
#include "src/cli/cmds.h"
#include "src/cli/report.h"

int cmd_list(struct job *job, struct fault *why)
{
	struct outcome *outcome = &job->outcome;

	if (job_open_site(job, JOB_ALL_STORES, why) < 0 ||
		outcome_list(outcome, &job->site, job->options.all, why) < 0)
		return -1;
	for (size_t i = 0; i < outcome->n && !job->options.json; i++) {
		const struct store_result *listed = &outcome->at[i];
		const struct place *place = listed->place;

		report_tree(job, i);
		report_plain(job, "", place->path, "  ");
		fprintf(job->out, "%s, %zu %s, ", place->label ? place->label : place->ops->kind,
			listed->all_n, listed->all_n == 1 ? "certificate" : "certificates");
		if (listed->hidden_n)
			fprintf(job->out, "%zu not loaded, ", listed->hidden_n);
		if (listed->certs.n)
			fprintf(job->out, "%zu shown\n", listed->certs.n);
		else
			fputs(listed->all_n ? "all public roots\n" : "none shown\n", job->out);
		if (listed->damage[0])
			fprintf(job->out, "  damage: %s\n", listed->damage);
		if (place->note)
			report_plain(job, "  note: ", place->note, "\n");
		for (size_t c = 0; c < listed->certs.n; c++) {
			auto_cert_facts facts = {0};
			char to[TEXT_TIME_LEN];

			if (cert_facts_make(listed->certs.at[c], &facts, why) < 0)
				return -1;
			text_time(facts.not_after, to);
			fprintf(job->out, "  sha256:%s  until %.10s  %s\n", facts.sha256, to,
				facts.subject);
		}
	}
	if (!job->options.json)
		report_notes(job);
	return 0;
}
