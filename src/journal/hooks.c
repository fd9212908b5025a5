/* SPDX-License-Identifier: Apache-2.0 */
#include "src/journal/hooks.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/sys/log.h"
#include "src/sys/spawn.h"

static const char refresh_prefix[] = "refresh-";

/* Case-sensitive: for paths and hook names. */
static bool begins(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* ---- finding hooks --------------------------------------------------------------------------- */

/* As in run-parts(8): letters, digits, underscore, dash. */
static bool is_hook_name(const char *name)
{
	return *name &&
	       name[strspn(name,
		       "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")] == 0;
}

static int list_dir(const char *dir, struct names *names, struct fault *why)
{
	auto_dir it = opendir(dir);
	struct dirent *entry;

	if (!it && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (!it)
		return fault_sys(why, "cannot list '%s'", dir);
	while ((entry = readdir(it))) {
		if (!is_hook_name(entry->d_name) || names_holds(names, entry->d_name))
			continue;
		if (names->n >= LIMIT_HOOKS_N)
			return fault_set(why, FAULT_LIMIT, "more than %u hooks", LIMIT_HOOKS_N);
		if (names_add(names, entry->d_name, why) < 0)
			return -1;
	}
	return 0;
}

/*
 * The path of the hook file of that name, allocated.  NULL: it is masked, or access(2) with `use`
 * fails (X_OK for a hook).
 */
static char *hook_path(const char *name, int use)
{
	static const char *const dirs[] = {TRUSTFIX_ETC_HOOKDIR, TRUSTFIX_HOOKDIR};

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		auto_free char *path = NULL;
		struct stat st;

		if (asprintf(&path, "%s/%s", dirs[i], name) < 0)
			return NULL;
		if (lstat(path, &st) < 0 && errno == ENOENT)
			continue;
		/* The first one found decides: a link to /dev/null is not a regular file and so
		 * masks the name.  A file that stat() cannot examine is tried anyway, so that
		 * its failure is reported. */
		if (stat(path, &st) == 0 ? !S_ISREG(st.st_mode) || access(path, use) < 0
					 : errno == ENOENT)
			return NULL;
		return steal(&path);
	}
	return NULL;
}

bool hooks_have(const char *name)
{
	auto_free char *path = hook_path(name, X_OK);

	return path;
}

char *hooks_probe(const char *name)
{
	return hook_path(name, R_OK);
}

const char *const *hooks_derived(const char *family)
{
	static const struct {
		const char *family;
		const char *paths[8];
	} rows[] = {
		{"debian", {"/etc/ssl/certs/java/cacerts"}},
		{"alpine", {"/etc/ssl/certs/java/cacerts"}},
		{"p11kit", {"/etc/pki/ca-trust/extracted/edk2/cacerts.bin",
				   "/etc/pki/ca-trust/extracted/java/cacerts",
				   "/etc/pki/ca-trust/extracted/openssl/ca-bundle.trust.crt",
				   "/etc/pki/ca-trust/extracted/pem/email-ca-bundle.pem",
				   "/etc/pki/ca-trust/extracted/pem/objsign-ca-bundle.pem",
				   "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"}},
		{"arch", {"/etc/ca-certificates/extracted/ca-bundle.trust.crt",
				 "/etc/ca-certificates/extracted/edk2-cacerts.bin",
				 "/etc/ca-certificates/extracted/email-ca-bundle.pem",
				 "/etc/ca-certificates/extracted/objsign-ca-bundle.pem",
				 "/etc/ca-certificates/extracted/tls-ca-bundle.pem",
				 "/etc/ssl/certs/java/cacerts"}},
		{"suse", {"/var/lib/ca-certificates/ca-bundle.pem",
				 "/var/lib/ca-certificates/java-cacerts"}},
	};

	for (size_t i = 0; family && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].family, family) == 0)
			return rows[i].paths;
	return NULL;
}

static bool is_wanted(const char *name, const struct record *record, enum hooks_which which)
{
	if (!begins(name, refresh_prefix))
		return which & HOOKS_NOTIFY;
	return (which & HOOKS_REFRESH) && record->family &&
	       strcmp(name + strlen(refresh_prefix), record->family) == 0;
}

/* ---- their input and environment ------------------------------------------------------------- */

/* One line each; skip a name with a newline, which could forge another line. */
static void add_lines(struct buf *out, const char *word, const struct names *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strchr(list->at[i], '\n'))
			buf_printf(out, "%s %s\n", word, list->at[i]);
}

/*
 * The changes go to standard input: they can be larger than an environment may be.  After an undo
 * or a revert, what had been added counts as removed.
 */
static int make_input(
	const struct record *record, const char *action, struct buf *out, struct fault *why)
{
	bool back = strcmp(action, "undo") == 0 || strcmp(action, "revert") == 0;
	const struct undo *undo = record->undo;

	add_lines(out, "store", &record->stores);
	add_lines(out, "added", back ? &record->removed : &record->added);
	add_lines(out, "removed", back ? &record->added : &record->removed);
	for (size_t i = 0; i < undo->n; i++) {
		const struct undo_step *step = &undo->at[i];
		const struct names path = {.at = &undo->at[i].path, .n = 1};
		enum entry_kind now = back ? step->before.kind : step->after.kind;

		/* Hooks have no use for the journal's own files. */
		if (step->after.kind != ENTRY_DIR && !step->derived &&
			!begins(step->path, JOURNAL_DIR "/"))
			add_lines(out, now == ENTRY_NONE ? "file-removed" : "file-added", &path);
	}
	return buf_check(out, "the hooks' input", why);
}

