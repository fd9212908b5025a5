/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/cmds.h"
#include "src/sys/log.h"

static int write_cas(struct job *job, struct fault *why)
{
	auto_certs cas = CERTS_INIT;

	if (job_captured_cas(job, &cas, why) < 0)
		return -1;
	return job_write_certs(job, &cas, why);
}

static int tell_intermediate(const struct intermediate *it, struct fault *why)
{
	auto_cert_facts facts = {0};

	if (cert_facts_make(it->cert, &facts, why) < 0)
		return -1;
	for (size_t i = 0; i < it->targets.n; i++)
		log_note("%s left out '%s', sha256:%s", it->targets.at[i], facts.subject,
			facts.sha256);
	return 0;
}

/* What servers left out; it is installed nowhere, so nobody need approve it. */
static int capture_intermediates(struct job *job, struct fault *why)
{
	const struct options *options = job->options;
	auto_certs certs = CERTS_INIT;

	if (options->pins.n || options->lock || options->trust_on_first_use || options->quorum ||
		options->allow_intermediate)
		return fault_set(why, FAULT_USAGE, "--intermediates takes no approval");
	if (job_open_site(job, JOB_ALL_STORES, why) < 0 ||
		job_survey(job, &options->operands, why) < 0 ||
		intermediates_find(&job->survey, &job->intermediates, why) < 0)
		return -1;
	for (size_t i = 0; i < job->intermediates.n; i++)
		if (certs_add(&certs, job->intermediates.at[i].cert, why) < 0 ||
			tell_intermediate(&job->intermediates.at[i], why) < 0)
			return -1;
	return options->json && !options->output ? 0 : job_write_certs(job, &certs, why);
}

int cmd_capture(struct job *job, struct fault *why)
{
	const struct options *options = job->options;
	auto_approval approval = NULL;
	struct capture_options how;

	if (job_set_peer(job, why) < 0 || job_set_encoding(job, why) < 0)
		return -1;
	if (options->intermediates)
		return capture_intermediates(job, why);
	if (job_approval(job, options->operands.n, &approval, why) < 0 ||
		job_open_site(job, JOB_ALL_STORES, why) < 0 ||
		job_survey(job, &options->operands, why) < 0)
		return -1;
	how = job_capture_options(job);
	how.must_show = true; /* asked for by name: also when it is trusted already */
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
	if (job_tell_captures(job, why) < 0)
		return -1;
	return approval_write_lock(approval, &job->captures, why);
}
