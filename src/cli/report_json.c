/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/pem.h"
#include "src/cli/report.h"
#include "src/sys/json.h"

/*
 * Every maker gives a new reference, or NULL when there is no memory.  A NULL anywhere makes the
 * whole NULL (json_with()), so report_json() asks once.
 */

static json_t *time_json(time_t when)
{
	char text[TEXT_TIME_LEN];

	text_time(when, text);
	return json_string(text);
}

static json_t *cert_json(struct cert *cert, struct fault *why)
{
	auto_cert_facts facts = {0};

	if (cert_facts_make(cert, &facts, why) < 0)
		return NULL;
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:b, s:b, s:b}", "subject",
		facts.subject, "issuer", facts.issuer, "sha256", facts.sha256, "spki_sha256",
		facts.spki_sha256, "serial", facts.serial, "not_before",
		time_json(facts.not_before), "not_after", time_json(facts.not_after), "key",
		facts.key, "is_ca", facts.is_ca, "self_signed", facts.is_self_signed, "public_root",
		facts.is_public_root);
}

static json_t *certs_json(const struct certs *certs, struct fault *why)
{
	json_t *json = json_array();

	for (size_t i = 0; json && i < certs->n; i++)
		json = json_and(json, cert_json(certs->at[i], why));
	return json;
}

/* ---- targets, cas ---------------------------------------------------------------------------- */

static json_t *interceptor_json(const struct interceptor *interceptor)
{
	static const char *const classes[] = {
		[INTERCEPTOR_ENTERPRISE] = "enterprise",
		[INTERCEPTOR_ENDPOINT] = "endpoint",
		[INTERCEPTOR_DEBUG] = "debug",
		[INTERCEPTOR_SANDBOX] = "sandbox",
	};

	_Static_assert(sizeof(classes) / sizeof(classes[0]) == INTERCEPTOR_CLASSES, "a name each");
	if (!interceptor)
		return json_null();
	return json_pack("{s:s, s:s}", "product", interceptor->product, "class",
		classes[interceptor->class]);
}

/* What is true of a target after the run: its interceptor stays where it is. */
static enum verdict verdict_now(const struct job *job, const struct finding *finding)
{
	enum verdict before = finding->diagnosis.verdict;

	return job_made_trusted(job, finding) && before != VERDICT_INTERCEPTED &&
			       before != VERDICT_CLIENT_CERT_REQUIRED
		       ? VERDICT_TRUSTED
		       : before;
}

static json_t *finding_json(const struct job *job, const struct finding *finding, struct fault *why)
{
	const struct diagnosis *diagnosis = &finding->diagnosis;
	const struct probe *probe = finding->probe;

	return json_pack("{s:s, s:s, s:i, s:s, s:b, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
			 "s:o, s:b, s:o}",
		"target", finding->target->label, "host", finding->target->host, "port",
		(int)finding->target->port, "verdict", verdict_name(verdict_now(job, finding)),
		"trusted", diagnosis->trusted_here || job_made_trusted(job, finding),
		"verdict_before", verdict_name(diagnosis->verdict), "trusted_before",
		diagnosis->trusted_here, "why", json_shown(diagnosis->why), "todo",
		json_shown(diagnosis->todo), "evidence", json_names(&diagnosis->evidence),
		"interceptor", interceptor_json(diagnosis->interceptor), "address",
		json_shown(probe->address), "via", json_shown(probe->via), "tls",
		json_shown(probe->tls), "alpn", json_shown(probe->alpn), "client_cert_asked",
		probe->client_cert_asked, "chain", certs_json(&probe->chain, why));
}

/* By this run, through a CA that it installed or found installed. */
static bool is_proven(const struct job *job, size_t target, const struct fault *failed)
{
	return !failed && !job->options->dry_run && job->survey.prober &&
	       target < job->outcome.ends_n && job->outcome.ends[target].uses_ca;
}

static json_t *targets_json(const struct job *job, const struct fault *failed, struct fault *why)
{
	json_t *json = json_array();

	for (size_t i = 0; json && i < job->survey.n; i++)
		json = json_and(json, json_with(finding_json(job, &job->survey.at[i], why),
					      "proven", json_boolean(is_proven(job, i, failed))));
	return json;
}

