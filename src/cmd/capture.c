/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cmd/cmds.h"
#include "src/sys/log.h"

static int write_cas(struct job *job, struct fault *why)
{
	auto_certs cas = CERTS_INIT;

	for (size_t i = 0; i < job->captures.n; i++)
		if (certs_add(&cas, job->captures.at[i].ca, why) < 0)
			return -1;
	return job_write_certs(job, &cas, why);
}

static int tell_capture(const struct capture *capture, size_t targets_n, struct fault *why)
{
	auto_free char *seen = NULL;
	auto_cert_facts facts = {0};

	if (capture_seen(capture, targets_n, &seen, why) < 0 ||
		cert_facts_make(capture->ca, &facts, why) < 0)
		return -1;
	if (targets_n > 1)
		log_note("'%s', sha256:%s, %s", facts.subject, facts.sha256, seen);
	for (size_t i = 0; i < capture->advice.n; i++)
		log_note("%s", capture->advice.at[i]);
	return 0;
}

/* Stdout may be the certificate's, so what must be known of it goes to stderr. */
static int tell(const struct job *job, struct fault *why)
{
	auto_free char *split = NULL;

	for (size_t i = 0; i < job->captures.n; i++)
		if (tell_capture(&job->captures.at[i], job->survey.n, why) < 0)
			return -1;
	if (survey_split(&job->survey, &split, why) < 0)
		return -1;
	if (split)
		log_note("%s", split);
	return 0;
}

int cmd_capture(struct job *job, struct fault *why)
{
	const struct options *options = job->options;
	auto_approval approval = NULL;

	if (job_set_peer(job, why) < 0 || job_set_encoding(job, why) < 0 ||
		job_approval(job, options->operands.n, &approval, why) < 0 ||
		job_open_site(job, JOB_ALL_STORES, why) < 0 ||
		job_survey(job, &options->operands, why) < 0)
		return -1;
	struct capture_options how = {
		.at = job->survey_options.at,
		.allow_intermediate = options->allow_intermediate,
		.pinned = options->pins.n > 0,
		.must_show = true, /* asked for by name: also when it is trusted already */
	};
	if (capture_make(&job->survey, &job->site, &how, &job->captures, why) < 0)
		return -1;
	if (job->captures.n == 0)
		return fault_set(why, FAULT_REFUSED,
			"%s: nobody intercepts; there is no CA to capture",
			job->survey.targets[0].label);
	if (approval_ask(approval, &job->captures, why) < 0)
		return -1;
	/* With --json the object on stdout holds the PEM. */
	if (!(options->json && !options->output) && write_cas(job, why) < 0)
		return -1;
	if (tell(job, why) < 0)
		return -1;
	return approval_write_lock(approval, &job->captures, why);
}
