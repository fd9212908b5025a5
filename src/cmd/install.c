/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cmd/cmds.h"

static struct capture_options capture_options(const struct job *job)
{
	return (struct capture_options){
		.at = job->survey_options.at,
		.allow_intermediate = job->options->allow_intermediate,
		.pinned = job->options->pins.n > 0,
		.must_show = job->options->pins.n > 0 || job->options->lock,
	};
}

/* --ca: the file is approval by itself; its certificates still have to be CAs. */
static int take_file(struct job *job, struct fault *why)
{
	struct capture_options how = capture_options(job);
	auto_certs certs = CERTS_INIT;

	if (job_read_ca(job, &certs, why) < 0)
		return -1;
	for (size_t i = 0; i < certs.n; i++)
		if (capture_take_file(&job->captures, certs.at[i], &how, why) < 0)
			return fault_wrap(why, "'%s'", job->options->ca);
	return 0;
}

/* From the handshakes, with somebody's yes. */
static int take_captured(struct job *job, const struct approval *approval, struct fault *why)
{
	struct capture_options how = capture_options(job);

	if (capture_make(&job->survey, &job->site, &how, &job->captures, why) < 0)
		return -1;
	return job->options->dry_run ? 0 : approval_ask(approval, &job->captures, why);
}

/* What is superseded goes from stores that were once named by path, too. */
static int take_named_stores(struct job *job, const struct change *change, struct fault *why)
{
	if (job->options->stores.n)
		return 0;
	if (rotation_stores(&job->site, change, &job->store_words, why) < 0)
		return -1;
	if (job->store_words.n == 0)
		return 0;
	job->site.options.stores = &job->store_words;
	return site_replan(&job->site, why);
}

static int apply_captures(struct job *job, struct fault *why)
{
	auto_free struct change_ca *cas = NULL;
	auto_certs certs = CERTS_INIT;

	for (size_t i = 0; i < job->captures.n; i++)
		if (certs_add(&certs, job->captures.at[i].ca, why) < 0)
			return -1;
	if (job_change_cas(job, &certs, &cas, why) < 0)
		return -1;
	const struct change change = {
		.kind = CHANGE_ADD,
		.action = "install",
		.cas = cas,
		.cas_n = certs.n,
		.survey = job->survey.n ? &job->survey : NULL,
		.require = job->survey_options.require,
		.at = job->survey_options.at,
		.replaces = !job->options->keep_old,
		.dry_run = job->options->dry_run,
	};
	if (take_named_stores(job, &change, why) < 0)
		return -1;
	return apply(&job->site, &change, &job->outcome, why);
}

static int check_usage(const struct options *options, struct fault *why)
{
	if (options->ca && options->operands.n)
		return fault_set(why, FAULT_USAGE,
			"with --ca the targets to prove it against are given with --verify");
	if (!options->ca && options->verify.n)
		return fault_set(why, FAULT_USAGE, "--verify goes with --ca");
	if (!options->ca && options->operands.n == 0)
		return fault_set(why, FAULT_USAGE, "install takes a TARGET, or --ca FILE");
	if (options->ca && (options->pins.n || options->lock || options->trust_on_first_use ||
				   options->quorum))
		return fault_set(why, FAULT_USAGE, "--ca is approval by itself; it takes no other");
	return 0;
}

int cmd_install(struct job *job, struct fault *why)
{
	const struct options *options = job->options;
	const struct names *targets = options->ca ? &options->verify : &options->operands;
	auto_approval approval = NULL;

	if (check_usage(options, why) < 0 || job_set_peer(job, why) < 0 ||
		job_approval(job, targets->n, &approval, why) < 0 ||
		(options->ca && take_file(job, why) < 0) ||
		job_open_site(job, JOB_ALL_STORES, why) < 0 ||
		(targets->n && job_survey(job, targets, why) < 0) ||
		(!options->ca && take_captured(job, approval, why) < 0) ||
		apply_captures(job, why) < 0)
		return -1;
	return options->dry_run ? 0 : approval_write_lock(approval, &job->captures, why);
}
