/* SPDX-License-Identifier: Apache-2.0 */
#include "src/doctor/checkup.h"

#include <ftw.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/sys/parallel.h"
#include "src/sys/fd.h"
#include "src/sys/interrupt.h"
#include "src/sys/log.h"
#include "src/sys/spawn.h"
#include "src/doctor/command_line.h"
#include "stores/java/jdks.h"

static void patient_free(struct patient *patient)
{
	free(patient->path);
	free(patient->version);
	free(patient->reads);
	free(patient->settings);
	free(patient->why);
	free(patient->uses);
	free(patient->todo);
	for (int world = 0; world < CHECKUP_WORLDS; world++)
		free(patient->runs[world].said);
}

void checkup_free(struct checkup *checkup)
{
	for (size_t i = 0; i < checkup->n; i++)
		patient_free(&checkup->at[i]);
	free(checkup->at);
	names_free(&checkup->notes);
	*checkup = (struct checkup){0};
}

void checkups_free(struct checkups *checkups)
{
	for (size_t i = 0; i < checkups->n; i++)
		checkup_free(&checkups->at[i]);
	free(checkups->at);
	*checkups = (struct checkups){0};
}

int checkup_status(const struct checkup *checkup)
{
	int status = 0;

	for (size_t i = 0; i < checkup->n; i++) {
		enum checkup_end end = checkup->at[i].runs[CHECKUP_YOURS].end;

		if (end == CHECKUP_UNTRUSTED || end == CHECKUP_UNVERIFIED)
			return 3;
		if (end != CHECKUP_OK && end != CHECKUP_UNASKED)
			status = 1;
	}
	return status;
}

/* ---- who is there ---------------------------------------------------------------------------- */

static int add_patient(struct checkup *checkup, const struct program *program, const char *path,
	const char *reads, struct fault *why)
{
	struct patient *at = realloc(checkup->at, (checkup->n + 1) * sizeof(*at));

	if (!at)
		return fault_nomem(why);
	checkup->at = at;
	at += checkup->n++;
	*at = (struct patient){.program = program, .path = strdup(path)};
	if (reads)
		at->reads = strdup(reads);
	return at->path && (at->reads || !reads) ? 0 : fault_nomem(why);
}

static bool is_runnable(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* In PATH, as a shell finds it; what is relative there is not looked into. */
static int find_in_path(struct checkup *checkup, const struct program *program, struct fault *why)
{
	const char *at = getenv("PATH");

	while (at && *at) {
		size_t len = strcspn(at, ":");
		char path[LIMIT_PATH_LEN];

		if (*at == '/' &&
			snprintf(path, sizeof(path), "%.*s/%s", (int)len, at, program->file) <
				(int)sizeof(path) &&
			is_runnable(path))
			return add_patient(checkup, program, path, NULL, why);
		at += len + (at[len] == ':');
	}
	return 0;
}

static bool is_roots_own(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && st.st_uid == 0 && !(st.st_mode & S_IWOTH) &&
	       (!(st.st_mode & S_IWGRP) || st.st_gid == 0);
}

/*
 * Runtimes are looked for in other people's homes as well: root runs none that somebody else could
 * have put there.
 */
static bool is_safe(const char *path)
{
	auto_free char *real = realpath(path, NULL);

	if (geteuid() != 0)
		return true;
	if (!real || !is_roots_own(real))
		return false;
	for (char *slash = strrchr(real, '/'); slash > real; slash = strrchr(real, '/')) {
		*slash = '\0';
		if (!is_roots_own(real))
			return false;
	}
	return is_roots_own("/");
}

static int add_runtime(struct checkup *checkup, const struct program *program, const char *home,
	const char *store, struct fault *why)
{
	static const char *const below[] = {"bin/java", "jre/bin/java"};

	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
		char path[LIMIT_PATH_LEN];

		if (snprintf(path, sizeof(path), "%s/%s", home, below[i]) >= (int)sizeof(path) ||
			!is_runnable(path))
			continue;
		if (!is_safe(path))
			return names_addf(&checkup->notes, why,
				"not run as root: '%s' is writable by other users", path);
		return add_patient(checkup, program, path, store, why);
	}
	return 0;
}