/* Which targets prove nothing of the CAs, why, and what would. */
static json_t *unproven_json(const struct job *job, struct fault *why)
{
	json_t *json = json_array();

	for (size_t i = 0; json && i < job->survey.n; i++) {
		auto_free char *text = NULL;

		if (report_unproven(job, i, &text, why) < 0)
			return json_and(json, NULL);
		if (text)
			json = json_and(json,
				json_pack("{s:s, s:n, s:s, s:s}", "target",
					job->survey.targets[i].label, "client", "why", text, "todo",
					job->outcome.ends[i].uses_ca
						? "ask the server itself, without --chain"
						: "name a target whose chain leads to this CA"));
	}
	for (size_t i = 0; json && i < job->captures.n; i++) {
		auto_free char *text = NULL;

		if (report_unproven_ca(job, i, &text, why) < 0)
			return json_and(json, NULL);
		if (text)
			json = json_and(json,
				json_pack("{s:n, s:n, s:s, s:s}", "target", "client", "why", text,
					"todo", "name a target whose chain leads to this CA"));
	}
	return json;
}

/* What this CA replaced, or would: certificates with the reason. */
static json_t *replaced_json(
	const struct replacements *replacements, const struct cert *by, struct fault *why)
{
	json_t *json = json_array();

	for (size_t i = 0; json && i < replacements->n; i++) {
		const struct replacement *it = &replacements->at[i];
		json_t *old;

		if (!it->done || !cert_same(it->by, by))
			continue;
		old = cert_json(it->old, why);
		json = json_and(json, json_with(old, "reason", json_string(it->reason)));
	}
	return json;
}

/* With its PEM, so that no second run is needed for it. */
static json_t *pem_json(struct cert *cert, struct fault *why)
{
	auto_buf pem = buf_make(LIMIT_PEM_BYTES);

	if (pem_format(cert, &pem, why) < 0)
		return NULL;
	return json_with(cert_json(cert, why), "pem", json_string(buf_text(&pem)));
}

static json_t *intermediates_json(const struct intermediates *intermediates, struct fault *why)
{
	json_t *json = json_array();

	for (size_t i = 0; json && i < intermediates->n; i++) {
		json_t *one = pem_json(intermediates->at[i].cert, why);

		one = json_with(one, "targets", json_names(&intermediates->at[i].targets));
		json = json_and(json, one);
	}
	return json;
}

/* Null unless some targets are intercepted and others bypass the interceptor. */
static json_t *split_json(const struct survey *survey)
{
	if (survey->intercepted.n == 0 || survey->bypassed.n == 0)
		return json_null();
	return json_pack("{s:o, s:o}", "intercepted", json_names(&survey->intercepted), "bypassed",
		json_names(&survey->bypassed));
}

static json_t *capture_json(const struct job *job, const struct capture *capture, struct fault *why)
{
	json_t *json = pem_json(capture->ca, why);

	json = json_with(json, "seen_for", json_integer((json_int_t)capture->targets.n));
	json = json_with(json, "owners", json_names(&capture->owners));
	json = json_with(json, "targets", json_names(&capture->targets));
	json = json_with(json, "interceptor", interceptor_json(capture->interceptor));
	json = json_with(json, "source", json_shown(capture->source));
	json = json_with(json, "advice", json_names(&capture->advice));
	json = json_with(
		json, "replaces", replaced_json(&job->outcome.replacements, capture->ca, why));
	return json;
}

static json_t *captures_json(const struct job *job, struct fault *why)
{
	json_t *json = json_array();

	for (size_t i = 0; json && i < job->captures.n; i++)
		json = json_and(json, capture_json(job, &job->captures.at[i], why));
	return json;
}

/* ---- trees ----------------------------------------------------------------------------------- */

