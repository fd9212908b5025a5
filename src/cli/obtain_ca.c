/* SPDX-License-Identifier: Apache-2.0 */
/* From the command line to approved CAs: the first half of install and exec. */
#include <string.h>

#include "src/client/lint.h"
#include "src/cli/job.h"
#include "src/sys/log.h"
#include "src/find/certfile.h"
#include "src/install/strangers.h"
#include "src/install/supersede.h"

struct capture_options job_capture_options(const struct job *job)
{
	return (struct capture_options){
		.advice = &job->advice,
		.at = job->survey_options.at,
		.allow_intermediate = job->options->allow_intermediate || job->is_check,
		.pinned = job->options->pins.n > 0,
		.must_show = job->options->pins.n > 0 || job->options->lock,
	};
}

/* --require: none of these clients would reject the CA regardless of what the server sends. */
static int check_clients(const struct job *job, struct fault *why)
{
	for (size_t i = 0; i < job->cas.n; i++)
		if (lint_required(job->cas.at[i].cert, job->survey_options.require, why) < 0)
			return -1;
	return 0;
}

/* --ca: naming the file approves it; its certificates still have to be CAs. */
static int take_file(struct job *job, struct fault *why)
{
	struct capture_options how = job_capture_options(job);
	auto_certs certs = CERTS_INIT;

	if (certfile_read(job->options->ca, PEM_STRICT, &certs, why) < 0)
		return -1;
	for (size_t i = 0; i < certs.n; i++)
		if (capture_take_file(&job->cas, certs.at[i], &how, why) < 0)
			return fault_wrap(why, "'%s'", job->options->ca);
	return check_clients(job, why);
}

/* Read the public roots of the running system, even for another tree; none if it has no store. */
static int read_host_roots(struct certs *ret, struct fault *why)
{
	char system[] = "system";
	char *words[] = {system};
	const struct names stores = {words, 1};
	const struct names none = NAMES_INIT;
	const struct site_options options = {.stores = &stores, .skips = &none};
	struct fault blocked = FAULT_INIT;
	auto_site host = {0};

	if (site_open(&options, &host, &blocked) < 0) {
		log_detail("the running system's store: %s", blocked.text);
		return 0;
	}
	for (size_t i = 0; i < host.places.n; i++) {
		const struct place *place = &host.places.at[i];

		if (place->ops->anchors(site_view(&host, place), place, ret, why) < 0)
			return fault_wrap(why, "the running system's store");
	}
	return 0;
}

/* --name */
static int name_ca(struct job *job, struct fault *why)
{
	const char *name = job->options->name;

	if (!name || job->cas.n == 0)
		return 0;
	if (job->cas.n > 1)
		return fault_set(
			why, FAULT_USAGE, "--name is for one CA, and there are %zu", job->cas.n);
	job->cas.at[0].name = strdup(name);
	return job->cas.at[0].name ? 0 : fault_nomem(why);
}

/* Approval covers what the CAs replace, and what becomes trusted along with them. */
static int note_consequences(struct job *job, struct names *ret_notes, struct fault *why)
{
	const struct change change = {.cas = &job->cas, .survey = &job->survey};
	auto_names kept = NAMES_INIT;

	if (!job->options->keep_old && supersede_find(&job->site, &change, &kept, why) < 0)
		return -1;
	for (size_t i = 0; i < job->site.places.n; i++)
		if (strangers_note(&job->site, &job->site.places.at[i], &job->cas, false, ret_notes,
			    why) < 0)
			return -1;
	return 0;
}

/*
 * Capture the CAs from the handshakes.  A missing public root is taken from --public-root, or for
 * another tree from the running system.
 */
static int capture_cas(struct job *job, struct fault *why)
{
	const struct options *options = job->options;
	struct capture_options how = job_capture_options(job);
	auto_certs public_roots = CERTS_INIT;
	bool lacks_root = false;

	for (size_t i = 0; i < job->survey.n; i++)
		lacks_root = lacks_root || capture_lacks_root(&job->survey.at[i]);
	if (lacks_root && options->public_root) {
		how.public_source = options->public_root;
		if (certfile_read(options->public_root, PEM_LENIENT, &public_roots, why) < 0)
			return -1;
	} else if (lacks_root && (options->root || options->image)) {
		how.public_source = "the running system's store";
		if (read_host_roots(&public_roots, why) < 0)
			return -1;
	}
	how.public_roots = how.public_source ? &public_roots : NULL;
	return capture_make(&job->survey, &job->site, &how, &job->cas, why) < 0
		       ? -1
		       : check_clients(job, why);
}

int job_take_cas(struct job *job, enum job_scope scope, struct fault *why)
{
	const struct options *options = job->options;
	const struct names *targets = options->ca ? &options->verify : &options->operands;
	auto_names notes = NAMES_INIT;
	auto_approval approval = NULL;

	if (job_set_peer(job, why) < 0 ||
		job_approval(job, targets->n, &notes, &approval, why) < 0 ||
		(options->ca && take_file(job, why) < 0) || job_open_site(job, scope, why) < 0 ||
		(targets->n && job_survey(job, targets, why) < 0))
		return -1;
	if (!options->ca) {
		if (capture_cas(job, why) < 0 || name_ca(job, why) < 0 ||
			(scope == JOB_ALL_STORES && note_consequences(job, &notes, why) < 0) ||
			approval_ask(approval, &job->cas, why) < 0)
			return -1;
		return options->dry_run ? 0 : approval_write_lock(approval, &job->cas, why);
	}
	if (name_ca(job, why) < 0)
		return -1;
	return options->pins.n ? approval_ask(approval, &job->cas, why) : 0;
}

static int tell_capture(const struct ca *ca, size_t targets_n, struct fault *why)
{
	auto_free char *seen = NULL;
	auto_cert_facts facts = {0};

	if (capture_seen(ca, targets_n, &seen, why) < 0 ||
		cert_facts_make(ca->cert, &facts, why) < 0)
		return -1;
	if (targets_n > 1)
		log_note("'%s', sha256:%s, %s", facts.subject, facts.sha256, seen);
	for (size_t i = 0; i < ca->advice.n; i++)
		log_note("%s", ca->advice.at[i]);
	return 0;
}

int job_tell_captures(const struct job *job, struct fault *why)
{
	auto_free char *split = NULL;

	for (size_t i = 0; i < job->cas.n; i++)
		if (tell_capture(&job->cas.at[i], job->survey.n, why) < 0)
			return -1;
	if (survey_split(&job->survey, &split, why) < 0)
		return -1;
	if (split)
		log_note("%s", split);
	return 0;
}
