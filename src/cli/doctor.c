/* SPDX-License-Identifier: Apache-2.0 */
/* Run the real programs of this machine and explain why they fail. */
#include <string.h>

#include "src/base/text.h"
#include "src/cli/cmds.h"
#include "src/cli/report.h"
#include "src/doctor/doctor.h"

/* ---- JSON ------------------------------------------------------------------------------------ */

static json_t *run_json(const struct doctor_run *run)
{
	return json_pack("{s:s, s:o, s:I, s:o}", "result", doctor_ends[run->end].name, "http",
		run->http ? json_integer(run->http) : json_null(), "ms", (json_int_t)run->ms,
		"said", json_shown(run->said));
}

static json_t *asked_json(const struct doctor *doctor)
{
	json_t *rows = json_array();

	for (size_t i = 0; rows && i < doctor->n; i++) {
		const struct doctor_program *it = &doctor->at[i];

		rows = json_and(
			rows, json_object_of((const struct json_member[]){
				      {"program", json_string(it->program->command)},
				      {"path", json_shown(it->path)},
				      {"version", json_shown(it->version)},
				      {"yours", run_json(&it->runs[DOCTOR_YOURS])},
				      {"clean", run_json(&it->runs[DOCTOR_CLEAN])},
				      {"why", json_shown(it->why)}, {"uses", json_shown(it->uses)},
				      {"todo", json_shown(it->todo)}, {0}}));
	}
	return json_pack("{s:s, s:o, s:o}", "target", doctor->finding->target->label, "programs",
		rows, "notes", json_names(&doctor->notes));
}

/* ---- text ------------------------------------------------------------------------------------ */

#define COLUMN_WIDTH 18

static void write_table(const struct job *job, const struct doctor *doctor)
{
	fprintf(job->out, "%-10s  %-16s  %-*s  %-*s\n", "program", "version", COLUMN_WIDTH,
		"your environment", COLUMN_WIDTH, "a clean one");
	for (size_t i = 0; i < doctor->n; i++) {
		const struct doctor_program *program = &doctor->at[i];

		fprintf(job->out, "%-10s  %-16s", program->program->command,
			program->version ? program->version : "");
		for (int world = 0; world < DOCTOR_WORLDS; world++) {
			const struct doctor_run *run = &program->runs[world];
			char cell[64] = "";

			if (run->end == DOCTOR_OK && run->http)
				snprintf(cell, sizeof(cell), "ok, HTTP %u", run->http);
			fputs("  ", job->out);
			report_colored(job, run->end == DOCTOR_OK, COLUMN_WIDTH,
				cell[0] ? cell : doctor_ends[run->end].word);
		}
		fprintf(job->out, "  %s\n", program->path);
	}
}

static bool shares_advice(const struct doctor_program *a, const struct doctor_program *b)
{
	const struct doctor_run *one = &a->runs[DOCTOR_YOURS], *other = &b->runs[DOCTOR_YOURS];
	bool says = one->end == DOCTOR_UNASKED; /* what it said is the reason */
	const char *const pairs[][2] = {{a->why, b->why}, {a->uses, b->uses}, {a->todo, b->todo},
		{says ? one->said : "", says ? other->said : ""}};
	bool same = true;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		same = same &&
		       strcmp(pairs[i][0] ? pairs[i][0] : "", pairs[i][1] ? pairs[i][1] : "") == 0;
	return same;
}

/* Programs that fail in the same way share one paragraph, which quotes the first. */
static void write_advice(FILE *out, const struct doctor *doctor, size_t first)
{
	const struct doctor_program *it = &doctor->at[first];
	const char *const lines[][2] = {
		{"uses", it->uses},
		{"said", it->runs[DOCTOR_YOURS].said},
		{"do", it->todo},
	};

	for (size_t i = 0; i < first; i++)
		if (shares_advice(&doctor->at[i], it))
			return;
	for (size_t i = first; i < doctor->n; i++)
		if (shares_advice(&doctor->at[i], it))
			fprintf(out, "%s%s%s%s", i > first ? ", " : "",
				doctor->at[i].program->command, doctor->at[i].version ? " " : "",
				doctor->at[i].version ? doctor->at[i].version : "");
	fprintf(out, ": %s\n", it->why);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (lines[i][1])
			fprintf(out, "  %-5s %s\n", lines[i][0], lines[i][1]);
}

static int write_report(const struct job *job, const struct doctor *doctor, struct fault *why)
{
	size_t counts[DOCTOR_ENDS] = {0}, untrusting, others;

	if (report_finding(job, doctor->finding, FINDING_SHORT, why) < 0)
		return -1;
	write_table(job, doctor);
	for (size_t i = 0; i < doctor->n; i++)
		if (doctor->at[i].why)
			write_advice(job->out, doctor, i);
	for (size_t i = 0; i < doctor->notes.n; i++)
		fprintf(job->out, "note: %s\n", doctor->notes.at[i]);
	for (size_t i = 0; i < doctor->n; i++)
		counts[doctor->at[i].runs[DOCTOR_YOURS].end]++;
	untrusting = counts[DOCTOR_UNTRUSTED] + counts[DOCTOR_UNVERIFIED];
	others = doctor->n - counts[DOCTOR_OK] - untrusting;
	fprintf(job->out, "%zu of %zu programs trust it, %zu do not", counts[DOCTOR_OK], doctor->n,
		untrusting);
	if (others)
		fprintf(job->out, ", %zu failed for other reasons or could not be run", others);
	fputc('\n', job->out);
	return 0;
}

/* One target at a time: each already starts many programs. */
int cmd_doctor(struct job *job, struct fault *why)
{
	const struct names *operands = &job->options.operands;
	auto_json json = json_array();

	if (operands->n > LIMIT_DOCTOR_TARGETS_N)
		return fault_set(why, FAULT_LIMIT, "more than %u targets", LIMIT_DOCTOR_TARGETS_N);
	for (size_t i = 0; i < operands->n; i++)
		if (strstr(operands->at[i], "://") && !text_starts(operands->at[i], "https://"))
			return fault_set(why, FAULT_USAGE,
				"'%s': the programs that doctor runs speak only HTTPS",
				operands->at[i]);
	if (job_open_site(job, JOB_SYSTEM_STORE, why) < 0 || job_survey(job, operands, why) < 0)
		return -1;
	for (size_t i = 0; i < job->survey.n; i++) {
		auto_doctor doctor = {
			.finding = &job->survey.at[i],
			.peer = &job->options.survey.peer,
			.timeout_ms = job->options.timeout_s ? job->options.survey.peer.timeout_ms
							     : LIMIT_DOCTOR_MS,
			.view = &job->site.trees[0].view,
		};
		int status;

		if (doctor_ask(&doctor, why) < 0 || doctor_advise(&doctor, why) < 0)
			return -1;
		status = doctor_status(&doctor);
		job->status = status > job->status ? status : job->status;
		if (job->options.json)
			json = json_and(json, asked_json(&doctor));
		else if (write_report(job, &doctor, why) < 0)
			return -1;
	}
	return job->options.json ? report_member(job, "checkups", steal(&json), why) : 0;
}