static json_t *clients_json(const struct proof *proof)
{
	json_t *json = json_array();

	for (size_t i = 0; json && i < proof->clients_n; i++) {
		const struct client_result *result = &proof->clients[i];

		json = json_and(
			json, json_pack("{s:s, s:b, s:b, s:o}", "client",
				      client_name(result->client), "decides", result->decides,
				      "trusts", result->trusts, "why", json_shown(result->why)));
	}
	return json;
}

static json_t *store_json(const struct store_outcome *store, bool asked_peers)
{
	return json_pack("{s:s, s:o, s:o, s:s, s:o, s:o}", "kind", store->kind, "path",
		json_shown(store->path), "label", json_shown(store->label), "state",
		store_state_name(store->state), "note", json_shown(store->note), "clients",
		asked_peers ? clients_json(&store->proof) : json_array());
}

static json_t *listed_json(
	const struct place *place, const struct listed_store *listed, struct fault *why)
{
	return json_pack("{s:s, s:o, s:o, s:s, s:o, s:o, s:o, s:I, s:I, s:o}", "kind",
		place->ops->kind, "path", json_shown(place->path), "label",
		json_shown(place->label ? place->label : ""), "state", "unchanged", "note",
		json_shown(place->note), "damage",
		json_shown(listed->damage[0] ? listed->damage : NULL), "clients", json_array(),
		"certificates", (json_int_t)listed->all_n, "not_loaded",
		(json_int_t)listed->hidden_n, "certs", certs_json(&listed->certs, why));
}

/* The stores of one tree; the places, the outcome and the listing have the same order. */
static json_t *stores_json(const struct job *job, size_t tree, struct fault *why)
{
	const struct places *places = &job->site.places;
	json_t *json = json_array();

	for (size_t i = 0; json && i < places->n; i++) {
		if (places->at[i].tree != tree)
			continue;
		if (i < job->outcome.n)
			json = json_and(
				json, store_json(&job->outcome.at[i], job->outcome.asked_peers));
		if (i < job->listing.n)
			json = json_and(
				json, listed_json(&places->at[i], &job->listing.at[i], why));
	}
	return json;
}

static json_t *trees_json(const struct job *job, struct fault *why)
{
	json_t *json = json_array();

	for (size_t i = 0; json && i < job->site.trees_n; i++)
		json = json_and(json,
			json_pack("{s:o, s:o}", "tree", json_shown(job->site.trees[i].tree->label),
				"stores", stores_json(job, i, why)));
	return json;
}

static json_t *unmanaged_json(const struct unmanaged *unmanaged)
{
	json_t *json = json_array();

	for (size_t i = 0; json && i < unmanaged->n; i++) {
		const struct unmanaged_program *program = &unmanaged->at[i];

		json = json_and(json,
			json_pack("{s:o, s:s, s:o, s:I, s:o, s:o}", "tree",
				json_shown(program->tree), "program", program->name, "path",
				json_shown(program->path), "more", (json_int_t)program->more_n,
				"reads", json_shown(program->reads), "todo",
				json_shown(program->help)));
	}
	return json;
}

static json_t *run_json(const struct checkup_run *run)
{
	return json_pack("{s:s, s:o, s:I, s:o}", "result", checkup_end_name(run->end), "http",
		run->http ? json_integer(run->http) : json_null(), "ms", (json_int_t)run->ms,
		"said", json_shown(run->said));
}

static json_t *patient_json(const struct patient *patient)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "program",
		patient->program->name, "path", json_shown(patient->path), "version",
		json_shown(patient->version), "yours", run_json(&patient->runs[CHECKUP_YOURS]),
		"clean", run_json(&patient->runs[CHECKUP_CLEAN]), "why", json_shown(patient->why),
		"uses", json_shown(patient->uses), "todo", json_shown(patient->todo));
}

static json_t *checkups_json(const struct job *job)
{
	json_t *json = json_array();

	/* The survey may have failed where the programs did not. */
	for (size_t i = 0; json && i < job->checkups.n && i < job->survey.n; i++) {
		const struct checkup *checkup = &job->checkups.at[i];
		json_t *programs_here = json_array();

		for (size_t p = 0; p < checkup->n; p++)
			programs_here = json_and(programs_here, patient_json(&checkup->at[p]));
		json = json_and(json,
			json_pack("{s:s, s:o, s:o}", "target", job->survey.targets[i].label,
				"programs", programs_here, "notes", json_names(&checkup->notes)));
	}
	return json;
}

