/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "src/base/text.h"
#include "src/cli/report.h"
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

static int write_chain(const struct job *job, const struct certs *chain, struct fault *why)
{
	for (size_t i = 0; i < chain->n; i++) {
		auto_cert_facts facts = {0};
		char from[TEXT_TIME_LEN];
		char to[TEXT_TIME_LEN];

		if (cert_facts_make(chain->at[i], &facts, why) < 0)
			return -1;
		text_time(facts.not_before, from);
		text_time(facts.not_after, to);
		fprintf(job->out, "  %2zu s:%s\n     i:%s\n", i, facts.subject, facts.issuer);
		fprintf(job->out, "     %s to %s, %s, sha256:%s\n", from, to, facts.key,
			facts.sha256);
	}
	return 0;
}

bool report_made_trusted(const struct job *job, const struct finding *finding)
{
	return job->outcome.changed && probe_is_proven(finding->probe) &&
	       !finding->diagnosis.trusted_here;
}

int report_finding(const struct job *job, const struct finding *finding, enum finding_detail detail,
	struct fault *why)
{
	const struct diagnosis *diagnosis = &finding->diagnosis;
	const struct probe *probe = finding->probe;
	enum verdict verdict = diagnosis->verdict;
	const char *word = verdict_name(verdict);
	const char *trust = "";
	bool is_new = report_made_trusted(job, finding);

	if (is_new) {
		/* What remains of the verdict, now that it is trusted. */
		word = verdict == VERDICT_UNTRUSTED      ? "private CA"
		       : verdict == VERDICT_MISSING_ROOT ? "public root"
							 : word;
		trust = ", now trusted";
	} else if (probe->chain.n &&
		   (verdict == VERDICT_INTERCEPTED || verdict == VERDICT_UNTRUSTED_BY_PROXY ||
			   verdict == VERDICT_CLIENT_CERT_REQUIRED)) {
		trust = diagnosis->trusted_here ? ", trusted here" : ", not trusted here";
	}
	fprintf(job->out, "%s: ", finding->target->label);
	report_colored(job, diagnosis->trusted_here || is_new, 0, word);
	fprintf(job->out, "%s\n  %s%s\n", trust, is_new ? "before    not trusted; " : "why       ",
		diagnosis->why);
	if (detail >= FINDING_ADVICE && diagnosis->todo && diagnosis->todo[0])
		fprintf(job->out, "  do        %s\n", diagnosis->todo);
	for (size_t i = 0; i < diagnosis->evidence.n; i++)
		fprintf(job->out, "  evidence  %s\n", diagnosis->evidence.at[i]);
	if (detail >= FINDING_ADVICE && probe->tls)
		fprintf(job->out, "  peer      %s%s, %s, ALPN %s\n", probe->via ? "through " : "",
			probe->via       ? probe->via
			: probe->address ? probe->address
					 : "-",
			probe->tls, probe->alpn ? probe->alpn : "none");
	return detail == FINDING_WHOLE ? write_chain(job, &probe->chain, why) : 0;
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

void report_targets(const struct job *job)
{
	size_t n = job->survey.n;

	for (size_t i = 0; i < n && i < 4; i++)
		fprintf(job->out, "%s%s", i ? ", " : "", job->survey.at[i].target->label);
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

static void write_store(const struct job *job, const struct store_result *store, int width,
	bool has_state, bool all_clients)
{
	auto_free char *path = text_harmless(store->place->path);
	const struct proof *proof = &store->proof;

	fprintf(job->out, "%-*s  ", width, path ? path : "?");
	if (has_state)
		fprintf(job->out, "%-12s  ", store_state_name(store->state));
	fprintf(job->out, "%s\n", store->place->label ? store->place->label : "");
	if (store->place->note)
		report_plain(job, "  note: ", store->place->note, "\n");
	for (size_t i = 0; job->outcome.asked_peers && i < proof->clients_n; i++) {
		const struct client_result *result = &proof->clients[i];

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

void report_stores(const struct job *job, bool has_state, bool all_clients)
{
	const struct outcome *outcome = &job->outcome;
	size_t width = 0;

	for (size_t i = 0; i < outcome->n; i++)
		if (strlen(outcome->at[i].place->path) > width)
			width = strlen(outcome->at[i].place->path);
	for (size_t i = 0; i < outcome->n; i++) {
		report_tree(job, i);
		write_store(
			job, &outcome->at[i], width > 80 ? 80 : (int)width, has_state, all_clients);
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
