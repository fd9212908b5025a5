/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/cli/cmds.h"
#include "src/sys/fd.h"
#include "src/sys/terminal.h"
#include "src/x509/pem.h"

static void free_secret(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

void job_free(struct job *job)
{
	outcome_free(&job->outcome);
	cas_free(&job->cas);
	survey_free(&job->survey);
	site_close(&job->site);
	names_free(&job->store_words);
	advice_free(&job->advice);
	proxy_free(&job->proxy);
	hostport_free(&job->connect);
	hostport_free(&job->servername);
	free_secret(job->proxy_auth);
	free_secret(job->key_pass);
	free_secret(job->storepass);
	json_decref(job->own);
}

static bool takes(const char *command, unsigned group)
{
	return command_named(command)->groups & group;
}

int job_advise(struct job *job, struct fault *why)
{
	/* Where, how to get there, and what decides: advised commands need these too. */
	const unsigned staying = OPT_PEER | OPT_WHERE | OPT_IMAGE | OPT_NEW_IMAGE | OPT_CLIENTS |
				 OPT_NAMING | OPT_PUBLIC | OPT_ROTATE;
	struct advice *advice = &job->advice;

	advice->command = job->command->name;
	advice->operands = &job->options->operands;
	advice->behind = job->options->command;
	advice->takes = takes;
	advice->lacks_root = geteuid() != 0;
	if (opt_advise(job->options, job->command->groups, staying, advice, why) < 0)
		return -1;
	/* Standard input has been read: the image must be a file the next time. */
	for (size_t i = 0; i < advice->n; i++)
		if (strcmp(advice->at[i].name, "image") == 0 &&
			strcmp(advice->at[i].value, "-") == 0)
			advice->at[i].value = ADVICE_FILE;
	return 0;
}

/* The first line of the file, which holds a secret; without a file `*ret` stays NULL. */
static int read_secret(const char *path, char **ret, struct fault *why)
{
	auto_buf bytes = buf_make(LIMIT_PASSWORD_BYTES);
	int rc;

	if (!path)
		return 0;
	rc = fd_read_file(path, LIMIT_PASSWORD_BYTES, &bytes, why);
	if (rc == 0) {
		*ret = strndup(buf_text(&bytes), strcspn(buf_text(&bytes), "\r\n"));
		if (!*ret)
			rc = fault_nomem(why);
	}
	if (bytes.bytes)
		explicit_bzero(bytes.bytes, bytes.len);
	return rc;
}

int job_set_peer(struct job *job, struct fault *why)
{
	const struct options *options = job->options;
	struct survey_options *survey = &job->survey_options;
	struct probe_options *peer = &survey->peer;
	const char *connect = options->connect, *name = options->servername;
	uint64_t seconds = LIMIT_TIMEOUT_DEFAULT_MS / 1000;

	survey->at = time(NULL);
	survey->chain_file = options->chain;
	if ((options->at && text_parse_time(options->at, &survey->at, why) < 0) ||
		(options->require && client_set_parse(options->require, &survey->require, why) < 0))
		return -1;
	if (options->timeout)
		text_number(options->timeout, LIMIT_TIMEOUT_S, &seconds);
	peer->timeout_ms = (int)seconds * 1000;
	peer->no_aia = options->no_aia;
	peer->family = options->ipv4 ? PROBE_IPV4 : options->ipv6 ? PROBE_IPV6 : PROBE_ANY;

	if (connect && hostport_parse(connect, strlen(connect), 0, &job->connect, why) < 0)
		return fault_wrap(why, "--connect");
	peer->connect_host = job->connect.host;
	peer->connect_port = job->connect.port;
	if (name && strchr(name, ':') && !text_ends(name, "]"))
		return fault_set(why, FAULT_USAGE,
			"--servername is a name without a port, or an address like [::1]");
	if (name && hostport_parse(name, strlen(name), 1, &job->servername, why) < 0)
		return fault_wrap(why, "--servername");
	peer->servername = job->servername.host;
	peer->servername_is_ip = job->servername.is_ip;

	if (read_secret(options->proxy_auth_file, &job->proxy_auth, why) < 0)
		return -1;
	peer->proxy_auth = job->proxy_auth;
	peer->no_proxy = options->no_proxy;
	if (options->proxy) {
		if (proxy_parse(options->proxy, &job->proxy, why) < 0)
			return fault_wrap(why, "--proxy");
		peer->proxy = &job->proxy;
		advice_hide_login(&job->advice, job->proxy.label, job->proxy.user != NULL);
	}

	peer->cert_file = options->cert;
	peer->key_file = options->key;
	if (read_secret(options->key_pass_file, &job->key_pass, why) < 0)
		return -1;
	peer->key_pass = job->key_pass;
	return 0;
}

int job_open_site(struct job *job, enum job_scope scope, struct fault *why)
{
	const struct options *options = job->options;
	struct site_options site = {
		.root = options->root,
		.stores = &options->stores,
		.skips = &options->skips,
		.tree_only = scope == JOB_NO_STORES,
		.only_reads = scope == JOB_SYSTEM_STORE,
		.advice = &job->advice,
	};

	if ((options->name && store_name_check(options->name, why) < 0) ||
		read_secret(options->storepass_file, &job->storepass, why) < 0)
		return -1;
	site.storepass = job->storepass;
	if (options->image) {
		job->image = (struct image_options){
			.path = options->image,
			.output = options->new_image,
			.tag = options->tag,
			.platform = options->platform,
			.check_layers = options->check_layers,
		};
		site.image = &job->image;
	}
	if (scope == JOB_SYSTEM_STORE && options->stores.n == 0) {
		if (names_add(&job->store_words, "system", why) < 0)
			return -1;
		site.stores = &job->store_words;
	}
	return site_open(&site, &job->site, why);
}

int job_survey(struct job *job, const struct names *targets, struct fault *why)
{
	if (survey_make(targets, &job->survey_options, &job->site, &job->survey, why) < 0)
		return -1;
	for (size_t i = 0; i < job->survey.n && !job->advice.via; i++) {
		job->advice.via = job->survey.at[i].probe->via;
		job->advice.via_has_login = job->survey.at[i].probe->via_has_login;
	}
	return 0;
}

int job_approval(struct job *job, size_t targets_n, const struct names *notes,
	struct approval **ret, struct fault *why)
{
	const struct options *options = job->options;
	uint64_t quorum = 0;

	if (options->quorum)
		text_number(options->quorum, LIMIT_TARGETS_N, &quorum);
	if (quorum > targets_n)
		return fault_set(why, FAULT_USAGE, "--quorum %s cannot be reached with %zu %s",
			options->quorum, targets_n, targets_n == 1 ? "target" : "targets");
	return approval_make(
		&(struct approval_options){
			.pins = &options->pins,
			.lock = options->lock,
			.update_lock = options->update_lock,
			.trust_on_first_use = options->trust_on_first_use,
			.dry_run = options->dry_run,
			.notes = notes,
			.targets_n = targets_n,
			.quorum = quorum,
			.advice = &job->advice,
			.ask = terminal_is_there() ? terminal_says_yes : NULL,
		},
		ret, why);
}

int job_write_certs(struct job *job, const struct certs *certs, struct fault *why)
{
	const struct options *options = job->options;
	enum pem_encoding encoding = PEM_TEXT;
	auto_buf out = buf_make(2 * LIMIT_PEM_BYTES);

	if (options->to)
		pem_encoding_named(options->to, &encoding);
	if (pem_format_all(certs, encoding, &out, why) < 0)
		return -1;
	job->stdout_is_taken = !options->output;
	return fd_write_file(
		options->output ? options->output : "-", 0644, out.bytes, out.len, why);
}