static json_t *records_json(const struct records *records)
{
	json_t *json = json_array();

	for (size_t i = 0; json && i < records->n; i++) {
		const struct record *record = &records->at[i];

		json = json_and(json,
			json_pack("{s:I, s:s, s:s, s:o, s:o, s:o, s:o}", "id",
				(json_int_t)record->id, "state", record_state_name(record->state),
				"action", record->action, "time", time_json((time_t)record->when),
				"added", json_names(&record->added), "removed",
				json_names(&record->removed), "stores",
				json_names(&record->stores)));
	}
	return json;
}

/* Empty but for env. */
static json_t *variables_json(const struct job *job)
{
	static const char *const kinds[] = {
		[VARIABLE_BUNDLE] = "replaces",
		[VARIABLE_CA] = "adds",
		[VARIABLE_JAVA] = "java",
	};
	json_t *json = json_array();

	_Static_assert(sizeof(kinds) / sizeof(kinds[0]) == VARIABLE_KINDS, "a word each");
	for (const struct variable *variable = variables; json && variable->name; variable++) {
		const char *value = variable_value(variable, &job->variables);

		if (value)
			json = json_and(
				json, json_pack("{s:s, s:o, s:s, s:s}", "name", variable->name,
					      "value", json_shown(value), "kind",
					      kinds[variable->kind], "clients", variable->clients));
	}
	return json;
}

static json_t *explanation_json(const struct explanation *it)
{
	if (!it->cause)
		return json_null();
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "cause", it->cause->name,
		"means", it->cause->means, "program",
		json_shown(it->program ? it->program->name : NULL), "note",
		json_shown(it->program ? it->program->note : NULL), "target",
		json_shown(it->target), "sent", json_shown(it->sent), "interceptor",
		interceptor_json(it->interceptor), "commands", json_names(&it->commands));
}

static json_t *fault_json(const struct fault *failed)
{
	if (!failed)
		return json_null();
	return json_pack("{s:s, s:o}", "kind", fault_kind_name(failed->kind), "text",
		json_shown(failed->text));
}

int report_json(FILE *out, const struct job *job, const struct fault *failed, struct fault *why)
{
	const struct outcome *outcome = &job->outcome;
	auto_buf text = buf_make(LIMIT_JSON_BYTES * 8);
	auto_json json = json_pack(
		"{s:i, s:o, s:b, s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"trustfix", 1, "command", json_shown(job->command), "changed", outcome->changed,
		"would_change", outcome->would_change, "dry_run",
		job->options->dry_run || job->is_check, "targets", targets_json(job, failed, why),
		"split_tunnel", split_json(&job->survey), "cas", captures_json(job, why), "trees",
		trees_json(job, why), "edits", json_names(&outcome->edits), "notes",
		json_names(&outcome->notes), "transaction",
		outcome->id ? json_integer((json_int_t)outcome->id) : json_null(), "transactions",
		records_json(&job->records), "elsewhere", unmanaged_json(&job->unmanaged),
		"intermediates", intermediates_json(&job->intermediates, why), "fault",
		fault_json(failed));

	if (!json || json_object_set_new(json, "version", json_string(TRUSTFIX_VERSION)) < 0 ||
		json_object_set_new(json, "help", json_shown(job->help)) < 0 ||
		json_object_set_new(json, "variables", variables_json(job)) < 0 ||
		json_object_set_new(json, "unproven", unproven_json(job, why)) < 0 ||
		json_object_set_new(json, "checkups", checkups_json(job)) < 0 ||
		json_object_set_new(json, "explanation", explanation_json(&job->explanation)) < 0)
		return fault_nomem(why);
	if (json_format(json, &text, why) < 0)
		return -1;
	if (fwrite(text.bytes, 1, text.len, out) != text.len)
		return fault_sys(why, "cannot write the result");
	return 0;
}
