/* SPDX-License-Identifier: Apache-2.0 */
#include "src/base/limits.h"
#include "src/cli/cmds.h"

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
				 "'%s': the programs that doctor runs speak HTTPS alone",
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

/* One after the other: each has a crowd of programs of its own. */
static int check_up(struct job *job, struct fault *why)
{
	const struct names *operands = &job->options->operands;
	struct beside beside = {.job = job, .why = FAULT_INIT};

	job->checkups.at = calloc(operands->n, sizeof(*job->checkups.at));
	if (!job->checkups.at)
		return fault_nomem(why);
	for (size_t i = 0; i < operands->n; i++) {
		auto_target target = TARGET_INIT;
		struct checkup_case it = {
			.target = &target,
			.options = &job->survey_options,
			.timeout_ms = job->options->timeout ? job->survey_options.peer.timeout_ms
							    : LIMIT_DOCTOR_MS,
			.view = &job->site.trees[0].view,
			.beside = i == 0 ? survey_beside : NULL,
			.arg = &beside,
		};

		if (parse_target(job, operands->at[i], &target, why) < 0 ||
			checkup_run(&it, &job->checkups.at[job->checkups.n], why) < 0)
			return -1;
		job->checkups.n++;
	}
	return beside.rc < 0 ? fault_set(why, beside.why.kind, "%s", beside.why.text) : 0;
}

static int explain(struct job *job, struct fault *why)
{
	for (size_t i = 0; i < job->checkups.n; i++) {
		struct checkup *checkup = &job->checkups.at[i];
		int status;

		if (checkup_explain(checkup, &job->survey.at[i], &job->site.trees[0].view, why) < 0)
			return -1;
		status = checkup_status(checkup);
		job->status = status > job->status ? status : job->status;
	}
	return 0;
}

int cmd_doctor(struct job *job, struct fault *why)
{
	if (check_targets(job, why) < 0 || job_set_peer(job, why) < 0 ||
		job_open_site(job, JOB_SYSTEM_STORE, why) < 0 || check_up(job, why) < 0)
		return -1;
	return explain(job, why);
}