static int find_runtimes(struct checkup *checkup, const struct program *program, struct view *view,
	struct fault *why)
{
	CLEANUP(jdks) struct jdks jdks = {0};
	size_t n = 0;

	if (jdks_find(view, &jdks, why) < 0)
		return -1;
	for (size_t i = 0; i < jdks.n; i++)
		for (size_t r = 0; r < jdks.at[i].clients.n; r++) {
			if (n++ == LIMIT_DOCTOR_RUNTIMES_N)
				return names_addf(&checkup->notes, why,
					"more than %u Java runtimes: the rest is not asked",
					LIMIT_DOCTOR_RUNTIMES_N);
			if (add_runtime(checkup, program, jdks.at[i].clients.at[r], jdks.at[i].path,
				    why) < 0)
				return -1;
		}
	return 0;
}

static int find_all(struct checkup *checkup, struct view *view, struct fault *why)
{
	for (const struct program *program = programs; program->name; program++)
		if ((program->file ? find_in_path(checkup, program, why)
				   : find_runtimes(checkup, program, view, why)) < 0)
			return -1;
	return 0;
}

/* ---- asking ---------------------------------------------------------------------------------- */

struct ward {
	const struct checkup_case *it;
	struct checkup *checkup;
	const char *dir;
};

/* The word behind `after`, if it looks like a version; allocated. */
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

static void ask_version(const struct ward *ward, struct patient *patient)
{
	const char *argv[] = {patient->path, patient->program->version[0], NULL};
	struct spawn spawn = {.argv = argv,
		.envp = (const char *const *)environ,
		.timeout_ms = ward->it->timeout_ms,
		.minds_interrupts = true};
	auto_buf output = buf_make(LIMIT_CHILD_OUTPUT);
	struct fault ignored = FAULT_INIT;

	if (spawn_run(&spawn, &output, &ignored) == 0)
		patient->version = version_in(buf_text(&output), patient->program->version_after);
}

/* The bundle a probe says its library has. */
static char *reads_in(const char *output)
{
	const char *at = strstr(output, "\nreads ");

	return at ? text_printable(at + 7, strcspn(at + 7, "\n"), LIMIT_PATH_LEN) : NULL;
}

static bool is_not_there(const struct program *program, const char *output)
{
	return program->absent && strstr(output, program->absent);
}

static int command_line_it(const struct ward *ward, const struct patient *patient,
	const struct program *program, enum checkup_world world, struct buf *output,
	struct fault *why)
{
	const char *home = world == CHECKUP_YOURS ? getenv("HOME") : NULL;
	struct stat st;
	char dir[LIMIT_PATH_LEN + sizeof("/clean")];
	const struct command_line_case how = {
		.program = program,
		.path = patient->path,
		.target = ward->it->target,
		.options = ward->it->options,
		.dir = dir,
		.environ = (const char *const *)environ,
		.clean = world == CHECKUP_CLEAN,
	};
	CLEANUP(command_line) struct command_line command_line = {0};
	auto_free const char **argv = NULL;
	auto_free const char **envp = NULL;

	/* One each, not made yet: cargo locks what it works in. */
	snprintf(dir, sizeof(dir), "%s/%s", ward->dir, world == CHECKUP_CLEAN ? "clean" : "yours");
	if (command_line_make(&how, &command_line, why) < 0)
		return -1;
	argv = command_line_vector(&command_line.argv);
	envp = command_line_vector(&command_line.env);
	if (!argv || !envp)
		return fault_nomem(why);
	struct spawn spawn = {.argv = argv,
		.envp = envp,
		.cwd = home && *home == '/' && stat(home, &st) == 0 && S_ISDIR(st.st_mode) ? home
											   : "/",
		.timeout_ms = ward->it->timeout_ms,
		.minds_interrupts = true};
	return spawn_run(&spawn, output, why);
}

