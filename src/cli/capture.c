/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/cmds.h"
#include "src/cli/report.h"
#include "src/find/intermediates.h"
#include "src/sys/log.h"

json_t *capture_intermediates_json(const struct cas *found, struct fault *why)
{
	json_t *json = json_array();

	for (size_t i = 0; json && i < found->n; i++) {
		const struct ca *it = &found->at[i];

		json = json_and(json, json_with(json_cert(it->cert, true, why), "targets",
					      json_names(&it->targets)));
	}
	return json;
}

/* What servers omit; it is installed nowhere, so nobody needs to approve it. */
static int capture_intermediates(struct job *job, struct fault *why)
{
	const struct options *options = &job->options;
	auto_cas found = {0};
	auto_certs certs = CERTS_INIT;

	if (job_open_site(job, JOB_ALL_STORES, why) < 0 ||
		job_survey(job, &options->operands, why) < 0 ||
		intermediates_find(&job->survey, &found, why) < 0)
		return -1;
	for (size_t i = 0; i < found.n; i++) {
		const struct ca *it = &found.at[i];
		auto_cert_facts facts = {0};

		if (certs_add(&certs, it->cert, why) < 0 ||
			cert_facts_make(it->cert, &facts, why) < 0)
			return -1;
		for (size_t t = 0; t < it->targets.n; t++)
			log_note("%s does not send '%s', sha256:%s", it->targets.at[t],
				facts.subject, facts.sha256);
	}
	if (options->json && report_member(job, "intermediates",
				     capture_intermediates_json(&found, why), why) < 0)
		return -1;
	return job_write_certs(job, &certs, options->output, why);
}

int cmd_capture(struct job *job, struct fault *why)
{
	const struct options *options = &job->options;
	auto_approval approval = NULL;
	auto_certs cas = CERTS_INIT;
	struct capture_options how = options->capture;

	if (options->intermediates)
		return capture_intermediates(job, why);
	if (job_approval(job, options->operands.n, NULL, &approval, why) < 0 ||
		job_open_site(job, JOB_ALL_STORES, why) < 0 ||
		job_survey(job, &options->operands, why) < 0)
		return -1;
	how.must_show = true; /* the user asked for it: capture it even if it is already trusted */
	if (capture_make(&job->survey, &job->site, &how, &job->cas, why) < 0)
		return -1;
	if (job->cas.n == 0)
		return fault_set(why, FAULT_REFUSED, "%s is not intercepted: no CA to capture",
			job->survey.at[0].target->label);
	if (approval_ask(approval, &job->cas, why) < 0 || cas_certs(&job->cas, &cas, why) < 0 ||
		job_write_certs(job, &cas, options->output, why) < 0 ||
		job_tell_captures(job, why) < 0)
		return -1;
	return approval_write_lock(approval, &job->cas, why);
}
