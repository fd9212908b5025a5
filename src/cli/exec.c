/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "src/cli/cmds.h"
#include "src/sys/foreground.h"
#include "src/sys/log.h"
#include "src/doctor/exec.h"
#include "stores/kinds.h"

/* As a file of certificates that programs are told to read: by the targets' chains, now. */
static int prove(const struct job *job, const struct certs *bundle, struct fault *why)
{
	const struct place file = {.ops = &store_pem};
	struct prove_case it = {
		.findings = job->survey.at,
		.n = job->survey.n,
		.at = job->survey_options.at,
		.require = job->survey_options.require,
	};
	struct proof proof = {0};

	if (prove_place(&file, bundle, &it, &proof, why) < 0)
		return -1;
	if (proof.holds)
		return 0;
	return fault_set(why, FAULT_UNTRUSTED, "%s would not trust the peer with that CA: %s",
		client_name(proof_refusal(&proof)->client), proof_refusal(&proof)->why);
}

static int run(struct job *job, const sigset_t *before, struct fault *why)
{
	/* From here on stdout is the command's. */
	job->stdout_is_taken = true;
	if (foreground_run(job->options->command, before, &job->status, why) == 0)
		return 0;
	job->fault_status = why->sys == ENOENT ? 127 : 126;
	return -1;
}

static int run_as_it_is(struct job *job, struct fault *why)
{
	sigset_t before;
	int rc;

	log_detail("nobody intercepts: the command runs as it is");
	foreground_hold(&before);
	rc = run(job, &before, why);
	foreground_release(&before);
	return rc;
}

static int run_trusting(
	struct job *job, const struct certs *bundle, const struct certs *cas, struct fault *why)
{
	struct fault left = FAULT_INIT;
	auto_exec_files files = {0};
	sigset_t before;
	int rc;

	foreground_hold(&before);
	rc = exec_files_make(bundle, cas, job->survey_options.at, &files, why);
	if (rc == 0)
		rc = run(job, &before, why);
	if (exec_files_remove(&files, &left) < 0)
		log_note("%s", left.text);
	foreground_release(&before);
	return rc;
}

static int system_anchors(const struct site *site, struct certs *ret, struct fault *why)
{
	const struct place *system = &site->places.at[0];

	return system->ops->anchors(site_view(site, system), system, ret, why);
}

int cmd_exec(struct job *job, struct fault *why)
{
	auto_certs cas = CERTS_INIT;
	auto_certs system = CERTS_INIT;
	auto_certs bundle = CERTS_INIT;

	if (job_take_cas(job, JOB_SYSTEM_STORE, why) < 0 || cas_certs(&job->cas, &cas, why) < 0 ||
		job_tell_captures(job, why) < 0)
		return -1;
	if (cas.n == 0)
		return run_as_it_is(job, why);
	if (system_anchors(&job->site, &system, why) < 0 ||
		exec_bundle(&system, &cas, &bundle, why) < 0 || prove(job, &bundle, why) < 0)
		return -1;
	return run_trusting(job, &bundle, &cas, why);
}
