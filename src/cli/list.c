/* SPDX-License-Identifier: Apache-2.0 */
#include "src/base/text.h"
#include "src/cli/cmds.h"
#include "src/cli/report.h"

static json_t *store_json(const struct store_result *listed, struct fault *why)
{
	const struct place *place = listed->place;

	return json_object_of((const struct json_member[]){
		{"kind", json_string(place->ops->kind)},
		{"path", json_shown(place->path)},
		{"label", json_shown(place->label ? place->label : "")},
		{"state", json_string("unchanged")},
		{"note", json_shown(place->note)},
		{"damage", json_shown(listed->damage[0] ? listed->damage : NULL)},
		{"clients", json_array()},
		{"certificates", json_integer((json_int_t)listed->all_n)},
		{"not_loaded", json_integer((json_int_t)listed->hidden_n)},
		{"certs", json_certs(&listed->certs, why)},
		{0},
	});
}

static json_t *trees_json(const struct job *job, struct fault *why)
{
	const struct site *site = &job->site;
	const struct outcome *outcome = &job->outcome;
	json_t *json = json_array();

	for (size_t tree = 0; json && tree < site->trees_n; tree++) {
		json_t *stores = json_array();

		for (size_t i = 0; stores && i < outcome->n; i++)
			if (outcome->at[i].place->tree == tree)
				stores = json_and(stores, store_json(&outcome->at[i], why));
		json = json_and(
			json, json_pack("{s:o, s:o}", "tree",
				      json_shown(site->trees[tree].tree->label), "stores", stores));
	}
	return json;
}

static int write_store(const struct job *job, const struct store_result *listed, struct fault *why)
{
	const struct place *place = listed->place;

	report_plain(job, "", place->path, "  ");
	fprintf(job->out, "%s, %zu %s, ", place->label ? place->label : place->ops->kind,
		listed->all_n, listed->all_n == 1 ? "certificate" : "certificates");
	if (listed->hidden_n)
		fprintf(job->out, "%zu not loaded, ", listed->hidden_n);
	if (listed->certs.n)
		fprintf(job->out, "%zu shown\n", listed->certs.n);
	else
		fputs(listed->all_n ? "all public roots\n" : "none shown\n", job->out);
	if (listed->damage[0])
		fprintf(job->out, "  damage: %s\n", listed->damage);
	if (place->note)
		report_plain(job, "  note: ", place->note, "\n");
	for (size_t i = 0; i < listed->certs.n; i++) {
		auto_cert_facts facts = {0};
		char to[TEXT_TIME_LEN];

		if (cert_facts_make(listed->certs.at[i], &facts, why) < 0)
			return -1;
		text_time(facts.not_after, to);
		fprintf(job->out, "  sha256:%s  until %.10s  %s\n", facts.sha256, to,
			facts.subject);
	}
	return 0;
}

int cmd_list(struct job *job, struct fault *why)
{
	struct outcome *outcome = &job->outcome;

	if (job_open_site(job, JOB_ALL_STORES, why) < 0 ||
		outcome_list(outcome, &job->site, job->options->all, why) < 0)
		return -1;
	if (job->options->json)
		return report_member(job, "trees", trees_json(job, why), why);
	for (size_t i = 0; i < outcome->n; i++) {
		report_tree(job, i);
		if (write_store(job, &outcome->at[i], why) < 0)
			return -1;
	}
	report_notes(job);
	return 0;
}