static int make_env(
	const struct record *record, const char *action, struct names *env, struct fault *why)
{
	const char *dpkg = getenv("DPKG_MAINTSCRIPT_PACKAGE");

	if (names_add(env, "PATH=/usr/sbin:/usr/bin:/sbin:/bin", why) < 0 ||
		names_add(env, "LC_ALL=C", why) < 0 ||
		(dpkg && names_addf(env, why, "DPKG_MAINTSCRIPT_PACKAGE=%s", dpkg) < 0) ||
		names_add(env, "TRUSTFIX_VERSION=" TRUSTFIX_VERSION, why) < 0 ||
		names_add(env, "TRUSTFIX_ROOT=/", why) < 0 ||
		names_addf(env, why, "TRUSTFIX_ACTION=%s", action) < 0 ||
		names_addf(env, why, "TRUSTFIX_FAMILY=%s", record->family ? record->family : "") <
			0 ||
		names_addf(env, why, "TRUSTFIX_TRANSACTION=%" PRIu64, record->id) < 0)
		return -1;
	return 0;
}

/* ---- running them ---------------------------------------------------------------------------- */

/* Note the lines a user must see; update-ca-certificates prints such lines. */
static int note_lines(
	const char *name, const struct buf *output, struct names *notes, struct fault *why)
{
	const char *line = buf_text(output);

	while (*line) {
		size_t len = strcspn(line, "\n");

		if (begins(line, "W: ") || begins(line, "E: ")) {
			auto_free char *shown = text_printable(line, len, LIMIT_NAME_SHOWN);

			if (!shown)
				return fault_nomem(why);
			if (names_addf(notes, why, "hook '%s': %s", name, shown) < 0)
				return -1;
		}
		line += len + (line[len] == '\n');
	}
	return 0;
}

/* Add the last line of output to the fault: it is usually the reason. */
static int add_output(const struct buf *output, struct fault *why)
{
	auto_free char *shown = NULL;
	size_t end = output->len;
	size_t begin;

	while (end && output->bytes[end - 1] == '\n')
		end--;
	begin = end;
	while (begin && output->bytes[begin - 1] != '\n')
		begin--;
	shown = text_printable(buf_text(output) + begin, end - begin, LIMIT_NAME_SHOWN);
	if (shown && *shown)
		fault_wrap(why, "it printed '%s'", shown);
	return -1;
}

static int run_one(const char *name, const char *path, const char *const *envp,
	const struct buf *input, struct names *notes, struct fault *why)
{
	const char *argv[] = {path, NULL};
	struct spawn spawn = {.argv = argv,
		.envp = envp,
		.input = input->bytes,
		.input_len = input->len,
		.timeout_ms = LIMIT_HOOK_MS};
	auto_buf output = buf_make(LIMIT_CHILD_OUTPUT);
	struct fault failed = FAULT_INIT;
	int rc;

	log_progress("running %s", path);
	log_detail("running %s", path);
	rc = spawn_run(&spawn, &output, &failed);
	if (output.len)
		log_detail("%s: %s", name, buf_text(&output));
	if (note_lines(name, &output, notes, why) < 0)
		return -1;
	if (rc == 0)
		return 0;
	add_output(&output, &failed);
	if (begins(name, refresh_prefix))
		return fault_set(why, FAULT_REFUSED, "hook '%s' failed: %s", name, failed.text);
	return names_addf(notes, why, "hook '%s' failed: %s", name, failed.text);
}

/*
 * Note a missing hook: trustfix was copied without its hooks, or they lost their mode.  The stores
 * are complete, but the distribution's scripts did not run.  A masked hook is intended.
 */
static int note_missing(const struct record *record, const struct names *there, struct names *notes,
	struct fault *why)
{
	auto_free char *name = NULL;
	auto_free char *path = NULL;

	if (!record->family)
		return 0;
	if (asprintf(&name, "%s%s", refresh_prefix, record->family) < 0)
		return fault_nomem(why);
	path = hook_path(name, F_OK);
	if (names_holds(there, name) && (!path || access(path, X_OK) == 0))
		return 0;
	return names_addf(notes, why,
		"trustfix's hook '%s' is not %s: the store is complete, but scripts of "
		"other packages that follow its changes did not run",
		path ? path : name, path ? "executable" : "installed here");
}

int hooks_run(const struct record *record, const char *action, enum hooks_which which,
	struct names *notes, struct fault *why)
{
	auto_names names = NAMES_INIT;
	auto_names env = NAMES_INIT;
	auto_free const char **envp = NULL;
	auto_buf input = buf_make(LIMIT_FILE_BYTES);

	if (list_dir(TRUSTFIX_HOOKDIR, &names, why) < 0 ||
		list_dir(TRUSTFIX_ETC_HOOKDIR, &names, why) < 0 ||
		make_env(record, action, &env, why) < 0 ||
		make_input(record, action, &input, why) < 0)
		return -1;
	envp = calloc(env.n + 1, sizeof(*envp));
	if (!envp)
		return fault_nomem(why);
	for (size_t i = 0; i < env.n; i++)
		envp[i] = env.at[i];
	names_sort(&names);
	for (size_t i = 0; i < names.n; i++) {
		auto_free char *path = hook_path(names.at[i], X_OK);

		if (!path || !is_wanted(names.at[i], record, which))
			continue;
		if (run_one(names.at[i], path, envp, &input, notes, why) < 0)
			return -1;
	}
	log_progress_end();
	return which & HOOKS_REFRESH ? note_missing(record, &names, notes, why) : 0;
}
