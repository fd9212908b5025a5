/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/cli/report.h"

/* A text report under way: where to, and whether in color. */
struct page {
	FILE *out;
	bool color;
};

static const char *paint(const struct page *page, bool good)
{
	return !page->color ? "" : good ? "\033[32m" : "\033[31m";
}

static const char *plain(const struct page *page)
{
	return page->color ? "\033[0m" : "";
}

/* A path or a sentence with one in it, out of a tree, which may hold anything. */
static void write_plain(
	const struct page *page, const char *before, const char *text, const char *after)
{
	auto_free char *shown = text_harmless(text);

	fprintf(page->out, "%s%s%s", before, shown ? shown : "?", after);
}

/* ---- targets --------------------------------------------------------------------------------- */

static int write_chain(const struct page *page, const struct certs *chain, struct fault *why)
{
	for (size_t i = 0; i < chain->n; i++) {
		auto_cert_facts facts = {0};
		char from[TEXT_TIME_LEN];
		char to[TEXT_TIME_LEN];

		if (cert_facts_make(chain->at[i], &facts, why) < 0)
			return -1;
		text_time(facts.not_before, from);
		text_time(facts.not_after, to);
		fprintf(page->out, "  %2zu s:%s\n     i:%s\n", i, facts.subject, facts.issuer);
		fprintf(page->out, "     %s to %s, %s, sha256:%s\n", from, to, facts.key,
			facts.sha256);
	}
	return 0;
}

enum finding_detail {
	FINDING_SHORT, /* what it is, and why */
	FINDING_ADVICE, /* and what to do, and how it was reached */
	FINDING_WHOLE, /* and the chain */
};

/* Of a target that the run made trusted, what stays of its verdict. */
static const char *kind_words(enum verdict verdict)
{
	return verdict == VERDICT_UNTRUSTED      ? "private CA"
	       : verdict == VERDICT_MISSING_ROOT ? "public root"
						 : verdict_name(verdict);
}

/* Verdicts that leave open whether the asked store trusts. */
static const char *trust_words(const struct finding *finding)
{
	enum verdict verdict = finding->diagnosis.verdict;

	if (finding->probe->chain.n == 0 ||
		(verdict != VERDICT_INTERCEPTED && verdict != VERDICT_UNTRUSTED_BY_PROXY &&
			verdict != VERDICT_CLIENT_CERT_REQUIRED))
		return "";
	return finding->diagnosis.trusted_here ? ", trusted here" : ", not trusted here";
}

static int write_finding(const struct page *page, const struct job *job,
	const struct finding *finding, enum finding_detail detail, struct fault *why)
{
	const struct diagnosis *diagnosis = &finding->diagnosis;
	const struct probe *probe = finding->probe;
	bool is_new = job_made_trusted(job, finding);

	fprintf(page->out, "%s: %s%s%s%s\n", finding->target->label,
		paint(page, diagnosis->trusted_here || is_new),
		is_new ? kind_words(diagnosis->verdict) : verdict_name(diagnosis->verdict),
		plain(page), is_new ? ", now trusted" : trust_words(finding));
	fprintf(page->out, "  %s%s\n", is_new ? "before    not trusted; " : "why       ",
		diagnosis->why);
	if (detail >= FINDING_ADVICE && diagnosis->todo && diagnosis->todo[0])
		fprintf(page->out, "  do        %s\n", diagnosis->todo);
	for (size_t i = 0; i < diagnosis->evidence.n; i++)
		fprintf(page->out, "  evidence  %s\n", diagnosis->evidence.at[i]);
	if (detail >= FINDING_ADVICE && probe->tls)
		fprintf(page->out, "  peer      %s%s, %s, ALPN %s\n", probe->via ? "through " : "",
			probe->via       ? probe->via
			: probe->address ? probe->address
					 : "-",
			probe->tls, probe->alpn ? probe->alpn : "none");
	return detail == FINDING_WHOLE ? write_chain(page, &probe->chain, why) : 0;
}

/* ---- stores ---------------------------------------------------------------------------------- */

static const char *client_word(const struct client_result *result)
{
	return result->trusts    ? "trusts"
	       : result->decides ? "REFUSES"
				 : "would reject it (informational)";
}

