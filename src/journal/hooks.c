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
static const char *const dirs[] = {TRUSTFIX_ETC_HOOKDIR, TRUSTFIX_HOOKDIR};
#define DIRS_N (sizeof(dirs) / sizeof(dirs[0]))

/* Case-sensitive: for paths and hook names. */
static bool begins(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* ---- finding hooks --------------------------------------------------------------------------- */

/* The names of all hook files, sorted.  As in run-parts(8), a name consists of letters, digits,
 * underscores and dashes. */
static int list(struct names *names, struct fault *why)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

	for (size_t i = 0; i < DIRS_N; i++) {
		auto_dir dir = opendir(dirs[i]);
		const struct dirent *entry;

		if (!dir && errno != ENOENT && errno != ENOTDIR)
			return fault_sys(why, "cannot list '%s'", dirs[i]);
		while (dir && (entry = readdir(dir))) {
			const char *name = entry->d_name;

			if (name[strspn(name, allowed)] || names_holds(names, name))
				continue;
			if (names->n >= LIMIT_HOOKS_N)
				return fault_set(
					why, FAULT_LIMIT, "more than %u hooks", LIMIT_HOOKS_N);
			if (names_add(names, name, why) < 0)
				return -1;
		}
	}
	names_sort(names);
	return 0;
}

char *hooks_path(const char *name, int use)
{
	for (size_t i = 0; i < DIRS_N; i++) {
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
	auto_free char *path = hooks_path(name, X_OK);

	return path;
}

/* ---- running them ---------------------------------------------------------------------------- */

/* One line each; skip a name with a newline, which could forge another line. */
static void add_lines(struct buf *out, const char *word, const struct names *list_of)
{
	for (size_t i = 0; i < list_of->n; i++)
		if (!strchr(list_of->at[i], '\n'))
			buf_printf(out, "%s %s\n", word, list_of->at[i]);
}

/*
 * The changes go to standard input: they can be larger than an environment may be.  After an undo
 * or a revert, what had been added counts as removed.
 */
static int make_input(
	const struct record *record, const char *action, struct buf *out, struct fault *why)
{
	bool back = strcmp(action, "undo") == 0 || strcmp(action, "revert") == 0;

	add_lines(out, "store", &record->stores);
	add_lines(out, "added", back ? &record->removed : &record->added);
	add_lines(out, "removed", back ? &record->added : &record->removed);
	for (size_t i = 0; i < record->undo->n; i++) {
		struct undo_step *step = &record->undo->at[i];
		const struct names path = {.at = &step->path, .n = 1};
		const struct entry *now = back ? &step->before : &step->after;

		/* Hooks have no use for the journal's own files. */
		if (step->after.kind != ENTRY_DIR && !step->derived &&
			!begins(step->path, JOURNAL_DIR "/"))
			add_lines(out, now->kind == ENTRY_NONE ? "file-removed" : "file-added",
				&path);
	}
	return buf_check(out, "the hooks' input", why);
}

/* Note the lines a user must see: update-ca-certificates prints such lines. */
static int run_one(const char *name, const char *path, const char *const *envp,
	const struct buf *input, struct names *notes, struct fault *why)
{
	const char *argv[] = {path, NULL};
	const struct spawn spawn = {.argv = argv,
		.envp = envp,
		.input = input->bytes,
		.input_len = input->len,
		.timeout_ms = LIMIT_HOOK_MS};
	auto_buf output = buf_make(LIMIT_CHILD_OUTPUT);
	auto_free char *last = NULL;
	struct fault failed = FAULT_INIT;
	size_t len;
	int rc;

	log_progress("running %s", path);
	log_detail("running %s", path);
	rc = spawn_run(&spawn, &output, &failed);
	for (const char *line = buf_text(&output); *line; line += len + (line[len] == '\n')) {
		len = strcspn(line, "\n");
		if (len == 0)
			continue;
		free(last);
		last = text_printable(line, len, LIMIT_NAME_SHOWN);
		if (!last)
			return fault_nomem(why);
		log_detail("%s: %s", name, last);
		if ((begins(line, "W: ") || begins(line, "E: ")) &&
			names_addf(notes, why, "hook '%s': %s", name, last) < 0)
			return -1;
	}
	if (rc == 0)
		return 0;
	/* The last line is usually the reason. */
	if (last)
		fault_wrap(&failed, "it printed '%s'", last);
	return begins(name, refresh_prefix)
		       ? fault_set(why, FAULT_REFUSED, "hook '%s' failed: %s", name, failed.text)
		       : names_addf(notes, why, "hook '%s' failed: %s", name, failed.text);
}

int hooks_run(const struct record *record, const char *action, enum hooks_which which,
	struct names *notes, struct fault *why)
{
	const char *package = getenv("DPKG_MAINTSCRIPT_PACKAGE");
	auto_free char *action_set = NULL, *family = NULL, *id = NULL, *dpkg = NULL;
	auto_free char *refresh = NULL, *found = NULL;
	auto_names names = NAMES_INIT;
	auto_buf input = buf_make(LIMIT_FILE_BYTES);

	if (list(&names, why) < 0 || make_input(record, action, &input, why) < 0 ||
		text_set(&action_set, why, "TRUSTFIX_ACTION=%s", action) < 0 ||
		text_set(&family, why, "TRUSTFIX_FAMILY=%s", record->family ? record->family : "") <
			0 ||
		text_set(&id, why, "TRUSTFIX_TRANSACTION=%" PRIu64, record->id) < 0 ||
		(package && text_set(&dpkg, why, "DPKG_MAINTSCRIPT_PACKAGE=%s", package) < 0) ||
		(record->family && (which & HOOKS_REFRESH) &&
			text_set(&refresh, why, "%s%s", refresh_prefix, record->family) < 0))
		return -1;
	const char *const envp[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C",
		"TRUSTFIX_VERSION=" TRUSTFIX_VERSION, "TRUSTFIX_ROOT=/", action_set, family, id,
		dpkg, NULL};

	for (size_t i = 0; i < names.n; i++) {
		const char *name = names.at[i];
		auto_free char *path = hooks_path(name, X_OK);

		if (path &&
			(begins(name, refresh_prefix) ? refresh && strcmp(name, refresh) == 0
						      : which & HOOKS_NOTIFY) &&
			run_one(name, path, envp, &input, notes, why) < 0)
			return -1;
	}
	log_progress_end();
	found = refresh ? hooks_path(refresh, F_OK) : NULL;
	if (!refresh || (names_holds(&names, refresh) && (!found || access(found, X_OK) == 0)))
		return 0;
	/* trustfix was copied without its hooks, or they lost their mode.  The stores are complete,
	 * but the distribution's scripts did not run.  A masked hook is intended. */
	return names_addf(notes, why,
		"trustfix's hook '%s' is not %s: the store is complete, but scripts of other "
		"packages that follow its changes did not run",
		found ? found : refresh, found ? "executable" : "installed here");
}
