/* SPDX-License-Identifier: Apache-2.0 */
/* Is everything in place?  Plan what install or reapply would do, report it, and change nothing. */
#include "src/base/text.h"
#include "src/cli/cmds.h"
#include "src/cli/report.h"

/* The certificates on record in every tree. */
static int find_recorded(struct site *site, struct certs *ret, struct fault *why)
{
	for (size_t i = 0; i < site->trees_n; i++) {
		auto_cas installed = {0};

		if (installed_read(&site->trees[i].view, &installed, why) < 0 ||
			cas_certs(&installed, ret, why) < 0)
			return -1;
	}
	return 0;
}

/*
 * Plan what install or reapply would do.  A lock file and an image's history give only SHA-256s:
 * only those whose certificate is in a store here or on record can be planned.
 */
static int plan(struct job *job, struct fault *why)
{
	const struct options *options = &job->options;
	struct outcome *outcome = &job->outcome;
	struct site *site = &job->site;
	auto_names missing = NAMES_INIT;
	auto_cas known = {0};
	auto_certs certs = CERTS_INIT;
	auto_free char *run = NULL;

	if (options->ca)
		return job_take_cas(job, JOB_ALL_STORES, why) < 0
			       ? -1
			       : job_change(job, CHANGE_INSTALL, &job->cas, why);
	if (options->installed && !options->image.path)
		return reapply_installed(job, why);
	if ((options->approval.lock &&
		    approval_read_lock(options->approval.lock, &known, why) < 0) ||
		job_open_site(job, JOB_ALL_STORES, why) < 0 ||
		(options->installed && job_installed(job, &known, why) < 0))
		return -1;
	if (known.n == 0)
		return 0; /* nothing was ever installed */
	if (options->verify.n && job_survey(job, &options->verify, why) < 0)
		return -1;
	for (size_t i = 0; i < site->places.n; i++) {
		const struct place *place = &site->places.at[i];

		if (place->ops->anchors(site_view(site, place), place, &certs, why) < 0)
			return fault_wrap(why, "%s", place->path);
	}
	if (find_recorded(site, &certs, why) < 0)
		return -1;
	for (size_t i = 0; i < known.n; i++) {
		size_t at = certs_find_sha256(&certs, known.at[i].sha256);
		char hex[TEXT_SHA256_HEX_LEN];

		text_hex(known.at[i].sha256, DIGEST_SHA256_LEN, hex);
		if (at < certs.n ? capture_take_file(
					   &job->cas, certs.at[at], &options->capture, why) < 0
				 : names_add(&missing, hex, why) < 0)
			return -1;
	}
	if (job_change(job, CHANGE_INSTALL, &job->cas, why) < 0 ||
		advice_run(&options->advice, ADVICE_WORDS("install", "--ca", ADVICE_FILE), &run,
			why) < 0)
		return -1;
	/* A CA without a certificate is missing from every store. */
	for (size_t i = 0; i < missing.n; i++)
		if (names_addf(&outcome->notes, why,
			    "CA sha256:%s is in none of these stores; once you have its "
			    "certificate, %s",
			    missing.at[i], run) < 0)
			return -1;
	for (size_t i = 0; missing.n && i < outcome->n; i++)
		if (outcome->at[i].state == STORE_UNCHANGED)
			outcome->at[i].state = STORE_WOULD_ADD;
	outcome->would_change = outcome->would_change || missing.n;
	return 0;
}

/* --expires-within: a note for each CA that expires by then. */
static int note_expiring(struct job *job, bool *ret_any, struct fault *why)
{
	time_t now = job->options.survey.at;
	auto_certs cas = CERTS_INIT;

	if (job->cas.n ? cas_certs(&job->cas, &cas, why) < 0
		       : find_recorded(&job->site, &cas, why) < 0)
		return -1;
	for (size_t i = 0; i < cas.n; i++) {
		auto_cert_facts facts = {0};
		char to[TEXT_TIME_LEN];
		int64_t left;
		int rc;

		if (cert_facts_make(cas.at[i], &facts, why) < 0)
			return -1;
		left = (facts.not_after - now) / 86400;
		if (left >= (int64_t)job->options.expires_within)
			continue;
		*ret_any = true;
		text_time(facts.not_after, to);
		rc = facts.not_after < now
			     ? names_addf(&job->outcome.notes, why, "'%s' expired on %.10s",
				       facts.subject, to)
			     : names_addf(&job->outcome.notes, why,
				       "'%s' expires on %.10s, in %lld %s", facts.subject, to,
				       (long long)left, left == 1 ? "day" : "days");
		if (rc < 0)
			return -1;
	}
	return 0;
}

/* "everything is in place, and pypi.org:443 is trusted", "2 stores would change, 1 unchanged" */
static void write_summary(const struct job *job)
{
	const struct outcome *outcome = &job->outcome;
	size_t changed = report_changed_n(outcome);
	size_t days = job->options.expires_within;
	FILE *out = job->out;

	if (changed)
		fprintf(out, "%zu %s would change, %zu unchanged", changed,
			changed == 1 ? "store" : "stores", outcome->n - changed);
	else if (outcome->would_change)
		fputs(outcome->interrupted ? "an interrupted run must be rolled back"
					   : "trustfix's own record would change",
			out);
	else if (outcome->n == 0)
		fputs("trustfix has installed nothing here", out);
	else
		fputs("everything is in place", out);
	for (size_t i = 0; job->status == 3 && i < job->survey.n; i++)
		if (!finding_is_usable(&job->survey.at[i])) {
			fprintf(out, ", but %s is not trusted", job->survey.at[i].target->label);
			break;
		}
	if (job->status == 6 && !outcome->would_change)
		fprintf(out, ", but a CA expires within %zu %s", days, days == 1 ? "day" : "days");
	if (job->status == 0 && outcome->asked_peers) {
		fputs(", and ", out);
		report_targets(job, false);
		fputs(job->survey.n == 1 ? " is trusted" : " are trusted", out);
	}
	fputc('\n', out);
}

int cmd_check(struct job *job, struct fault *why)
{
	const struct options *options = &job->options;
	const struct names *unread = &job->site.places.unread;
	struct outcome *outcome = &job->outcome;
	bool expires = false, all_trust = true;

	if (plan(job, why) < 0)
		return -1;
	if (outcome->interrupted &&
		names_add(&outcome->notes,
			"a run was interrupted, or is still in progress; the next install, remove, "
			"reapply or undo rolls it back",
			why) < 0)
		return -1;
	if (options_have(options, "expires-within") && note_expiring(job, &expires, why) < 0)
		return -1;
	if (outcome->n == 0 && options->verify.n)
		return fault_set(why, FAULT_REFUSED,
			"trustfix has installed nothing here that could make a target trusted");
	for (size_t i = 0; outcome->asked_peers && i < outcome->n; i++)
		all_trust = all_trust && outcome->at[i].proof.holds;
	job->status = outcome->would_change ? 6 : !all_trust ? 3 : expires ? 6 : 0;
	/* Unread stores may lack anything. */
	if (!outcome->would_change && unread->n)
		return fault_set(
			why, FAULT_REFUSED, "not everything could be checked: %s", unread->at[0]);
	if (options->json || options->quiet)
		return 0;
	if (report_findings(job, FINDING_SHORT, why) < 0)
		return -1;
	report_stores(job, true, options->verbose);
	write_summary(job);
	return 0;
}
