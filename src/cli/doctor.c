/* SPDX-License-Identifier: Apache-2.0 */
/* The real programs of this machine, asked and explained. */
#include <assert.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/cli/cmds.h"
#include "src/cli/report.h"
#include "src/doctor/checkup.h"

/* The survey of all targets, made while the programs run. */
struct beside {
	struct job *job;
	struct fault why;
	int rc;
};

static void survey_beside(void *arg)
{
	struct beside *it = arg;

	it->rc = job_survey(it->job, &it->job->options->operands, &it->why);
}

static int parse_target(
	const struct job *job, const char *text, struct target *ret, struct fault *why)
{
	if (survey_check_file(text, false, &job->advice, why) < 0 ||
		target_parse(text, ret, why) < 0)
		return -1;
	return ret->scheme == TARGET_TLS
		       ? 0
		       : fault_set(why, FAULT_USAGE,
				 "'%s': the programs that doctor runs speak only HTTPS",
				 ret->label);
}

static int check_targets(const struct job *job, struct fault *why)
{
	const struct names *operands = &job->options->operands;

	if (operands->n > LIMIT_DOCTOR_TARGETS_N)
		return fault_set(why, FAULT_LIMIT, "more than %u targets", LIMIT_DOCTOR_TARGETS_N);
	for (size_t i = 0; i < operands->n; i++) {
		auto_target target = TARGET_INIT;

		if (parse_target(job, operands->at[i], &target, why) < 0)
			return -1;
	}
	return 0;
}

