/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <time.h>

#include "src/base/text.h"
#include "src/cli/cmds.h"
#include "src/find/certfile.h"
#include "src/journal/installed.h"

static int check_usage(const struct options *options, struct fault *why)
{
	int ways = !!options->ca + !!options->fingerprint + options->installed;

	if (ways != 1)
		return fault_set(why, FAULT_USAGE,
			"remove takes one of --ca FILE, --fingerprint SHA256, --installed");
	return 0;
}

static int named_by_fingerprint(
	const struct job *job, struct change_ca **ret, size_t *ret_n, struct fault *why)
{
	const char *text = job->options->fingerprint;
	auto_free struct change_ca *ca = calloc(1, sizeof(*ca));

	if (!ca)
		return fault_nomem(why);
	if (text_starts(text, "sha256:"))
		text += strlen("sha256:");
	if (!text_unhex(text, ca->sha256, sizeof(ca->sha256)))
		return fault_set(why, FAULT_USAGE,
			"'%s' is not a SHA-256 fingerprint (64 hex digits)", text);
	*ret = steal(&ca);
	*ret_n = 1;
	return 0;
}

/* What trustfix installed in one tree: its file tells, and an image's history. */
static int installed_in(struct site *site, size_t tree, struct names *ret, struct fault *why)
{
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
	return 0;
}

int job_installed(struct job *job, struct names *ret, struct fault *why)
{
	for (size_t i = 0; i < job->site.trees_n; i++)
		if (installed_in(&job->site, i, ret, why) < 0)
			return -1;
	return 0;
}

static int named_by_record(
	struct job *job, struct change_ca **ret, size_t *ret_n, struct fault *why)
{
	auto_names digests = NAMES_INIT;
	auto_free struct change_ca *cas = NULL;
	size_t n = 0;

	if (job_installed(job, &digests, why) < 0)
		return -1;
	cas = calloc(digests.n + 1, sizeof(*cas));
	if (!cas)
		return fault_nomem(why);
	names_sort(&digests);
	for (size_t i = 0; i < digests.n; i++)
		if ((i == 0 || strcmp(digests.at[i], digests.at[i - 1]) != 0) &&
			text_unhex(digests.at[i], cas[n].sha256, DIGEST_SHA256_LEN))
			n++;
	*ret = steal(&cas);
	*ret_n = n;
	return 0;
}

static int named_by_file(struct job *job, struct change_ca **ret, size_t *ret_n, struct fault *why)
{
	auto_certs certs = CERTS_INIT;

	if (certfile_read(job->options->ca, PEM_STRICT, &certs, why) < 0 ||
		job_change_cas(job, &certs, ret, why) < 0)
		return -1;
	*ret_n = certs.n;
	for (size_t i = 0; i < certs.n; i++)
		(*ret)[i].cert = NULL; /* it ends here, and only its SHA-256 counts */
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
	size_t n = 0;

	if (check_usage(options, why) < 0 ||
		(options->fingerprint && named_by_fingerprint(job, &cas, &n, why) < 0) ||
		(options->ca && named_by_file(job, &cas, &n, why) < 0) ||
		job_open_site(job, JOB_ALL_STORES, why) < 0 ||
		(options->installed && named_by_record(job, &cas, &n, why) < 0) ||
		take_named_stores(job, cas, n, why) < 0)
		return -1;
	struct change change = {
		.kind = CHANGE_REMOVE,
		.action = "remove",
		.cas = cas,
		.cas_n = n,
		.at = time(NULL),
		.dry_run = options->dry_run,
	};
	return apply(&job->site, &change, &job->outcome, why);
}
