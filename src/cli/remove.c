/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "src/base/text.h"
#include "src/cli/cmds.h"
#include "src/cli/report.h"
#include "src/find/certfile.h"

/* An image's history counts too. */
int job_installed(struct job *job, struct cas *ret, struct fault *why)
{
	struct site *site = &job->site;

	for (size_t tree = 0; tree < site->trees_n; tree++) {
		auto_names digests = NAMES_INIT;
		auto_cas installed = {0};

		if (installed_read(&site->trees[tree].view, &installed, why) < 0 ||
			(site->image &&
				names_add_all(&digests,
					&site->image->manifests->images[tree].installed, why) < 0))
			return -1;
		for (size_t i = 0; i < installed.n; i++)
			if (cas_add_sha256(ret, installed.at[i].sha256, why) < 0)
				return -1;
		for (size_t i = 0; i < digests.n; i++) {
			uint8_t sha256[DIGEST_SHA256_LEN];

			if (text_unhex(digests.at[i], sha256, sizeof(sha256)) &&
				cas_add_sha256(ret, sha256, why) < 0)
				return -1;
		}
	}
	return 0;
}

/* --fingerprint, --ca: only the SHA-256s are used. */
static int take_named(const struct options *options, struct cas *ret, struct fault *why)
{
	const char *text = options->fingerprint;
	uint8_t sha256[DIGEST_SHA256_LEN];
	auto_certs certs = CERTS_INIT;

	if (text) {
		if (text_starts(text, "sha256:"))
			text += strlen("sha256:");
		if (!text_unhex(text, sha256, sizeof(sha256)))
			return fault_set(why, FAULT_USAGE,
				"'%s' is not a SHA-256 fingerprint (64 hex digits)", text);
		return cas_add_sha256(ret, sha256, why);
	}
	if (options->ca && certfile_read(options->ca, PEM_STRICT, &certs, why) < 0)
		return -1;
	for (size_t i = 0; i < certs.n; i++)
		if (cas_add_sha256(ret, certs.at[i]->sha256, why) < 0)
			return -1;
	return 0;
}

int cmd_remove(struct job *job, struct fault *why)
{
	const struct options *options = &job->options;
	auto_cas cas = {0};

	if (take_named(options, &cas, why) < 0 || job_open_site(job, JOB_ALL_STORES, why) < 0 ||
		(options->installed && job_installed(job, &cas, why) < 0) ||
		job_change(job, CHANGE_REMOVE, &cas, why) < 0)
		return -1;
	return report_change(job, why);
}
