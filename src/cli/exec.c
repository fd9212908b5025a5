/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "src/cli/cmds.h"
#include "src/doctor/trust_env.h"
#include "src/sys/log.h"
#include "src/sys/spawn.h"
#include "stores/kinds.h"

/* Make the bundle for the command, and prove that the targets are trusted through it. */
static int make_bundle(
	const struct job *job, const struct certs *cas, struct certs *ret, struct fault *why)
{
	const struct site *site = &job->site;
	const struct place *system = &site->places.at[0];
	const struct place file = {.ops = &store_pem};
	struct prove_case it = {
		.findings = job->survey.at,
		.n = job->survey.n,
		.at = job->options.survey.at,
		.require = job->options.survey.require,
	};
	auto_certs anchors = CERTS_INIT;
	const struct client_result *refusal;
	struct proof proof = {0};

	if (system->ops->anchors(site_view(site, system), system, &anchors, why) < 0 ||
		trust_env_bundle(&anchors, cas, ret, why) < 0 ||
		prove_place(&file, ret, &it, &proof, why) < 0)
		return -1;
	refusal = proof_refusal(&proof);
	return refusal ? fault_set(why, FAULT_UNTRUSTED,
				 "%s would reject the server even with this CA: %s",
				 client_name(refusal->client), refusal->why)
		       : 0;
}

int cmd_exec(struct job *job, struct fault *why)
{
	auto_certs cas = CERTS_INIT;
	auto_certs bundle = CERTS_INIT;
	auto_trust_env env = {0};
	sigset_t before;
	int rc = 0;

	if (job_take_cas(job, JOB_SYSTEM_STORE, why) < 0 || cas_certs(&job->cas, &cas, why) < 0 ||
		job_tell_captures(job, why) < 0)
		return -1;
	if (cas.n == 0)
		log_detail("not intercepted: the command runs as it is");
	else if (make_bundle(job, &cas, &bundle, why) < 0)
		return -1;
	spawn_hold_signals(&before);
	if (cas.n)
		rc = trust_env_make(&bundle, &cas, job->options.survey.at, &env, why);
	if (rc == 0) {
		job->stdout_is_taken = true; /* the command uses it */
		rc = spawn_foreground(job->options.command, &before, &job->status, why);
		job->fault_status = rc == 0 ? 0 : why->sys == ENOENT ? 127 : 126;
	}
	trust_env_free(&env);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return rc;
}
