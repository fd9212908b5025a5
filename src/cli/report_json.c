/* SPDX-License-Identifier: Apache-2.0 */

#include "src/base/text.h"
#include "src/cli/cmds.h"
#include "src/cli/report.h"
#include "src/client/clients.h"
#include "src/x509/pem.h"

json_t *json_object_of(const struct json_member *members)
{
	json_t *json = json_object();

	for (; members->key; members++)
		if (json_object_set_new(json, members->key, members->value) < 0) {
			json_decref(json);
			json = NULL; /* the remaining values are still released */
		}
	return json;
}

json_t *json_time(time_t when)
{
	char text[TEXT_TIME_LEN];

	text_time(when, text);
	return json_string(text);
}

json_t *json_cert(struct cert *cert, bool with_pem, struct fault *why)
{
	auto_cert_facts facts = {0};
	auto_buf pem = buf_make(LIMIT_PEM_BYTES);
	json_t *json;

	if (cert_facts_make(cert, &facts, why) < 0 || (with_pem && pem_format(cert, &pem, why) < 0))
		return NULL;
	json = json_object_of((const struct json_member[]){{"subject", json_string(facts.subject)},
		{"issuer", json_string(facts.issuer)}, {"sha256", json_string(facts.sha256)},
		{"spki_sha256", json_string(facts.spki_sha256)},
		{"serial", json_string(facts.serial)}, {"not_before", json_time(facts.not_before)},
		{"not_after", json_time(facts.not_after)}, {"key", json_string(facts.key)},
		{"is_ca", json_boolean(facts.is_ca)},
		{"self_signed", json_boolean(facts.is_self_signed)},
		{"public_root", json_boolean(cert->is_public_root)}, {0}});
	return with_pem ? json_with(json, "pem", json_string(buf_text(&pem))) : json;
}

json_t *json_certs(const struct certs *certs, struct fault *why)
{
	json_t *json = json_array();

	for (size_t i = 0; json && i < certs->n; i++)
		json = json_and(json, json_cert(certs->at[i], false, why));
	return json;
}

json_t *json_interceptor(const struct interceptor *interceptor)
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

int report_member(struct job *job, const char *key, json_t *value, struct fault *why)
{
	if (!job->own)
		job->own = json_object();
	return json_object_set_new(job->own, key, value) < 0 ? fault_nomem(why) : 0;
}

/* ---- targets --------------------------------------------------------------------------------- */

/* What stops clients; and, into `unproven`, which. */
static json_t *obstacles_json(const struct finding *finding, json_t **unproven)
{
	json_t *json = json_array();

	for (size_t i = 0; i < OBSTACLES; i++) {
		const struct obstacle *it = &finding->obstacles[i];

		if (!it->why)
			continue;
		json = json_and(
			json, json_pack("{s:s, s:s, s:b, s:s, s:s}", "verdict",
				      verdict_name(it->verdict), "reason", it->reason, "decides",
				      it->decides, "why", it->why, "todo", it->todo));
		for (enum client client = 0; client < CLIENTS; client++)
			if (it->clients & CLIENT_BIT(client))
				*unproven = json_and(
					*unproven, json_pack("{s:s, s:s, s:s, s:s}", "target",
							   finding->target->label, "client",
							   it->newer & CLIENT_BIT(client)
								   ? clients[client].new_from
								   : client_name(client),
							   "why", it->why, "todo", it->todo));
	}
	return json;
}

static json_t *handshake_json(const struct probe *probe)
{
	const struct handshake *it = &probe->handshake;

	if (!it->version)
		return json_null();
	return json_pack("{s:s, s:s?, s:s?, s:I, s:b, s:I}", "cipher", it->cipher, "group",
		it->group, "digest", it->digest, "dh_bits", (json_int_t)it->dh_bits,
		"secure_renegotiation", it->renegotiates_safely, "certificate_bytes",
		(json_int_t)it->certs_len);
}

