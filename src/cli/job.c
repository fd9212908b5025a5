/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "src/cli/cmds.h"
#include "src/client/lint.h"
#include "src/find/certfile.h"
#include "src/install/supersede.h"
#include "src/sys/fd.h"
#include "src/sys/log.h"
#include "src/sys/terminal.h"

static char system_kind[] = "system";
static char *system_words[] = {system_kind};
static const struct names system_store = {system_words, 1}; /* for --store */

void job_free(struct job *job)
{
	outcome_free(&job->outcome);
	cas_free(&job->cas);
	survey_free(&job->survey);
	site_close(&job->site);
	options_free(&job->options);
	json_decref(job->own);
}

static bool takes(const char *command, unsigned set)
{
	return command_named(command)->bit & set;
}

void job_use_options(struct job *job)
{
	struct options *o = &job->options;
	struct probe_options *peer = &o->survey.peer;
	struct advice *advice = &o->advice;

	job->is_check = job->command->bit == CMD_CHECK;
	peer->connect = o->connect.host ? &o->connect : NULL;
	peer->servername = o->servername.host ? &o->servername : NULL;
	peer->timeout_ms = o->timeout_s ? (int)o->timeout_s * 1000 : LIMIT_TIMEOUT_DEFAULT_MS;
	if (!options_have(o, "at"))
		o->survey.at = time(NULL);

	advice->command = job->command->name;
	advice->operands = &o->operands;
	advice->behind = o->command;
	advice->takes = takes;
	advice->lacks_root = geteuid() != 0;

	o->site.advice = o->approval.advice = o->capture.advice = advice;
	o->site.stores = &o->stores;
	o->site.skips = &o->skips;
	o->site.image = o->image.path ? &o->image : NULL;
	o->image.advice = &o->advice;
	o->image.dry_run = o->dry_run;

	o->approval.pins = &o->pins;
	o->approval.dry_run = o->dry_run;
	o->approval.ask = terminal_is_there() ? terminal_says_yes : NULL;

	o->capture.at = o->survey.at;
	o->capture.allow_intermediate = o->capture.allow_intermediate || job->is_check;
	o->capture.pinned = o->pins.n;
	o->capture.must_show = o->pins.n || o->approval.lock;
}

int job_open_site(struct job *job, enum job_scope scope, struct fault *why)
{
	struct site_options site = job->options.site;

	site.tree_only = scope == JOB_NO_STORES;
	site.only_reads = scope == JOB_SYSTEM_STORE;
	if (site.only_reads && site.stores->n == 0)
		site.stores = &system_store;
	return site_open(&site, &job->site, why);
}

int job_survey(struct job *job, const struct names *targets, struct fault *why)
{
	struct advice *advice = &job->options.advice;

	if (survey_make(targets, &job->options.survey, &job->site, &job->survey, why) < 0)
		return -1;
	for (size_t i = 0; i < job->survey.n && !advice->via; i++) {
		advice->via = job->survey.at[i].probe->via;
		advice->via_has_login = job->survey.at[i].probe->via_has_login;
	}
	return 0;
}

int job_approval(const struct job *job, size_t targets_n, const struct names *notes,
	struct approval **ret, struct fault *why)
{
	struct approval_options options = job->options.approval;

	if (options.quorum > targets_n)
		return fault_set(why, FAULT_USAGE, "--quorum %zu cannot be reached with %zu %s",
			options.quorum, targets_n, targets_n == 1 ? "target" : "targets");
	options.notes = notes;
	options.targets_n = targets_n;
	return approval_make(&options, ret, why);
}

