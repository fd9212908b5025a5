/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "src/cli/cmds.h"
#include "src/sys/spawn.h"
#include "src/sys/log.h"
#include "src/doctor/exec.h"
#include "stores/kinds.h"

/* Would a PEM file with this bundle make the targets trusted? */
static int prove(const struct job *job, const struct certs *bundle, struct fault *why)
{
	const struct place file = {.ops = &store_pem};
	struct prove_case it = {
		.findings = job->survey.at,
		.n = job->survey.n,
		.at = job->options.survey.at,
		.require = job->options.survey.require,
	};
	struct proof proof = {0};

	if (prove_place(&file, bundle, &it, &proof, why) < 0)
		return -1;
	if (proof.holds)
		return 0;
	return fault_set(why, FAULT_UNTRUSTED, "%s would reject the server even with this CA: %s",
		client_name(proof_refusal(&proof)->client), proof_refusal(&proof)->why);
}

/* Run the command with files of the bundle and the CAs; without CAs, unchanged. */
static int run(
	struct job *job, const struct certs *bundle, const struct certs *cas, struct fault *why)
{
	struct fault left = FAULT_INIT;
	auto_exec_files files = {0};
	sigset_t before;
	int rc = 0;

	spawn_hold_signals(&before);
	if (cas->n)
		rc = exec_files_make(bundle, cas, job->options.survey.at, &files, why);
	if (rc == 0) {
		job->stdout_is_taken = true; /* the command uses it */
		rc = spawn_foreground(job->options.command, &before, &job->status, why);
		job->fault_status = rc == 0 ? 0 : why->sys == ENOENT ? 127 : 126;
	}
	if (cas->n && exec_files_remove(&files, &left) < 0)
		log_note("%s", left.text);
	spawn_release_signals(&before);
	return rc;
}

int cmd_exec(struct job *job, struct fault *why)
{
	const struct site *site = &job->site;
	auto_certs cas = CERTS_INIT;
	auto_certs system = CERTS_INIT;
	auto_certs bundle = CERTS_INIT;

	if (job_take_cas(job, JOB_SYSTEM_STORE, why) < 0 || cas_certs(&job->cas, &cas, why) < 0 ||
		job_tell_captures(job, why) < 0)
		return -1;
	if (cas.n == 0)
		log_detail("not intercepted: the command runs as it is");
	else if (site->places.at[0].ops->anchors(site_view(site, &site->places.at[0]),
			 &site->places.at[0], &system, why) < 0 ||
		 exec_bundle(&system, &cas, &bundle, why) < 0 || prove(job, &bundle, why) < 0)
		return -1;
	return run(job, &bundle, &cas, why);
}
