/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <time.h>

#include "src/base/text.h"
#include "src/cmd/cmds.h"
#include "src/work/installed.h"

static int check_usage(const struct options *options, struct fault *why)
{
	int ways = !!options->ca + !!options->fingerprint + options->installed;

	if (ways != 1)
		return fault_set(why, FAULT_USAGE,
			"remove takes one of --ca FILE, --fingerprint SHA256, --installed");
	return 0;
}

static int named_by_fingerprint(const struct job *job, struct change_ca **ret, struct fault *why)
{
	const char *text = job->options->fingerprint;
	auto_free struct change_ca *ca = calloc(1, sizeof(*ca));

	if (!ca)
		return fault_nomem(why);
	if (text_starts(text, "sha256:"))
		text += strlen("sha256:");
	if (!text_unhex(text, ca->sha256, sizeof(ca->sha256)))
		return fault_set(
			why, FAULT_USAGE, "a fingerprint has 64 hex digits, '%s' has not", text);
	*ret = steal(&ca);
	return 0;
}

static int all_installed(struct job *job, struct certs *ret, struct fault *why)
{
	auto_installed installed = {0};

	if (installed_read(&job->site.view, &installed, why) < 0)
		return -1;
	for (size_t i = 0; i < installed.n; i++)
		if (certs_add(ret, installed.at[i].cert, why) < 0)
			return -1;
	return 0;
}

int cmd_remove(struct job *job, struct fault *why)
{
	const struct options *options = job->options;
	auto_free struct change_ca *cas = NULL;
	auto_certs certs = CERTS_INIT;

	if (check_usage(options, why) < 0 ||
		(options->fingerprint && named_by_fingerprint(job, &cas, why) < 0) ||
		(options->ca && job_read_ca(job, &certs, why) < 0) ||
		job_open_site(job, JOB_ALL_STORES, why) < 0 ||
		(options->installed && all_installed(job, &certs, why) < 0) ||
		(!cas && job_change_cas(job, &certs, &cas, why) < 0))
		return -1;
	struct change change = {
		.kind = CHANGE_REMOVE,
		.action = "remove",
		.cas = cas,
		.cas_n = options->fingerprint ? 1 : certs.n,
		.at = time(NULL),
		.dry_run = options->dry_run,
	};
	return apply(&job->site, &change, &job->outcome, why);
}