static void write_clients(const struct page *page, const struct proof *proof, bool all)
{
	for (size_t i = 0; i < proof->clients_n; i++) {
		const struct client_result *result = &proof->clients[i];

		if (result->trusts && !all)
			continue;
		fprintf(page->out, "  %-16s %s%s%s%s%s\n", client_name(result->client),
			paint(page, result->trusts), client_word(result), plain(page),
			result->why[0] ? ": " : "", result->why);
	}
}

static int path_width(const struct outcome *outcome)
{
	size_t width = 0;

	for (size_t i = 0; i < outcome->n; i++)
		if (strlen(outcome->at[i].path) > width)
			width = strlen(outcome->at[i].path);
	return width > 80 ? 80 : (int)width;
}

static void write_notes(const struct page *page, const struct job *job)
{
	for (size_t i = 0; i < job->outcome.notes.n; i++)
		write_plain(page, "note: ", job->outcome.notes.at[i], "\n");
}

/* Of several trees: which one the stores from place `i` on are in. */
static void write_tree(const struct page *page, const struct job *job, size_t i)
{
	const struct site *site = &job->site;
	size_t tree = site->places.at[i].tree;

	if (site->trees_n > 1 && (i == 0 || site->places.at[i - 1].tree != tree))
		write_plain(page, "", site->trees[tree].tree->label, ":\n");
}

static void write_store(
	const struct page *page, const struct store_outcome *store, int width, const char *state)
{
	auto_free char *path = text_harmless(store->path);

	fprintf(page->out, "%-*s  ", width, path ? path : "?");
	if (state)
		fprintf(page->out, "%-12s  ", state);
	fprintf(page->out, "%s\n", store->label);
}

static void write_stores(const struct page *page, const struct job *job, bool verifying)
{
	const struct outcome *outcome = &job->outcome;
	bool is_brief = job->is_check && !job->options->verbose;
	int width = path_width(outcome);

	for (size_t i = 0; i < outcome->n; i++) {
		const struct store_outcome *store = &outcome->at[i];

		write_tree(page, job, i);
		write_store(page, store, width, verifying ? NULL : store_state_name(store->state));
		if (store->note)
			write_plain(page, "  note: ", store->note, "\n");
		if (outcome->asked_peers)
			write_clients(page, &store->proof, verifying || job->options->verbose);
	}
	write_notes(page, job);
	for (size_t i = 0; i < outcome->edits.n && !is_brief; i++)
		write_plain(page, "  would ", outcome->edits.at[i], "\n");
}

static void write_elsewhere(const struct page *page, const struct job *job)
{
	for (size_t i = 0; i < job->unmanaged.n; i++) {
		const struct unmanaged_program *program = &job->unmanaged.at[i];

		if (job->site.trees_n > 1)
			write_plain(page, "", program->tree, ": ");
		write_plain(page, "", program->path, "  ");
		fprintf(page->out, "%s uses none of the stores above", program->name);
		if (program->more_n)
			fprintf(page->out, " (and %zu more)", program->more_n);
		fprintf(page->out, "\n  reads   %s\n  do      %s\n", program->reads, program->help);
	}
}

/* "2 stores changed, 1 unchanged, all proven against pypi.org:443" */
static void write_summary(const struct page *page, const struct job *job)
{
	const struct outcome *outcome = &job->outcome;
	size_t changed = report_changed_n(outcome);

	fprintf(page->out, "%zu %s %s, %zu unchanged", changed, changed == 1 ? "store" : "stores",
		job->options->dry_run ? "would change" : "changed", outcome->n - changed);
	if (outcome->asked_peers)
		report_proof(page->out, job);
	else
		fputs(job->options->dry_run ? "; no server contacted"
					    : ", checked by reading it back; no server contacted",
			page->out);
	if (outcome->id)
		fprintf(page->out, "; transaction %" PRIu64, outcome->id);
	fputc('\n', page->out);
}

static void write_replaced(
	const struct page *page, const struct replacements *replacements, const struct cert *by)
{
	for (size_t i = 0; i < replacements->n; i++) {
		const struct replacement *it = &replacements->at[i];
		char hex[TEXT_SHA256_HEX_LEN];

		if (!it->done || !cert_same(it->by, by))
			continue;
		text_hex(cert_sha256(it->old), DIGEST_SHA256_LEN, hex);
		fprintf(page->out, "  replaces sha256:%s, which trustfix installed: %s\n", hex,
			it->reason);
	}
}

