/* SPDX-License-Identifier: Apache-2.0 */
/* Report what install, remove and reapply changed, and what of it is proven. */
#include <inttypes.h>

#include "src/base/text.h"
#include "src/cli/report.h"

int report_lost(const struct job *job, struct fault *why)
{
	return job->outcome.changed
		       ? fault_wrap(why, "the change was made, but the report could not be written")
		       : -1;
}

static int write_ca(const struct job *job, const struct ca *ca, struct fault *why)
{
	auto_free char *seen = NULL;
	auto_cert_facts facts = {0};

	if (cert_facts_make(ca->cert, &facts, why) < 0)
		return -1;
	fprintf(job->out, "CA %s\n  sha256:%s\n", facts.subject, facts.sha256);
	if (ca->source)
		report_plain(job, "  public root from ", ca->source, "\n");
	if (ca->targets.n) {
		if (capture_seen(ca, job->survey.n, &seen, why) < 0)
			return -1;
		fprintf(job->out, "  %s%s%s\n", seen, ca->interceptor ? ", " : "",
			ca->interceptor ? ca->interceptor->product : "");
	}
	for (size_t i = 0; i < ca->replaces_n; i++) {
		const struct superseded *it = &ca->replaces[i];
		char hex[TEXT_SHA256_HEX_LEN];

		if (!it->gone)
			continue;
		text_hex(it->cert->sha256, DIGEST_SHA256_LEN, hex);
		fprintf(job->out, "  replaces sha256:%s, which trustfix installed: %s\n", hex,
			it->reason);
	}
	for (size_t i = 0; i < ca->advice.n; i++)
		fprintf(job->out, "  note: %s\n", ca->advice.at[i]);
	return 0;
}

int report_unproven(const struct job *job, size_t i, struct unproven *ret, struct fault *why)
{
	const struct prove_end *end;
	auto_cert_facts facts = {0};

	ret->todo = "name a target whose chain leads to this CA";
	if (i >= job->survey.n) {
		struct cert *ca = job->cas.at[i - job->survey.n].cert;

		if (!survey_proven_n(&job->survey) || survey_proves(&job->survey, ca))
			return 0;
		if (cert_facts_make(ca, &facts, why) < 0)
			return -1;
		return text_set(&ret->why, why, "'%s' is not proven: no target's chain leads to it",
			facts.subject);
	}
	end = &job->survey.at[i].end;
	if (!end->is_known || job->cas.n == 0 || (end->uses_ca && job->survey.prober))
		return 0;
	ret->target = job->survey.at[i].target->label;
	if (end->uses_ca) {
		ret->todo = "run it again without --chain, to contact the server itself";
		return text_set(
			&ret->why, why, "checked against a recorded chain; no server contacted");
	}
	if (!end->other)
		return text_set(&ret->why, why, "not judged by any store");
	if (cert_facts_make(end->other, &facts, why) < 0)
		return -1;
	return text_set(&ret->why, why, "already trusted by other means: its path ends at '%s'",
		facts.subject);
}

/* A line for each target that something else makes trusted, and for each CA that is not proven. */
static int write_unproven(const struct job *job, struct fault *why)
{
	for (size_t i = 0; i < job->survey.n + job->cas.n; i++) {
		struct unproven it = {0};

		if (report_unproven(job, i, &it, why) < 0)
			return -1;
		if (it.why && !(it.target && job->survey.at[i].end.uses_ca))
			fprintf(job->out, "%s%s%s\n", it.target ? it.target : "",
				it.target ? " is " : "", it.why);
		free(it.why);
	}
	return 0;
}

/* The last line's part about the targets: ", all proven against pypi.org:443". */
static void write_proof(const struct job *job)
{
	FILE *out = job->out;
	bool would = job->options.dry_run;
	const char *read_back = would ? "" : ", checked by reading it back";
	size_t proven_n = survey_proven_n(&job->survey);
	bool is_all = proven_n == job->survey.n;
	char at[TEXT_TIME_LEN];

	for (size_t i = 0; i < job->cas.n; i++)
		is_all = is_all && survey_proves(&job->survey, job->cas.at[i].cert);
	if (job->cas.n == 0) {
		fputs("; no CA was needed", out);
	} else if (proven_n == 0) {
		fprintf(out, "%s; not proven: no target's chain leads to %s", read_back,
			job->cas.n == 1 ? "this CA" : "these CAs");
	} else if (!job->survey.prober) {
		fprintf(out, ", %s a recorded chain; no server contacted",
			would ? "would be checked against"
			      : "checked by reading it back and against");
	} else {
		size_t n = 0;

		fprintf(out, ", %sproven against ", would ? "would be " : is_all ? "all " : "");
		for (size_t i = 0; i < job->survey.n; i++)
			if (job->survey.at[i].end.uses_ca && n++ < 4)
				fprintf(out, "%s%s", n > 1 ? ", " : "",
					job->survey.at[i].target->label);
		if (n > 4)
			fprintf(out, " and %zu more", n - 4);
	}
	if (proven_n && options_have(&job->options, "at")) {
		text_time(job->options.survey.at, at);
		fprintf(out, ", as of %s", at);
	}
}

static int write_change(const struct job *job, struct fault *why)
{
	const struct outcome *outcome = &job->outcome;
	size_t changed = report_changed_n(outcome);
	bool would = job->options.dry_run;

	if (report_findings(job, FINDING_SHORT, why) < 0)
		return -1;
	for (size_t i = 0; i < job->cas.n; i++)
		if (write_ca(job, &job->cas.at[i], why) < 0)
			return -1;
	report_stores(job, true, job->options.verbose);
	if (write_unproven(job, why) < 0)
		return -1;
	/* "2 stores changed, 1 unchanged, all proven against pypi.org:443; transaction 3" */
	fprintf(job->out, "%zu %s %s, %zu unchanged", changed, changed == 1 ? "store" : "stores",
		would ? "would change" : "changed", outcome->n - changed);
	if (outcome->asked_peers)
		write_proof(job);
	else
		fprintf(job->out, "%s; no server contacted",
			would ? "" : ", checked by reading it back");
	if (outcome->id)
		fprintf(job->out, "; transaction %" PRIu64, outcome->id);
	fputc('\n', job->out);
	return 0;
}

int report_change(const struct job *job, struct fault *why)
{
	if (job->options.json || job->options.quiet)
		return 0;
	return write_change(job, why) < 0 ? report_lost(job, why) : 0;
}