static json_t *target_json(const struct job *job, size_t i, const struct fault *failed,
	json_t **unproven, struct fault *why)
{
	const struct finding *finding = &job->survey.at[i];
	const struct diagnosis *diagnosis = &finding->diagnosis;
	const struct obstacle *stop = obstacles_first(finding->obstacles);
	const struct probe *probe = finding->probe;
	enum verdict verdict = finding_verdict(finding);
	bool is_new = report_made_trusted(job, finding);
	/* What the verdict says, if that is not who the server is. */
	const struct obstacle *first = verdict == diagnosis->verdict ? NULL : stop;

	return json_object_of((const struct json_member[]){
		{"target", json_string(finding->target->label)},
		{"host", json_string(finding->target->host)},
		{"port", json_integer(finding->target->port)},
		/* after the run: an interceptor is still there */
		{"verdict",
			json_string(verdict_name(is_new && !stop && verdict != VERDICT_INTERCEPTED
							 ? VERDICT_TRUSTED
							 : verdict))},
		{"trusted", json_boolean((diagnosis->trusted_here || is_new) && !stop)},
		{"verdict_before", json_string(verdict_name(verdict))},
		{"trusted_before", json_boolean(finding_is_usable(finding))},
		/* by this run, through a CA that it installed or found installed */
		{"proven", json_boolean(!failed && !job->options.dry_run && job->survey.prober &&
					finding_is_proven(finding))},
		{"why", json_shown(first ? first->why : diagnosis->why)},
		{"todo", json_shown(first ? first->todo : diagnosis->todo)},
		{"identity", json_object_of((const struct json_member[]){
				     {"verdict", json_string(verdict_name(diagnosis->verdict))},
				     {"trusted", json_boolean(diagnosis->trusted_here || is_new)},
				     {"why", json_shown(diagnosis->why)},
				     {"todo", json_shown(diagnosis->todo)}, {0}})},
		{"obstacles", obstacles_json(finding, unproven)},
		{"evidence", json_names(&diagnosis->evidence)},
		{"interceptor", json_interceptor(diagnosis->interceptor)},
		{"address", json_shown(probe->address)}, {"via", json_shown(probe->via)},
		{"tls", json_shown(probe->tls)}, {"alpn", json_shown(probe->alpn)},
		{"handshake", handshake_json(probe)},
		{"client_cert_asked", json_boolean(probe->client_cert_asked)},
		{"chain", json_certs(&probe->chain, why)},
		{"proxy_chain", probe->proxy ? json_certs(&probe->proxy->chain, why) : json_null()},
		{0}});
}

/* ---- cas, trees ------------------------------------------------------------------------------ */

static json_t *ca_json(const struct ca *ca, struct fault *why)
{
	json_t *json = json_cert(ca->cert, true, why);
	json_t *replaces = json_array();

	for (size_t i = 0; replaces && i < ca->replaces.n; i++) {
		const struct ca *it = &ca->replaces.at[i];

		if (it->gone)
			replaces = json_and(replaces, json_with(json_cert(it->cert, false, why),
							      "reason", json_string(it->reason)));
	}
	json = json_with(json, "seen_for", json_integer((json_int_t)ca->targets.n));
	json = json_with(json, "owners", json_names(&ca->owners));
	json = json_with(json, "targets", json_names(&ca->targets));
	json = json_with(json, "interceptor", json_interceptor(ca->interceptor));
	json = json_with(json, "source", json_shown(ca->source));
	json = json_with(json, "advice", json_names(&ca->advice));
	return json_with(json, "replaces", replaces);
}

static json_t *store_json(
	const struct job *job, const struct store_result *store, struct fault *why)
{
	const struct place *place = store->place;
	json_t *asked = json_array();
	json_t *json;

	for (size_t i = 0; asked && job->outcome.asked_peers && i < store->proof.clients_n; i++) {
		const struct client_result *result = &store->proof.clients[i];

		asked = json_and(
			asked, json_pack("{s:s, s:b, s:b, s:o}", "client",
				       client_name(result->client), "decides", result->decides,
				       "trusts", result->trusts, "why", json_shown(result->why)));
	}
	json = json_object_of((const struct json_member[]){{"kind", json_string(place->ops->kind)},
		{"path", json_shown(place->path)},
		{"label", json_shown(place->label ? place->label : "")},
		{"state", json_string(store_states[store->state])},
		{"note", json_shown(place->note)}, {"clients", asked}, {0}});
	if (job->command->bit != CMD_LIST)
		return json;
	json = json_with(json, "certificates", json_integer((json_int_t)store->all_n));
	json = json_with(json, "not_loaded", json_integer((json_int_t)store->hidden_n));
	json = json_with(json, "damage", json_shown(store->damage[0] ? store->damage : NULL));
	return json_with(json, "certs", json_certs(&store->certs, why));
}

