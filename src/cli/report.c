/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "src/base/text.h"
#include "src/cli/report.h"
#include "src/client/clients.h"
#include "src/sys/terminal.h"

void report_colored(const struct job *job, bool is_good, int width, const char *word)
{
	bool color = terminal_wants_color(job->out, job->options.color);

	fprintf(job->out, "%s%-*s%s",
		!color    ? ""
		: is_good ? "\033[32m"
			  : "\033[31m",
		width, word, color ? "\033[0m" : "");
}

void report_plain(const struct job *job, const char *before, const char *text, const char *after)
{
	auto_free char *shown = text_harmless(text);

	fprintf(job->out, "%s%s%s", before, shown ? shown : "?", after);
}

/* ---- targets --------------------------------------------------------------------------------- */

bool report_made_trusted(const struct job *job, const struct finding *finding)
{
	return job->outcome.changed && probe_is_proven(finding->probe) &&
	       !finding->diagnosis.trusted_here;
}

/* "  why       refused by openssl, curl: the reason", and what to do. */
static void write_obstacle(
	const struct job *job, const struct obstacle *obstacle, const char *label)
{
	const char *comma = "";

	fprintf(job->out, "  %-9s refused by ", label);
	for (enum client i = 0; i < CLIENTS; i++)
		if (obstacle->clients & CLIENT_BIT(i)) {
			fprintf(job->out, "%s%s", comma,
				obstacle->newer & CLIENT_BIT(i) ? clients[i].new_from
								: client_name(i));
			comma = ", ";
		}
	fprintf(job->out, ": %s\n  do        %s\n", obstacle->why, obstacle->todo);
}

int report_finding(const struct job *job, const struct finding *finding, enum finding_detail detail,
	struct fault *why)
{
	const struct diagnosis *diagnosis = &finding->diagnosis;
	const struct probe *probe = finding->probe;
	enum verdict verdict = finding_verdict(finding);
	/* What the verdict says, if that is not who the server is. */
	const struct obstacle *first =
		verdict == diagnosis->verdict ? NULL : obstacles_first(finding->obstacles);
	const char *word = verdict_name(verdict);
	const char *trust = "";
	bool is_new = report_made_trusted(job, finding);

	if (is_new) {
		/* What remains of the verdict, now that it is trusted. */
		word = verdict == VERDICT_UNTRUSTED      ? "private CA"
		       : verdict == VERDICT_MISSING_ROOT ? "public root"
							 : word;
		trust = ", now trusted";
	} else if (probe->chain.n && (first || verdict == VERDICT_INTERCEPTED ||
					     verdict == VERDICT_UNTRUSTED_BY_PROXY)) {
		trust = diagnosis->trusted_here ? ", trusted here" : ", not trusted here";
	}
	fprintf(job->out, "%s: ", finding->target->label);
	report_colored(job, finding_is_usable(finding) || (is_new && !first), 0, word);
	fprintf(job->out, "%s\n", trust);
	if (first)
		write_obstacle(job, first, "why");
	fprintf(job->out, "  %s%s\n",
		is_new  ? "before    not trusted; "
		: first ? "identity  "
			: "why       ",
		diagnosis->why);
	if (detail >= FINDING_ADVICE && diagnosis->todo && diagnosis->todo[0] &&
		!(first && diagnosis->trusted_here))
		fprintf(job->out, "  do        %s\n", diagnosis->todo);
	for (size_t i = 0; i < diagnosis->evidence.n; i++)
		fprintf(job->out, "  evidence  %s\n", diagnosis->evidence.at[i]);
	for (size_t i = 0; i < OBSTACLES; i++)
		if (finding->obstacles[i].why && &finding->obstacles[i] != first)
			write_obstacle(job, &finding->obstacles[i], "besides");
	if (detail >= FINDING_ADVICE && probe->tls)
		fprintf(job->out, "  peer      %s%s, %s, ALPN %s\n", probe->via ? "through " : "",
			probe->via       ? probe->via
			: probe->address ? probe->address
					 : "-",
			probe->tls, probe->alpn ? probe->alpn : "none");
	for (size_t i = 0; detail == FINDING_WHOLE && i < probe->chain.n; i++) {
		auto_cert_facts facts = {0};
		char from[TEXT_TIME_LEN];
		char to[TEXT_TIME_LEN];

		if (cert_facts_make(probe->chain.at[i], &facts, why) < 0)
			return -1;
		text_time(facts.not_before, from);
		text_time(facts.not_after, to);
		fprintf(job->out, "  %2zu s:%s\n     i:%s\n     %s to %s, %s, sha256:%s\n", i,
			facts.subject, facts.issuer, from, to, facts.key, facts.sha256);
	}
	return 0;
}

int report_findings(const struct job *job, enum finding_detail detail, struct fault *why)
{
	auto_free char *split = NULL;

	for (size_t i = 0; i < job->survey.n; i++)
		if (report_finding(job, &job->survey.at[i], detail, why) < 0)
			return -1;
	if (survey_split(&job->survey, &split, why) < 0)
		return -1;
	if (split)
		fprintf(job->out, "%s\n", split);
	return 0;
}

void report_targets(const struct job *job, bool only_proven)
{
	size_t n = 0;

	for (size_t i = 0; i < job->survey.n; i++)
		if ((!only_proven || finding_is_proven(&job->survey.at[i])) && n++ < 4)
			fprintf(job->out, "%s%s", n > 1 ? ", " : "",
				job->survey.at[i].target->label);
	if (n > 4)
		fprintf(job->out, " and %zu more", n - 4);
}

/* ---- stores ---------------------------------------------------------------------------------- */