static int write_seen(const struct page *page, const struct job *job, const struct capture *capture,
	struct fault *why)
{
	auto_free char *seen = NULL;

	if (capture_seen(capture, job->survey.n, &seen, why) < 0)
		return -1;
	fprintf(page->out, "  %s%s%s\n", seen, capture->interceptor ? ", " : "",
		capture->interceptor ? capture->interceptor->product : "");
	return 0;
}

static int write_captures(const struct page *page, const struct job *job, struct fault *why)
{
	for (size_t i = 0; i < job->captures.n; i++) {
		const struct capture *capture = &job->captures.at[i];
		auto_cert_facts facts = {0};

		if (cert_facts_make(capture->ca, &facts, why) < 0)
			return -1;
		fprintf(page->out, "CA %s\n  sha256:%s\n", facts.subject, facts.sha256);
		if (capture->source)
			write_plain(page, "  the public root out of ", capture->source, "\n");
		if (capture->targets.n && write_seen(page, job, capture, why) < 0)
			return -1;
		write_replaced(page, &job->outcome.replacements, capture->ca);
		for (size_t a = 0; a < capture->advice.n; a++)
			fprintf(page->out, "  note: %s\n", capture->advice.at[a]);
	}
	return 0;
}

/* ---- list, undo --list ----------------------------------------------------------------------- */

static int write_listed(const struct page *page, const struct certs *certs, struct fault *why)
{
	for (size_t i = 0; i < certs->n; i++) {
		auto_cert_facts facts = {0};
		char to[TEXT_TIME_LEN];

		if (cert_facts_make(certs->at[i], &facts, why) < 0)
			return -1;
		text_time(facts.not_after, to);
		fprintf(page->out, "  sha256:%s  until %.10s  %s\n", facts.sha256, to,
			facts.subject);
	}
	return 0;
}

static int write_listing(const struct page *page, const struct job *job, struct fault *why)
{
	for (size_t i = 0; i < job->listing.n; i++) {
		const struct listed_store *listed = &job->listing.at[i];
		const struct place *place = &job->site.places.at[i];

		write_tree(page, job, i);
		write_plain(page, "", place->path, "  ");
		fprintf(page->out, "%s, %zu %s, ", place->label ? place->label : place->ops->kind,
			listed->all_n, listed->all_n == 1 ? "certificate" : "certificates");
		if (listed->hidden_n)
			fprintf(page->out, "%zu not loaded, ", listed->hidden_n);
		if (listed->certs.n)
			fprintf(page->out, "%zu shown\n", listed->certs.n);
		else
			fputs(listed->all_n ? "all public roots\n" : "none shown\n", page->out);
		if (listed->damage[0])
			fprintf(page->out, "  damage: %s\n", listed->damage);
		if (place->note)
			write_plain(page, "  note: ", place->note, "\n");
		if (write_listed(page, &listed->certs, why) < 0)
			return -1;
	}
	write_notes(page, job);
	return 0;
}

static void write_records(const struct page *page, const struct records *records)
{
	for (size_t i = 0; i < records->n; i++) {
		const struct record *record = &records->at[i];
		char when[TEXT_TIME_LEN];

		text_time((time_t)record->when, when);
		fprintf(page->out, "%4" PRIu64 "  %s  %-8s %-7s", record->id, when,
			record_state_name(record->state), record->action);
		for (size_t s = 0; s < record->stores.n; s++)
			write_plain(page, " ", record->stores.at[s], "");
		fputc('\n', page->out);
	}
	if (records->n == 0)
		fputs("nothing to undo\n", page->out);
}

/* ---- env ------------------------------------------------------------------------------------- */

static int write_variables(const struct page *page, const struct job *job, struct fault *why)
{
	auto_buf lines = buf_make(LIMIT_FILE_BYTES);

	for (const struct variable *variable = variables; variable->name; variable++) {
		const char *value = variable_value(variable, &job->variables);

		if (value && shell_set(job->shell, variable->name, value, &lines, why) < 0)
			return -1;
	}
	fputs(buf_text(&lines), page->out);
	return 0;
}