static json_t *trees_json(const struct job *job, struct fault *why)
{
	const struct outcome *outcome = &job->outcome;
	json_t *json = json_array();

	for (size_t tree = 0; json && tree < job->site.trees_n; tree++) {
		json_t *stores = json_array();

		for (size_t i = 0; stores && i < outcome->n; i++)
			if (outcome->at[i].place->tree == tree)
				stores = json_and(stores, store_json(job, &outcome->at[i], why));
		json = json_and(json,
			json_pack("{s:o, s:o}", "tree",
				json_shown(job->site.trees[tree].tree->label), "stores", stores));
	}
	return json;
}

/* ---- the whole ------------------------------------------------------------------------------- */

int report_json(const struct job *job, const struct fault *failed, struct fault *why)
{
	const struct outcome *outcome = &job->outcome;
	const struct survey *survey = &job->survey;
	bool is_split = survey->intercepted.n && survey->bypassed.n;
	json_t *targets = json_array(), *cas = json_array(), *unproven = json_array();
	auto_buf text = buf_make(LIMIT_JSON_BYTES * 8);
	auto_json json = NULL;

	for (size_t i = 0; i < survey->n; i++)
		targets = json_and(targets, target_json(job, i, failed, &unproven, why));
	for (size_t i = 0; i < job->cas.n; i++)
		cas = json_and(cas, ca_json(&job->cas.at[i], why));
	for (size_t i = 0; i < survey->n + job->cas.n; i++) {
		struct unproven it = {0};
		int rc = report_unproven(job, i, &it, why);

		if (rc < 0 || it.why)
			unproven = json_and(unproven,
				rc < 0 ? NULL
				       : json_pack("{s:s?, s:n, s:s, s:s}", "target", it.target,
						 "client", "why", it.why, "todo", it.todo));
		free(it.why);
	}
	json = json_object_of((const struct json_member[]){{"trustfix", json_integer(1)},
		{"command", json_shown(job->command ? job->command->name : NULL)},
		{"changed", json_boolean(outcome->changed)},
		{"would_change", json_boolean(outcome->would_change)},
		{"dry_run", json_boolean(job->options.dry_run || job->is_check)},
		{"targets", targets},
		{"split_tunnel", is_split ? json_pack("{s:o, s:o}", "intercepted",
						    json_names(&survey->intercepted), "bypassed",
						    json_names(&survey->bypassed))
					  : json_null()},
		{"cas", cas}, {"trees", trees_json(job, why)},
		{"edits", json_names(&outcome->edits)}, {"notes", json_names(&outcome->notes)},
		{"transaction", outcome->id ? json_integer((json_int_t)outcome->id) : json_null()},
		{"unproven", unproven},
		{"fault", failed ? json_pack("{s:s, s:o}", "kind", fault_kind_name(failed->kind),
					   "text", json_shown(failed->text))
				 : json_null()},
		{"version", json_string(TRUSTFIX_VERSION)},
		/* keys of single commands, empty for the others */
		{"help", json_null()}, {"transactions", json_array()}, {"elsewhere", json_array()},
		{"intermediates", json_array()}, {"variables", json_array()},
		{"checkups", json_array()}, {"explanation", json_null()}, {0}});
	if (!json || (job->own && json_object_update(json, job->own) < 0))
		return fault_nomem(why);
	if (json_format(json, &text, why) < 0)
		return -1;
	if (fwrite(text.bytes, 1, text.len, job->out) != text.len)
		return fault_sys(why, "cannot write the result");
	return 0;
}
