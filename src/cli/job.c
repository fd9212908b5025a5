/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/job.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/sys/fd.h"
#include "src/sys/terminal.h"

static void free_secret(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

void job_free(struct job *job)
{
	advice_free(&job->advice);
	explanation_free(&job->explanation);
	variable_files_free(&job->variables);
	records_free(&job->records);
	listing_free(&job->listing);
	unmanaged_free(&job->unmanaged);
	checkups_free(&job->checkups);
	outcome_free(&job->outcome);
	captures_free(&job->captures);
	names_free(&job->question_notes);
	intermediates_free(&job->intermediates);
	certs_free(&job->public_roots);
	survey_free(&job->survey);
	site_close(&job->site);
	proxy_free(&job->proxy);
	free_secret(job->proxy_auth);
	free_secret(job->key_pass);
	free_secret(job->storepass);
	hostport_free(&job->connect);
	hostport_free(&job->servername);
	names_free(&job->store_words);
}

/* The first line of a file that holds a secret. */
static int read_secret(const char *path, char **ret, struct fault *why)
{
	auto_buf bytes = buf_make(LIMIT_PASSWORD_BYTES);
	int rc = fd_read_file(path, LIMIT_PASSWORD_BYTES, &bytes, why);

	if (rc == 0) {
		*ret = strndup(buf_text(&bytes), strcspn(buf_text(&bytes), "\r\n"));
		if (!*ret)
			rc = fault_nomem(why);
	}
	if (bytes.bytes)
		explicit_bzero(bytes.bytes, bytes.len);
	return rc;
}

static int set_timeout(struct job *job, struct fault *why)
{
	uint64_t seconds = LIMIT_TIMEOUT_DEFAULT_MS / 1000;

	if (job->options->timeout &&
		(!text_number(job->options->timeout, LIMIT_TIMEOUT_S, &seconds) || seconds == 0))
		return fault_set(why, FAULT_USAGE, "--timeout is 1 to %u seconds, not '%s'",
			LIMIT_TIMEOUT_S, job->options->timeout);
	job->survey_options.peer.timeout_ms = (int)seconds * 1000;
	return 0;
}

static int set_connect(struct job *job, struct fault *why)
{
	const char *text = job->options->connect;

	if (!text)
		return 0;
	if (hostport_parse(text, strlen(text), 0, &job->connect, why) < 0)
		return fault_wrap(why, "--connect");
	job->survey_options.peer.connect_host = job->connect.host;
	job->survey_options.peer.connect_port = job->connect.port;
	return 0;
}

static int set_servername(struct job *job, struct fault *why)
{
	const char *text = job->options->servername;

	if (!text)
		return 0;
	if (strchr(text, ':') && !text_ends(text, "]"))
		return fault_set(why, FAULT_USAGE,
			"--servername is a name alone, or an address as in [::1]");
	if (hostport_parse(text, strlen(text), 1, &job->servername, why) < 0)
		return fault_wrap(why, "--servername");
	job->survey_options.peer.servername = job->servername.host;
	job->survey_options.peer.servername_is_ip = job->servername.is_ip;
	return 0;
}

static int set_proxy(struct job *job, struct fault *why)
{
	const struct options *options = job->options;
	struct probe_options *peer = &job->survey_options.peer;

	if (options->proxy && options->no_proxy)
		return fault_set(why, FAULT_USAGE, "--proxy and --no-proxy cannot be combined");
	if (options->proxy_auth_file) {
		if (read_secret(options->proxy_auth_file, &job->proxy_auth, why) < 0)
			return -1;
		peer->proxy_auth = job->proxy_auth;
	}
	peer->no_proxy = options->no_proxy;
	if (!options->proxy)
		return 0;
	if (proxy_parse(options->proxy, &job->proxy, why) < 0)
		return fault_wrap(why, "--proxy");
	peer->proxy = &job->proxy;
	advice_hide_login(&job->advice, job->proxy.label, job->proxy.user != NULL);
	return 0;
}

static int set_client_cert(struct job *job, struct fault *why)
{
	const struct options *options = job->options;
	struct probe_options *peer = &job->survey_options.peer;

	if (options->key && !options->cert)
		return fault_set(why, FAULT_USAGE, "--key needs --cert");
	if (options->key_pass_file) {
		if (read_secret(options->key_pass_file, &job->key_pass, why) < 0)
			return -1;
		peer->key_pass = job->key_pass;
	}
	peer->cert_file = options->cert;
	peer->key_file = options->key;
	return 0;
}

int job_set_peer(struct job *job, struct fault *why)
{
	const struct options *options = job->options;
	struct survey_options *survey = &job->survey_options;

	if (options->ipv4 && options->ipv6)
		return fault_set(why, FAULT_USAGE, "-4 and -6 cannot be combined");
	survey->at = time(NULL);
	survey->chain_file = options->chain;
	survey->peer.no_aia = options->no_aia;
	survey->peer.family = options->ipv4 ? PROBE_IPV4 : options->ipv6 ? PROBE_IPV6 : PROBE_ANY;
	if ((options->at && text_parse_time(options->at, &survey->at, why) < 0) ||
		(options->require && client_set_parse(options->require, &survey->require, why) < 0))
		return -1;
	if (set_timeout(job, why) < 0 || set_connect(job, why) < 0 ||
		set_servername(job, why) < 0 || set_proxy(job, why) < 0)
		return -1;
	return set_client_cert(job, why);
}

/* Under whatever name: "/dev/stdout" is the same pipe. */
static bool is_standard_output(const char *path)
{
	struct stat named, own;

	return strcmp(path, "-") == 0 ||
	       (stat(path, &named) == 0 && S_ISFIFO(named.st_mode) &&
		       fstat(STDOUT_FILENO, &own) == 0 && own.st_dev == named.st_dev &&
		       own.st_ino == named.st_ino);
}

int job_check_output(const struct options *options, struct fault *why)
{
	const char *const files[] = {options->output, options->new_image, options->save,
		options->update_lock ? options->lock : NULL};

	for (size_t i = 0; options->json && i < sizeof(files) / sizeof(files[0]); i++)
		if (files[i] && is_standard_output(files[i]))
			return fault_set(why, FAULT_USAGE,
				"--json takes standard output for itself: write the rest to a "
				"file, "
				"not '%s'",
				files[i]);
	return 0;
}

/* --image and what goes with it; `*ret` stays NULL without. */
static int set_image(struct job *job, const struct image_options **ret, struct fault *why)
{
	const struct options *options = job->options;

	if (options->root && options->image)
		return fault_set(why, FAULT_USAGE, "--root and --image cannot be combined");
	if (!options->image &&
		(options->new_image || options->tag || options->platform || options->check_layers))
		return fault_set(why, FAULT_USAGE,
			"-o, --tag, --platform and --check-layers go with --image");
	if (!options->image)
		return 0;
	job->image = (struct image_options){
		.path = options->image,
		.output = options->new_image,
		.tag = options->tag,
		.platform = options->platform,
		.check_layers = options->check_layers,
	};
	job->image_on_stdout = options->new_image && is_standard_output(options->new_image);
	if (job->image_on_stdout && !options->dry_run && isatty(STDOUT_FILENO))
		return fault_set(why, FAULT_USAGE,
			"an image is not written to a terminal: give -o a file, or a pipe to "
			"standard output");
	*ret = &job->image;
	return 0;
}

int job_open_site(struct job *job, enum job_scope scope, struct fault *why)
{
	struct site_options options = {
		.root = job->options->root,
		.stores = &job->options->stores,
		.skips = &job->options->skips,
		.tree_only = scope == JOB_NO_STORES,
		.only_reads = scope == JOB_SYSTEM_STORE,
		.advice = &job->advice,
	};

	if (job->options->name) {
		if (store_name_check(job->options->name, why) < 0)
			return -1;
		job->naming.name = job->options->name;
	}
	if (job->options->storepass_file &&
		read_secret(job->options->storepass_file, &job->storepass, why) < 0)
		return -1;
	options.storepass = job->storepass;
	if (set_image(job, &options.image, why) < 0)
		return -1;
	if (scope == JOB_SYSTEM_STORE && job->options->stores.n == 0) {
		if (names_add(&job->store_words, "system", why) < 0)
			return -1;
		options.stores = &job->store_words;
	}
	return site_open(&options, &job->site, why);
}

int job_use_recorded(struct job *job, struct fault *why)
{
	job->site.options.stores = &job->store_words;
	job->site.options.is_recorded = true;
	return site_replan(&job->site, why);
}

int job_survey(struct job *job, const struct names *targets, struct fault *why)
{
	if (survey_make(targets, &job->survey_options, &job->site, &job->survey, why) < 0)
		return -1;
	for (size_t i = 0; i < job->survey.n && !job->advice.via; i++) {
		job->advice.via = job->survey.probes[i].via;
		job->advice.via_has_login = job->survey.probes[i].via_has_login;
	}
	return 0;
}

bool job_made_trusted(const struct job *job, const struct finding *finding)
{
	return job->outcome.changed && probe_is_proven(finding->probe) &&
	       !finding->diagnosis.trusted_here;
}

static int set_quorum(const char *text, struct approval_options *ret, struct fault *why)
{
	uint64_t n = 0;

	if (!text)
		return 0;
	if (!text_number(text, LIMIT_TARGETS_N, &n) || n == 0)
		return fault_set(
			why, FAULT_USAGE, "--quorum is a number of targets, not '%s'", text);
	if (n > ret->targets_n)
		return fault_set(why, FAULT_USAGE, "--quorum %s of %zu %s cannot be reached", text,
			ret->targets_n, ret->targets_n == 1 ? "target" : "targets");
	ret->quorum = n;
	return 0;
}

int job_approval(struct job *job, size_t targets_n, struct approval **ret, struct fault *why)
{
	const struct options *options = job->options;
	struct approval_options approval = {
		.pins = &options->pins,
		.lock = options->lock,
		.update_lock = options->update_lock,
		.trust_on_first_use = options->trust_on_first_use,
		.dry_run = options->dry_run,
		.notes = &job->question_notes,
		.targets_n = targets_n,
		.advice = &job->advice,
		.ask = terminal_is_there() ? terminal_says_yes : NULL,
	};

	if (set_quorum(options->quorum, &approval, why) < 0)
		return -1;
	return approval_make(&approval, ret, why);
}

int job_set_encoding(struct job *job, struct fault *why)
{
	const char *to = job->options->to;

	job->encoding = PEM_TEXT;
	if (to && !pem_encoding_named(to, &job->encoding))
		return fault_set(why, FAULT_USAGE, "--to is pem, der or p7b, not '%s'", to);
	return 0;
}

int job_write_certs(struct job *job, const struct certs *certs, struct fault *why)
{
	const char *path = job->options->output ? job->options->output : "-";
	auto_buf out = buf_make(2 * LIMIT_PEM_BYTES);

	if (pem_format_all(certs, job->encoding, &out, why) < 0)
		return -1;
	job->wrote_result = !job->options->output;
	return fd_write_file(path, 0644, out.bytes, out.len, why);
}

int job_change_cas(
	const struct job *job, const struct certs *certs, struct change_ca **ret, struct fault *why)
{
	auto_free struct change_ca *cas = calloc(certs->n + 1, sizeof(*cas));

	if (!cas)
		return fault_nomem(why);
	if (job->naming.name && certs->n > 1)
		return fault_set(
			why, FAULT_USAGE, "--name names one CA, and there are %zu", certs->n);
	for (size_t i = 0; i < certs->n; i++) {
		cas[i].cert = certs->at[i];
		cas[i].name = job->naming.name;
		memcpy(cas[i].sha256, cert_sha256(certs->at[i]), DIGEST_SHA256_LEN);
	}
	*ret = steal(&cas);
	return 0;
}