void report_notes(const struct job *job)
{
	for (size_t i = 0; i < job->outcome.notes.n; i++)
		report_plain(job, "note: ", job->outcome.notes.at[i], "\n");
}

void report_tree(const struct job *job, size_t i)
{
	const struct site *site = &job->site;
	const struct store_result *stores = job->outcome.at;
	size_t tree = stores[i].place->tree;

	if (site->trees_n > 1 && (i == 0 || stores[i - 1].place->tree != tree))
		report_plain(job, "", site->trees[tree].tree->label, ":\n");
}

void report_stores(const struct job *job, bool has_state, bool all_clients)
{
	const struct outcome *outcome = &job->outcome;
	size_t width = 0;

	for (size_t i = 0; i < outcome->n; i++)
		if (strlen(outcome->at[i].place->path) > width)
			width = strlen(outcome->at[i].place->path);
	for (size_t i = 0; i < outcome->n; i++) {
		const struct store_result *store = &outcome->at[i];
		auto_free char *path = text_harmless(store->place->path);

		report_tree(job, i);
		fprintf(job->out, "%-*s  ", width > 80 ? 80 : (int)width, path ? path : "?");
		if (has_state)
			fprintf(job->out, "%-12s  ", store_states[store->state]);
		fprintf(job->out, "%s\n", store->place->label ? store->place->label : "");
		if (store->place->note)
			report_plain(job, "  note: ", store->place->note, "\n");
		for (size_t c = 0; outcome->asked_peers && c < store->proof.clients_n; c++) {
			const struct client_result *result = &store->proof.clients[c];

			if (result->trusts && !all_clients)
				continue;
			fprintf(job->out, "  %-16s ", client_name(result->client));
			report_colored(job, result->trusts, 0,
				result->trusts    ? "trusts"
				: result->decides ? "REFUSES"
						  : "would reject it (informational)");
			fprintf(job->out, "%s%s\n", result->why[0] ? ": " : "", result->why);
		}
	}
	report_notes(job);
	for (size_t i = 0; i < outcome->edits.n && (!job->is_check || job->options.verbose); i++)
		report_plain(job, "  would ", outcome->edits.at[i], "\n");
}

size_t report_changed_n(const struct outcome *outcome)
{
	size_t n = 0;

	for (size_t i = 0; i < outcome->n; i++)
		n += outcome->at[i].state != STORE_UNCHANGED;
	return n;
}

/* ---- what install, remove and reapply changed ------------------------------------------------ */

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
	for (size_t i = 0; i < ca->replaces.n; i++) {
		const struct ca *it = &ca->replaces.at[i];
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

/* The last line's part about the targets: ", all proven against pypi.org:443". */
static void write_proof(const struct job *job)
{
	FILE *out = job->out;
	bool would = job->options.dry_run;
	const char *read_back = would ? "" : ", checked by reading it back";
	size_t proven_n = survey_proven_n(&job->survey), stopped_n = 0;
	bool is_all = proven_n == job->survey.n;

	for (size_t i = 0; i < job->survey.n; i++)
		stopped_n +=
			job->survey.at[i].end.uses_ca && !finding_is_proven(&job->survey.at[i]);
	for (size_t i = 0; i < job->cas.n; i++)
		is_all = is_all && survey_proves(&job->survey, job->cas.at[i].cert);
	if (!job->outcome.asked_peers) {
		fprintf(out, "%s; no server contacted", read_back);
	} else if (job->cas.n == 0) {
		fputs("; no CA was needed", out);
	} else if (proven_n == 0 && stopped_n) {
		fputs(read_back, out);
	} else if (proven_n == 0) {
		fprintf(out, "%s; not proven: no target's chain leads to %s", read_back,
			job->cas.n == 1 ? "this CA" : "these CAs");
	} else if (!job->survey.prober) {
		fprintf(out, ", %s a recorded chain; no server contacted",
			would ? "would be checked against"
			      : "checked by reading it back and against");
	} else {
		fprintf(out, ", %sproven against ", would ? "would be " : is_all ? "all " : "");
		report_targets(job, true);
	}
	if (stopped_n)
		fprintf(out,
			"; the identity of %zu %s %s proven, but not every client can use %s (see "
			"above)",
			stopped_n, stopped_n == 1 ? "target" : "targets", would ? "would be" : "is",
			stopped_n == 1 ? "it" : "them");
	if (proven_n && options_have(&job->options, "at")) {
		char at[TEXT_TIME_LEN];

		text_time(job->options.survey.at, at);
		fprintf(out, ", as of %s", at);
	}
}

static int write_change(const struct job *job, struct fault *why)
{
	const struct outcome *outcome = &job->outcome;
	size_t changed = report_changed_n(outcome);

	if (report_findings(job, FINDING_SHORT, why) < 0)
		return -1;
	for (size_t i = 0; i < job->cas.n; i++)
		if (write_ca(job, &job->cas.at[i], why) < 0)
			return -1;
	report_stores(job, true, job->options.verbose);
	/* Each target that something else makes trusted, and each CA that is not proven. */
	for (size_t i = 0; i < job->survey.n + job->cas.n; i++) {
		struct unproven it = {0};

		if (report_unproven(job, i, &it, why) < 0)
			return -1;
		if (it.why && !(it.target && job->survey.at[i].end.uses_ca))
			fprintf(job->out, "%s%s%s\n", it.target ? it.target : "",
				it.target ? " is " : "", it.why);
		free(it.why);
	}
	/* "2 stores changed, 1 unchanged, all proven against pypi.org:443; transaction 3" */
	fprintf(job->out, "%zu %s %s, %zu unchanged", changed, changed == 1 ? "store" : "stores",
		job->options.dry_run ? "would change" : "changed", outcome->n - changed);
	write_proof(job);
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