static void ask(const struct ward *ward, struct patient *patient, enum checkup_world world)
{
	struct checkup_run *run = &patient->runs[world];
	auto_buf output = buf_make(LIMIT_CHILD_OUTPUT);
	struct fault failed = FAULT_INIT;
	struct fault ignored = FAULT_INIT;
	int64_t began = clock_ms();
	int rc = command_line_it(ward, patient, patient->program, world, &output, &failed);
	const char *text = buf_text(&output);

	run->end = CHECKUP_FAILED;
	checkup_read(patient->program, text, rc < 0 ? &failed : NULL, run, &ignored);
	run->ms = clock_ms() - began;
	if (world != CHECKUP_YOURS)
		return;
	patient->absent = rc < 0 && is_not_there(patient->program, text);
	if (!patient->program->version[0])
		patient->version = version_in(text, patient->program->version_after);
	if (!patient->reads)
		patient->reads = reads_in(text);
}

static void ask_settings(const struct ward *ward, struct patient *patient)
{
	struct program asking = *patient->program;
	auto_buf output = buf_make(LIMIT_CHILD_OUTPUT);
	struct fault ignored = FAULT_INIT;

	memcpy(asking.argv, asking.ask, sizeof(asking.argv));
	if (command_line_it(ward, patient, &asking, CHECKUP_YOURS, &output, &ignored) == 0)
		patient->settings = strdup(buf_text(&output));
}

enum { RUN_VERSION = CHECKUP_WORLDS, RUN_SETTINGS, RUNS_N };

static void work(void *arg, size_t i)
{
	const struct ward *ward = arg;
	struct patient *patient;
	size_t run;

	if (i == 0) {
		if (ward->it->beside)
			ward->it->beside(ward->it->arg);
		return;
	}
	patient = &ward->checkup->at[(i - 1) / RUNS_N];
	run = (i - 1) % RUNS_N;
	if (run < CHECKUP_WORLDS)
		ask(ward, patient, run);
	else if (run == RUN_VERSION && patient->program->version[0])
		ask_version(ward, patient);
	else if (run == RUN_SETTINGS && patient->program->ask[0])
		ask_settings(ward, patient);
}

static bool takes_connect(const struct patient *patient)
{
	for (size_t i = 0; i < PROGRAM_WORDS_N && patient->program->argv[i]; i++)
		if (*patient->program->argv[i] == '@')
			return true;
	return false;
}

static bool is_there(const struct patient *patient)
{
	return !patient->absent;
}

static void keep(struct checkup *checkup, bool (*wanted)(const struct patient *patient))
{
	size_t kept = 0;

	for (size_t i = 0; i < checkup->n; i++)
		if (wanted(&checkup->at[i]))
			checkup->at[kept++] = checkup->at[i];
		else
			patient_free(&checkup->at[i]);
	checkup->n = kept;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path) < 0;
}

/* All at once, in a directory of their own. */
static int ask_all(const struct checkup_case *it, struct checkup *checkup, struct fault *why)
{
	auto_free char *dir = NULL;
	int rc;

	interrupt_hold();
	rc = fd_private_dir(&dir, why);
	if (rc == 0) {
		struct ward ward = {it, checkup, dir};

		rc = parallel_run(1 + checkup->n * RUNS_N, work, &ward, why);
		nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	}
	if (interrupt_check(why) < 0)
		rc = -1;
	interrupt_release();
	return rc;
}

int checkup_run(const struct checkup_case *it, struct checkup *ret, struct fault *why)
{
	CLEANUP(checkup) struct checkup checkup = {0};

	if (find_all(&checkup, it->view, why) < 0)
		return -1;
	if (it->options->peer.connect_host) {
		keep(&checkup, takes_connect);
		if (names_add(&checkup.notes,
			    "only curl can be told another address: with --connect no other "
			    "program is asked",
			    why) < 0)
			return -1;
	}
	log_progress("running %zu programs", checkup.n);
	if (ask_all(it, &checkup, why) < 0)
		return -1;
	log_progress_end();
	keep(&checkup, is_there);
	*ret = checkup;
	checkup = (struct checkup){0};
	return 0;
}