/* Read the public roots of the running system, even for another tree; none if it has no store. */
static int read_host_roots(struct certs *ret, struct fault *why)
{
	const struct names none = NAMES_INIT;
	const struct site_options options = {.stores = &system_store, .skips = &none};
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

/*
 * Capture the CAs from the handshakes.  A missing public root is taken from --public-root, or for
 * another tree from the running system.
 */
static int capture_cas(struct job *job, struct fault *why)
{
	const struct options *options = &job->options;
	struct capture_options how = options->capture;
	auto_certs public_roots = CERTS_INIT;
	bool lacks_root = false;

	for (size_t i = 0; i < job->survey.n; i++)
		lacks_root = lacks_root || capture_lacks_root(&job->survey.at[i]);
	if (lacks_root && options->public_root) {
		how.public_source = options->public_root;
		if (certfile_read(options->public_root, PEM_LENIENT, &public_roots, why) < 0)
			return -1;
	} else if (lacks_root && (options->site.root || options->site.image)) {
		how.public_source = "the running system's store";
		if (read_host_roots(&public_roots, why) < 0)
			return -1;
	}
	how.public_roots = how.public_source ? &public_roots : NULL;
	return capture_make(&job->survey, &job->site, &how, &job->cas, why);
}

int job_take_cas(struct job *job, enum job_scope scope, struct fault *why)
{
	const struct options *options = &job->options;
	const struct names *targets = options->ca ? &options->verify : &options->operands;
	struct cas *cas = &job->cas;
	const struct change change = {.cas = cas, .survey = &job->survey};
	auto_names notes = NAMES_INIT;
	auto_names kept = NAMES_INIT;
	auto_approval approval = NULL;
	auto_certs file = CERTS_INIT;

	if (job_approval(job, targets->n, &notes, &approval, why) < 0 ||
		(options->ca && certfile_read(options->ca, PEM_STRICT, &file, why) < 0))
		return -1;
	for (size_t i = 0; i < file.n; i++)
		if (capture_take_file(cas, file.at[i], &options->capture, why) < 0)
			return fault_wrap(why, "'%s'", options->ca);
	if (job_open_site(job, scope, why) < 0 ||
		(targets->n && job_survey(job, targets, why) < 0) ||
		(!options->ca && capture_cas(job, why) < 0))
		return -1;
	/* --require: none of these clients would reject the CA whatever the server sends. */
	for (size_t i = 0; i < cas->n; i++)
		if (lint_required(cas->at[i].cert, options->survey.require, why) < 0)
			return -1;
	if (options->name && cas->n > 1)
		return fault_set(
			why, FAULT_USAGE, "--name is for one CA, and there are %zu", cas->n);
	if (options->name && cas->n) {
		cas->at[0].name = strdup(options->name);
		if (!cas->at[0].name)
			return fault_nomem(why);
	}
	/* Approval covers what the CAs replace, and what becomes trusted along with them. */
	if (!options->ca && scope == JOB_ALL_STORES) {
		if (!options->keep_old && supersede_find(&job->site, &change, &kept, why) < 0)
			return -1;
		for (size_t i = 0; i < job->site.places.n; i++) {
			const struct place *place = &job->site.places.at[i];

			if (store_note_strangers(site_view(&job->site, place), place, cas, false,
				    &notes, why) < 0)
				return -1;
		}
	}
	/* Naming the file approves it. */
	if ((!options->ca || options->pins.n) && approval_ask(approval, cas, why) < 0)
		return -1;
	return options->ca || options->dry_run ? 0 : approval_write_lock(approval, cas, why);
}

int job_tell_captures(const struct job *job, struct fault *why)
{
	auto_free char *split = NULL;

	for (size_t i = 0; i < job->cas.n; i++) {
		const struct ca *ca = &job->cas.at[i];
		auto_free char *seen = NULL;
		auto_cert_facts facts = {0};

		if (capture_seen(ca, job->survey.n, &seen, why) < 0 ||
			cert_facts_make(ca->cert, &facts, why) < 0)
			return -1;
		if (job->survey.n > 1)
			log_note("'%s', sha256:%s, %s", facts.subject, facts.sha256, seen);
		for (size_t a = 0; a < ca->advice.n; a++)
			log_note("%s", ca->advice.at[a]);
	}
	if (survey_split(&job->survey, &split, why) < 0)
		return -1;
	if (split)
		log_note("%s", split);
	return 0;
}

int job_change(struct job *job, enum change_kind kind, struct cas *cas, struct fault *why)
{
	const struct change change = {
		.kind = kind,
		.cas = cas,
		.survey = job->survey.n ? &job->survey : NULL,
		.require = job->options.survey.require,
		.at = job->options.survey.at,
		.replaces = kind == CHANGE_INSTALL && !job->options.keep_old,
		.dry_run = job->options.dry_run || job->is_check,
		.is_check = job->is_check,
	};

	return install(&job->site, &change, &job->outcome, why);
}

int job_write_certs(struct job *job, const struct certs *certs, const char *path, struct fault *why)
{
	enum pem_encoding encoding = PEM_TEXT;
	auto_buf out = buf_make(2 * LIMIT_PEM_BYTES);

	if (job->options.json && !path)
		return 0; /* the object on stdout holds the PEM */
	if (job->options.to)
		pem_encoding_named(job->options.to, &encoding);
	if (pem_format_all(certs, encoding, &out, why) < 0)
		return -1;
	job->stdout_is_taken = !path;
	return fd_write_file(path ? path : "-", 0644, out.bytes, out.len, why);
}
