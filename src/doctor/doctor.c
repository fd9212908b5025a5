/* SPDX-License-Identifier: Apache-2.0 */
#include "src/doctor/doctor.h"

#include <ftw.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/text.h"
#include "src/sys/fd.h"
#include "src/sys/interrupt.h"
#include "src/sys/log.h"
#include "src/sys/parallel.h"
#include "src/sys/spawn.h"
#include "stores/java/jdks.h"

const struct doctor_end_row doctor_ends[DOCTOR_ENDS] = {
	[DOCTOR_OK] = {"ok", "ok", NULL, NULL},
	[DOCTOR_UNTRUSTED] = {"not-trusted", "NOT TRUSTED", NULL, NULL},
	[DOCTOR_UNVERIFIED] = {"not-verified", "NOT VERIFIED", NULL, NULL},
	[DOCTOR_CLIENT_CERT] = {"client-cert-required", "client certificate",
		"the server requires a client certificate: trust is not the problem",
		"give it the certificate and key that the server's owner issued"},
	[DOCTOR_PROXY_AUTH] = {"proxy-auth-required", "proxy login",
		"the proxy requires a user and password: no certificate was seen yet",
		"put them into https_proxy (http://user:password@proxy:port)"},
	[DOCTOR_PROXY_REFUSED] = {"proxy-refused", "proxy refuses",
		"the proxy refuses this target: no certificate is involved",
		"ask whoever runs the proxy to allow it"},
	[DOCTOR_NOT_TLS] = {"not-tls", "not TLS",
		"the other end does not speak TLS: a block page, a login page, or the wrong port",
		NULL},
	[DOCTOR_NO_NAME] = {"no-such-host", "no such host",
		"the host name cannot be resolved here: no certificate is involved",
		"check the name and the DNS, or set https_proxy where only the proxy knows it"},
	[DOCTOR_UNREACHABLE] = {"unreachable", "unreachable",
		"nothing answers there, or the connection was dropped: no certificate is involved",
		"check the port, the firewall, and whether https_proxy must be set"},
	[DOCTOR_TIMEOUT] = {"timeout", "timed out", "it timed out and was killed",
		"check the firewall, and whether https_proxy must be set"},
	[DOCTOR_FAILED] = {"failed", "failed",
		"it failed in a way that trustfix does not know; see what it said", NULL},
	[DOCTOR_UNASKED] = {"not-asked", "-", "it could not be run", NULL},
};

static void program_free(struct doctor_program *at)
{
	char *const texts[] = {at->path, at->version, at->reads, at->settings, at->why, at->uses,
		at->todo, at->runs[DOCTOR_YOURS].said, at->runs[DOCTOR_CLEAN].said};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(texts[i]);
}

void doctor_free(struct doctor *it)
{
	for (size_t i = 0; i < it->n; i++)
		program_free(&it->at[i]);
	free(it->at);
	names_free(&it->notes);
	free(it->dir);
	free(it->pin);
	*it = (struct doctor){0};
}

int doctor_status(const struct doctor *it)
{
	int status = 0;

	for (size_t i = 0; i < it->n; i++) {
		enum doctor_end end = it->at[i].runs[DOCTOR_YOURS].end;

		if (end == DOCTOR_UNTRUSTED || end == DOCTOR_UNVERIFIED)
			return 3;
		if (end != DOCTOR_OK && end != DOCTOR_UNASKED)
			status = 1;
	}
	return status;
}

/* ---- finding the programs -------------------------------------------------------------------- */

static int add_program(struct doctor *it, const struct program *program, const char *path,
	const char *reads, struct fault *why)
{
	struct doctor_program *at = realloc(it->at, (it->n + 1) * sizeof(*at));

	if (!at)
		return fault_nomem(why);
	it->at = at;
	at += it->n++;
	*at = (struct doctor_program){.program = program, .path = strdup(path)};
	if (reads)
		at->reads = strdup(reads);
	return at->path && (at->reads || !reads) ? 0 : fault_nomem(why);
}