/* ---- explain --------------------------------------------------------------------------------- */

static void write_explanation(const struct page *page, const struct explanation *it)
{
	fprintf(page->out, "%s: %s%s%s\n", it->program ? it->program->name : "a program",
		it->cause->name, it->target ? ", " : "", it->target ? it->target : "");
	fprintf(page->out, "  means     %s\n", it->cause->means);
	if (it->sent)
		fprintf(page->out, "  sent      %s\n", it->sent);
	if (it->interceptor)
		fprintf(page->out, "  who       %s%s%s\n", it->interceptor->product,
			it->interceptor->root_hint ? ": " : "",
			it->interceptor->root_hint ? it->interceptor->root_hint : "");
	if (it->program && it->program->note)
		fprintf(page->out, "  program   %s\n", it->program->note);
	for (size_t i = 0; i < it->commands.n; i++)
		fprintf(page->out, "  %-9s %s\n", i ? "" : "do", it->commands.at[i]);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool command_is(const struct job *job, const char *name)
{
	return strcmp(job->command, name) == 0;
}

static int write_findings(const struct page *page, const struct job *job,
	enum finding_detail detail, struct fault *why)
{
	auto_free char *split = NULL;

	for (size_t i = 0; i < job->survey.n; i++)
		if (write_finding(page, job, &job->survey.at[i], detail, why) < 0)
			return -1;
	if (survey_split(&job->survey, &split, why) < 0)
		return -1;
	if (split)
		fprintf(page->out, "%s\n", split);
	return 0;
}

static int write_doctor(const struct page *page, const struct job *job, struct fault *why)
{
	for (size_t i = 0; i < job->checkups.n; i++) {
		if (write_finding(page, job, &job->survey.at[i], FINDING_SHORT, why) < 0)
			return -1;
		report_checkup(page->out, &job->checkups.at[i], page->color);
	}
	return 0;
}

static int write_verify(const struct page *page, const struct job *job, struct fault *why)
{
	if (write_findings(page, job, FINDING_ADVICE, why) < 0)
		return -1;
	write_stores(page, job, true);
	write_elsewhere(page, job);
	return 0;
}

static int write_change(const struct page *page, const struct job *job, struct fault *why)
{
	bool idle = !job->outcome.changed && !job->options->dry_run;

	if (idle && job->is_silent_when_unchanged)
		return 0;
	if (write_findings(page, job, FINDING_SHORT, why) < 0)
		return -1;
	if (!job->is_check && write_captures(page, job, why) < 0)
		return -1;
	write_stores(page, job, false);
	if (job->is_check) {
		report_checked(page->out, job);
		return 0;
	}
	if (report_unproven_all(page->out, job, why) < 0)
		return -1;
	write_summary(page, job);
	return 0;
}

int report_text(
	FILE *out, const struct job *job, const struct fault *failed, bool color, struct fault *why)
{
	struct page page = {out, color};

	if (failed || job->wrote_result || command_is(job, "convert") || command_is(job, "capture"))
		return 0;
	if (command_is(job, "probe"))
		return write_findings(&page, job, FINDING_WHOLE, why);
	if (command_is(job, "doctor"))
		return write_doctor(&page, job, why);
	if (command_is(job, "verify"))
		return write_verify(&page, job, why);
	if (command_is(job, "list"))
		return write_listing(&page, job, why);
	if (command_is(job, "explain")) {
		write_explanation(&page, &job->explanation);
		return 0;
	}
	if (command_is(job, "env"))
		return write_variables(&page, job, why);
	if (command_is(job, "undo") && job->options->list) {
		write_records(&page, &job->records);
		return 0;
	}
	if (job->options->quiet)
		return 0;
	if (command_is(job, "undo")) {
		if (job->outcome.id)
			fprintf(out, "transaction %" PRIu64 " undone; ", job->outcome.id);
		fputs(job->options->image ? "the top layer, which trustfix added, was removed\n"
					  : "everything is as it was before\n",
			out);
		write_notes(&page, job);
		return 0;
	}
	return write_change(&page, job, why);
}