/* One target after the other: each has a crowd of programs of its own. */
static int check_up(struct job *job, struct checkups *ret, struct fault *why)
{
	const struct names *operands = &job->options->operands;
	struct beside beside = {.job = job, .why = FAULT_INIT};
	struct view *view = &job->site.trees[0].view;

	ret->at = calloc(operands->n, sizeof(*ret->at));
	if (!ret->at)
		return fault_nomem(why);
	for (size_t i = 0; i < operands->n; i++) {
		auto_target target = TARGET_INIT;
		struct checkup_case it = {
			.target = &target,
			.options = &job->survey_options,
			.timeout_ms = job->options->timeout ? job->survey_options.peer.timeout_ms
							    : LIMIT_DOCTOR_MS,
			.view = view,
			.beside = i == 0 ? survey_beside : NULL,
			.arg = &beside,
		};

		if (parse_target(job, operands->at[i], &target, why) < 0 ||
			checkup_run(&it, &ret->at[i], why) < 0)
			return -1;
		ret->n++;
	}
	if (beside.rc < 0)
		return fault_set(why, beside.why.kind, "%s", beside.why.text);
	for (size_t i = 0; i < ret->n; i++) {
		int status;

		if (checkup_explain(&ret->at[i], &job->survey.at[i], view, why) < 0)
			return -1;
		status = checkup_status(&ret->at[i]);
		job->status = status > job->status ? status : job->status;
	}
	return 0;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static json_t *run_json(const struct checkup_run *run)
{
	return json_pack("{s:s, s:o, s:I, s:o}", "result", checkup_end_name(run->end), "http",
		run->http ? json_integer(run->http) : json_null(), "ms", (json_int_t)run->ms,
		"said", json_shown(run->said));
}

static json_t *checkups_json(const struct job *job, const struct checkups *checkups)
{
	json_t *json = json_array();

	for (size_t i = 0; json && i < checkups->n; i++) {
		const struct checkup *checkup = &checkups->at[i];
		json_t *rows = json_array();

		for (size_t p = 0; rows && p < checkup->n; p++) {
			const struct patient *it = &checkup->at[p];

			rows = json_and(rows, json_object_of((const struct json_member[]){
						      {"program", json_string(it->program->name)},
						      {"path", json_shown(it->path)},
						      {"version", json_shown(it->version)},
						      {"yours", run_json(&it->runs[CHECKUP_YOURS])},
						      {"clean", run_json(&it->runs[CHECKUP_CLEAN])},
						      {"why", json_shown(it->why)},
						      {"uses", json_shown(it->uses)},
						      {"todo", json_shown(it->todo)},
						      {0},
					      }));
		}
		json = json_and(
			json, json_pack("{s:s, s:o, s:o}", "target", job->survey.targets[i].label,
				      "programs", rows, "notes", json_names(&checkup->notes)));
	}
	return json;
}

/* ---- text ------------------------------------------------------------------------------------ */

/* What a run came to, for people. */
static const char *const words[] = {
	[CHECKUP_OK] = "ok",
	[CHECKUP_UNTRUSTED] = "NOT TRUSTED",
	[CHECKUP_UNVERIFIED] = "NOT VERIFIED",
	[CHECKUP_CLIENT_CERT] = "client certificate",
	[CHECKUP_PROXY_AUTH] = "proxy password",
	[CHECKUP_PROXY_REFUSED] = "proxy refuses",
	[CHECKUP_NOT_TLS] = "no TLS",
	[CHECKUP_NO_NAME] = "no such host",
	[CHECKUP_UNREACHABLE] = "unreachable",
	[CHECKUP_TIMEOUT] = "time-out",
	[CHECKUP_FAILED] = "failed",
	[CHECKUP_UNASKED] = "-",
};
static_assert(sizeof(words) / sizeof(words[0]) == CHECKUP_ENDS, "words per end");

#define COLUMN_WIDTH 18

static void write_table(const struct job *job, const struct checkup *checkup)
{
	fprintf(job->out, "%-10s  %-16s  %-*s  %-*s\n", "program", "version", COLUMN_WIDTH,
		"your environment", COLUMN_WIDTH, "a clean one");
	for (size_t i = 0; i < checkup->n; i++) {
		const struct patient *patient = &checkup->at[i];

		fprintf(job->out, "%-10s  %-16s", patient->program->name,
			patient->version ? patient->version : "");
		for (int world = 0; world < CHECKUP_WORLDS; world++) {
			const struct checkup_run *run = &patient->runs[world];
			char cell[64];

			if (run->end == CHECKUP_OK && run->http)
				snprintf(cell, sizeof(cell), "%s, HTTP %u", words[run->end],
					run->http);
			else
				snprintf(cell, sizeof(cell), "%s", words[run->end]);
			fputs("  ", job->out);
			report_colored(job, run->end == CHECKUP_OK, COLUMN_WIDTH, cell);
		}
		fprintf(job->out, "  %s\n", patient->path);
	}
}

static bool is_same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool shares_advice(const struct patient *a, const struct patient *b)
{
	const struct checkup_run *one = &a->runs[CHECKUP_YOURS], *other = &b->runs[CHECKUP_YOURS];

	return is_same(a->why, b->why) && is_same(a->uses, b->uses) && is_same(a->todo, b->todo) &&
	       (one->end != CHECKUP_UNASKED || is_same(one->said, other->said));
}

/* Once for all that fail in the same way; what the first of them said stands for all. */
static void write_advice(FILE *out, const struct checkup *checkup, size_t first)
{
	const struct patient *patient = &checkup->at[first];
	const char *const lines[][2] = {
		{"uses", patient->uses},
		{"said", patient->runs[CHECKUP_YOURS].said},
		{"do", patient->todo},
	};

	for (size_t i = 0; i < first; i++)
		if (shares_advice(&checkup->at[i], patient))
			return;
	for (size_t i = first; i < checkup->n; i++) {
		const struct patient *one = &checkup->at[i];

		if (shares_advice(one, patient))
			fprintf(out, "%s%s%s%s", i > first ? ", " : "", one->program->name,
				one->version ? " " : "", one->version ? one->version : "");
	}
	fprintf(out, ": %s\n", patient->why);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (lines[i][1])
			fprintf(out, "  %-5s %s\n", lines[i][0], lines[i][1]);
}

static void write_summary(FILE *out, const struct checkup *checkup)
{
	size_t trusting = 0, untrusting = 0, others = 0;

	for (size_t i = 0; i < checkup->n; i++)
		switch (checkup->at[i].runs[CHECKUP_YOURS].end) {
		case CHECKUP_OK:
			trusting++;
			break;
		case CHECKUP_UNTRUSTED:
		case CHECKUP_UNVERIFIED:
			untrusting++;
			break;
		default:
			others++;
		}
	fprintf(out, "%zu of %zu programs trust it, %zu do not", trusting, checkup->n, untrusting);
	if (others)
		fprintf(out, ", %zu failed otherwise or could not be asked", others);
	fputc('\n', out);
}

static int write_checkup(const struct job *job, const struct checkup *checkup,
	const struct finding *finding, struct fault *why)
{
	if (report_finding(job, finding, FINDING_SHORT, why) < 0)
		return -1;
	write_table(job, checkup);
	for (size_t i = 0; i < checkup->n; i++)
		if (checkup->at[i].why)
			write_advice(job->out, checkup, i);
	for (size_t i = 0; i < checkup->notes.n; i++)
		fprintf(job->out, "note: %s\n", checkup->notes.at[i]);
	write_summary(job->out, checkup);
	return 0;
}

int cmd_doctor(struct job *job, struct fault *why)
{
	CLEANUP(checkups) struct checkups checkups = {0};

	if (check_targets(job, why) < 0 || job_set_peer(job, why) < 0 ||
		job_open_site(job, JOB_SYSTEM_STORE, why) < 0 || check_up(job, &checkups, why) < 0)
		return -1;
	if (job->options->json)
		return report_member(job, "checkups", checkups_json(job, &checkups), why);
	for (size_t i = 0; i < checkups.n; i++)
		if (write_checkup(job, &checkups.at[i], &job->survey.at[i], why) < 0)
			return -1;
	return 0;
}