static bool is_runnable(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* Find it in PATH, as a shell does; relative entries are skipped. */
static int find_in_path(struct doctor *it, const struct program *program, struct fault *why)
{
	const char *at = getenv("PATH");

	for (size_t len; at && *at; at += len + (at[len] == ':')) {
		auto_free char *path = NULL;

		len = strcspn(at, ":");
		if (text_set(&path, why, "%.*s/%s", (int)len, at,
			    program->file ? program->file : program->command) < 0)
			return -1;
		if (*at == '/' && is_runnable(path))
			return add_program(it, program, path, NULL, why);
	}
	return 0;
}

/*
 * Runtimes are also found in other users' home directories: root runs none that another user could
 * have put there.
 */
static bool is_safe(const char *path)
{
	auto_free char *real = realpath(path, NULL);
	struct stat st;

	if (geteuid() != 0)
		return true;
	for (char *end = real ? real + strlen(real) : NULL; end; end = strrchr(real, '/')) {
		*end = '\0';
		if (lstat(*real ? real : "/", &st) < 0 || st.st_uid != 0 ||
			(st.st_mode & S_IWOTH) || ((st.st_mode & S_IWGRP) && st.st_gid != 0))
			return false;
	}
	return real;
}

/* Add bin/java of every runtime found, with the keystore it reads. */
static int find_runtimes(struct doctor *it, const struct program *program, struct fault *why)
{
	auto_jdks jdks = {0};
	size_t n = 0;

	if (jdks_find(it->view, &jdks, why) < 0)
		return -1;
	for (size_t i = 0; i < jdks.n; i++)
		for (size_t r = 0; r < jdks.at[i].clients.n; r++) {
			const char *home = jdks.at[i].clients.at[r];
			auto_free char *path = NULL;
			int rc;

			if (n++ == LIMIT_DOCTOR_RUNTIMES_N)
				return names_addf(&it->notes, why,
					"more than %u Java runtimes: the rest are not run",
					LIMIT_DOCTOR_RUNTIMES_N);
			rc = text_set(&path, why, "%s/bin/java", home);
			if (rc == 0 && !is_runnable(path))
				rc = text_set(&path, why, "%s/jre/bin/java", home);
			if (rc == 0 && is_runnable(path))
				rc = is_safe(path)
					     ? add_program(it, program, path, jdks.at[i].path, why)
					     : names_addf(&it->notes, why,
						       "not run as root: '%s' is writable by "
						       "other users",
						       path);
			if (rc < 0)
				return -1;
		}
	return 0;
}

static int find_programs(struct doctor *it, struct fault *why)
{
	bool connects = it->peer->connect;

	for (size_t i = programs_n; i-- > 0;) {
		const struct program *program = &programs[i];
		bool takes_connect = false; /* it has an option for that address */

		for (size_t w = 0; w < PROGRAM_WORDS_N && program->argv[w]; w++)
			takes_connect = takes_connect || *program->argv[w] == '@';
		if (!program->command || (connects && !takes_connect))
			continue;
		if ((program_is_java(program) ? find_runtimes(it, program, why)
					      : find_in_path(it, program, why)) < 0)
			return -1;
	}
	return connects ? names_add(&it->notes,
				  "with --connect only curl is run: no other program can be told "
				  "another "
				  "address",
				  why)
			: 0;
}

/* ---- reading their output -------------------------------------------------------------------- */

static bool holds_one(const char *output, const char *const *parts)
{
	for (size_t i = 0; i < PROGRAM_LIST_N && parts[i]; i++)
		if (strstr(output, parts[i]))
			return true;
	return false;
}

int doctor_read(const struct program *program, const char *output, const struct fault *failed,
	struct doctor_run *ret, struct fault *why)
{
	struct doctor_run run = {.end = DOCTOR_FAILED};
	const char *end = output + strlen(output);
	const char *after = program->http_after;
	const struct cause *cause = NULL;
	const char *line;
	size_t len;

	/* Use the last status: earlier ones may come from a proxy or from the program itself. */
	for (const char *at = output; after && (at = strstr(at, after));) {
		at += strlen(after);
		if (strspn(at, "0123456789") == 3)
			run.http = (unsigned)strtoul(at, NULL, 10);
	}
	if (run.http < 100 || run.http >= 600)
		run.http = 0;
	/* Show the line with the cause, or else the last line that is not blank. */
	while (end > output && strchr("\n\r\t ", end[-1]))
		end--;
	for (line = end; line > output && line[-1] != '\n';)
		line--;
	len = (size_t)(end - line);
	if (!failed || holds_one(output, program->good))
		run.end = run.http == 407 ? DOCTOR_PROXY_AUTH : DOCTOR_OK;
	else if (failed->kind == FAULT_SYSTEM || holds_one(output, program->unable))
		run.end = DOCTOR_UNASKED;
	else if ((cause = explain_cause(output, &line, &len)))
		run.end = cause->end;
	else if (failed->kind == FAULT_LIMIT)
		run.end = DOCTOR_TIMEOUT;
	if (run.end != DOCTOR_OK) {
		if (failed && (!len || failed->kind == FAULT_SYSTEM)) {
			line = failed->text;
			len = strlen(line);
		}
		for (; len && strchr(" \t", *line); len--)
			line++;
		run.said = text_printable(line, len, LIMIT_SAID_SHOWN);
		if (!run.said)
			return fault_nomem(why);
	}
	*ret = run;
	return 0;
}

/* ---- running them ---------------------------------------------------------------------------- */

enum { RUN_VERSION = DOCTOR_WORLDS, RUN_SETTINGS, RUNS_N };

/* The word after `after`, if it looks like a version; allocated. */
static char *version_in(const char *output, const char *after)
{
	const char *at = strstr(output, after);
	size_t len;

	if (!at)
		return NULL;
	at += strlen(after);
	len = strspn(at, "0123456789.-+_abcdefghijklmnopqrstuvwxyz");
	return *at >= '0' && *at <= '9' && len < 40 ? strndup(at, len) : NULL;
}

static int run_program(const struct doctor *it, const struct doctor_call *call, struct buf *output,
	struct fault *why)
{
	const char *home = getenv("HOME");
	auto_names words = NAMES_INIT;
	auto_names env = NAMES_INIT;
	auto_free const char **argv = NULL;
	auto_free const char **envp = NULL;
	struct stat st;

	if (doctor_command_make(it, call, &words, &env, why) < 0)
		return -1;
	/* Ended by the NULL that calloc(3) leaves. */
	argv = calloc(words.n + 1, sizeof(*argv));
	envp = calloc(env.n + 1, sizeof(*envp));
	if (!argv || !envp)
		return fault_nomem(why);
	memcpy(argv, words.at, words.n * sizeof(*argv));
	memcpy(envp, env.at, env.n * sizeof(*envp));
	if (call->clean || !home || *home != '/' || stat(home, &st) < 0 || !S_ISDIR(st.st_mode))
		home = "/";
	return spawn_run(&(struct spawn){.argv = argv,
				 .envp = envp,
				 .cwd = home,
				 .timeout_ms = it->timeout_ms,
				 .minds_interrupts = true},
		output, why);
}

/* Run one program once: as the user, in a clean environment, for its version, or for its
 * settings. */
static void ask(void *arg, size_t i)
{
	const struct doctor *it = arg;
	struct doctor_program *at = &it->at[i / RUNS_N];
	const struct program *program = at->program;
	const char *const version[PROGRAM_WORDS_N] = {program->version};
	size_t world = i % RUNS_N;
	const char *const *words = world == RUN_VERSION    ? version
				   : world == RUN_SETTINGS ? program->ask
							   : program->argv;
	char dir[LIMIT_PATH_LEN + 32];
	const struct doctor_call call = {at, words, dir, world == DOCTOR_CLEAN};
	auto_buf output = buf_make(LIMIT_CHILD_OUTPUT);
	struct fault failed = FAULT_INIT;
	struct fault ignored = FAULT_INIT;
	int64_t began = clock_ms();
	const char *text, *reads;
	int rc;

	if (!words[0])
		return;
	/* Each run has its own, not created here: cargo locks the directory it works in. */
	snprintf(dir, sizeof(dir), "%s/%zu", it->dir, i);
	rc = run_program(it, &call, &output, &failed);
	text = buf_text(&output);
	if (world < DOCTOR_WORLDS) {
		at->runs[world].end = DOCTOR_FAILED;
		doctor_read(program, text, rc < 0 ? &failed : NULL, &at->runs[world], &ignored);
		at->runs[world].ms = clock_ms() - began;
	}
	if (world == RUN_SETTINGS && rc == 0)
		at->settings = strdup(text);
	if (world == (program->version ? (size_t)RUN_VERSION : DOCTOR_YOURS))
		at->version = version_in(text, program->version_after);
	if (world != DOCTOR_YOURS)
		return;
	at->absent = rc < 0 && program->absent && strstr(text, program->absent);
	/* A probe prints which bundle its library reads. */
	reads = strstr(text, "\nreads ");
	if (reads && !at->reads)
		at->reads = text_printable(reads + 7, strcspn(reads + 7, "\n"), LIMIT_PATH_LEN);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path) < 0;
}

int doctor_ask(struct doctor *it, struct fault *why)
{
	size_t there = 0;
	int rc;

	if (find_programs(it, why) < 0)
		return -1;
	log_progress("running %zu programs", it->n);
	interrupt_hold();
	rc = fd_private_dir(&it->dir, why);
	if (rc == 0) {
		rc = parallel_run(it->n * RUNS_N, false, ask, it, why);
		nftw(it->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	}
	if (interrupt_check(why) < 0)
		rc = -1;
	interrupt_release();
	log_progress_end();
	for (size_t i = 0; i < it->n; i++)
		if (it->at[i].absent)
			program_free(&it->at[i]);
		else
			it->at[there++] = it->at[i];
	it->n = there;
	return rc;
}
