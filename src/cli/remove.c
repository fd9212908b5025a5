/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <time.h>

#include "src/base/text.h"
#include "src/cli/cmds.h"
#include "src/cli/report.h"
#include "src/find/certfile.h"
#include "src/journal/installed.h"

/* An image's history tells it, too. */
int job_installed(struct job *job, struct names *ret, struct fault *why)
{
	struct site *site = &job->site;

	for (size_t tree = 0; tree < site->trees_n; tree++) {
		auto_installed installed = {0};

		if (installed_read(&site->trees[tree].view, &installed, why) < 0 ||
			(site->image && image_file_installed(site->image, tree, ret, why) < 0))
			return -1;
		for (size_t i = 0; i < installed.n; i++) {
			char hex[TEXT_SHA256_HEX_LEN];

			text_hex(cert_sha256(installed.at[i].cert), DIGEST_SHA256_LEN, hex);
			if (names_add(ret, hex, why) < 0)
				return -1;
		}
	}
	return 0;
}

/* --fingerprint, --ca: the SHA-256s (hex) that the command line names. */
static int read_digests(const struct options *options, struct names *ret, struct fault *why)
{
	const char *text = options->fingerprint;
	uint8_t sha256[DIGEST_SHA256_LEN];
	char hex[TEXT_SHA256_HEX_LEN];
	auto_certs certs = CERTS_INIT;

	if (text) {
		if (text_starts(text, "sha256:"))
			text += strlen("sha256:");
		if (!text_unhex(text, sha256, sizeof(sha256)))
			return fault_set(why, FAULT_USAGE,
				"'%s' is not a SHA-256 fingerprint (64 hex digits)", text);
		text_hex(sha256, sizeof(sha256), hex);
		return names_add(ret, hex, why);
	}
	if (options->ca && certfile_read(options->ca, PEM_STRICT, &certs, why) < 0)
		return -1;
	for (size_t i = 0; i < certs.n; i++) {
		text_hex(cert_sha256(certs.at[i]), DIGEST_SHA256_LEN, hex);
		if (names_add(ret, hex, why) < 0)
			return -1;
	}
	return 0;
}

/* Each of them once. */
static int make_changes(
	struct names *digests, struct change_ca **ret, size_t *ret_n, struct fault *why)
{
	auto_free struct change_ca *cas = calloc(digests->n + 1, sizeof(*cas));
	size_t n = 0;

	if (!cas)
		return fault_nomem(why);
	names_sort(digests);
	for (size_t i = 0; i < digests->n; i++)
		if ((i == 0 || strcmp(digests->at[i], digests->at[i - 1]) != 0) &&
			text_unhex(digests->at[i], cas[n].sha256, DIGEST_SHA256_LEN))
			n++;
	*ret = steal(&cas);
	*ret_n = n;
	return 0;
}

/* Without --store they go from the stores that were once named by path, too. */
static int take_named_stores(
	struct job *job, const struct change_ca *cas, size_t n, struct fault *why)
{
	auto_installed installed = {0};
	struct view *view = &job->site.trees[0].view;

	/* A path means one file in one tree. */
	if (job->options->stores.n || job->site.trees_n > 1)
		return 0;
	if (installed_read(view, &installed, why) < 0)
		return -1;
	for (size_t i = 0; i < installed.n; i++)
		if (change_cas_hold(cas, n, installed.at[i].cert) &&
			installed_choice(view, &installed.at[i].stores, &job->store_words, why) < 0)
			return -1;
	return job->store_words.n ? job_use_recorded(job, why) : 0;
}

int cmd_remove(struct job *job, struct fault *why)
{
	const struct options *options = job->options;
	auto_free struct change_ca *cas = NULL;
	auto_names digests = NAMES_INIT;
	size_t n = 0;

	if (read_digests(options, &digests, why) < 0 ||
		job_open_site(job, JOB_ALL_STORES, why) < 0 ||
		(options->installed && job_installed(job, &digests, why) < 0) ||
		make_changes(&digests, &cas, &n, why) < 0 ||
		take_named_stores(job, cas, n, why) < 0)
		return -1;
	const struct change change = {
		.kind = CHANGE_REMOVE,
		.action = "remove",
		.cas = cas,
		.cas_n = n,
		.at = time(NULL),
		.dry_run = options->dry_run,
	};
	return apply(&job->site, &change, &job->outcome, why) < 0 ? -1 : report_change(job, why);
}
