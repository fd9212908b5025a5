/* SPDX-License-Identifier: Apache-2.0 */
#include "src/doctor/override.h"

#include <string.h>
#include <sys/stat.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/sys/fd.h"
#include "src/x509/pem.h"

void override_free(struct override *override)
{
	free(override->by);
	free(override->undo);
	free(override->path);
	free(override->state);
	free(override->mend);
}

/* What is wrong with the path, and how to fix that: *ret_mend is allocated.  Would the program
 * trust the target with it? */
static int judge_path(const struct doctor *doctor, const struct program *program,
	struct override *it, struct fault *why)
{
	const struct probe *probe = doctor->finding->probe;
	auto_free char *word = text_shell_word(it->path);
	auto_free char *pem = NULL;
	auto_free char *shown = NULL;
	auto_certs anchors = CERTS_INIT;
	auto_buf bytes = buf_make(LIMIT_PEM_BYTES);
	struct verify_case verify = {&probe->chain, &anchors, probe->host, time(NULL)};
	struct verification verification = {0};
	struct fault seen = FAULT_INIT;
	struct stat st;
	int rc = 0;

	if (!word)
		return fault_nomem(why);
	/* Doctor starts the programs in the home directory, the user does not. */
	if (*it->path != '/') {
		rc |= text_set(&it->state, why, "%s",
			strchr("~$", *it->path)
				? "which no shell expanded"
				: "a relative path, which works in one directory only");
		rc |= text_set(
			&it->mend, why, "%s, or give it the whole path, from / on", it->undo);
		return rc;
	}
	if (access(it->path, R_OK) < 0) {
		rc |= text_set(&it->state, why, "which does not exist or cannot be read");
		rc |= text_set(&it->mend, why, "%s, or make it name an existing file", it->undo);
		return rc;
	}
	/* No store of ours is such a directory: it is OpenSSL's own format. */
	if (stat(it->path, &st) == 0 && S_ISDIR(st.st_mode))
		return text_set(&it->mend, why,
			"%s, or put the CA's PEM file into it and run: openssl rehash %s", it->undo,
			word);
	if (program_is_java(program))
		return 0;
	if (fd_read_file(it->path, LIMIT_PEM_BYTES, &bytes, &seen) < 0 ||
		pem_read(bytes.bytes, bytes.len, it->path, PEM_LENIENT, &anchors, &seen) < 0)
		return text_set(&it->state, why, "which cannot be used: %s", seen.text);
	if (anchors.n && !memmem(bytes.bytes, bytes.len, "CERTIFICATE-----", 16)) {
		/* Advise to convert it, next to the original. */
		rc |= text_set(&it->state, why, "which is not PEM, the only format it reads");
		rc |= text_set(&pem, why, "%s.pem", it->path);
		shown = rc < 0 ? NULL : text_printable(pem, strlen(pem), LIMIT_PATH_LEN);
		if (!shown)
			return fault_nomem(why);
		rc |= advice_say(&doctor->command_line,
			ADVICE_WORDS("convert", "-o", pem, it->path), &it->mend, why,
			"make %s name '%s' instead; to create that, ", it->by, shown);
		return rc;
	}
	if (!probe_is_proven(probe))
		return 0;
	if (client_verify(&verify, program->rules, &verification, why) < 0)
		return -1;
	return verification.trusts
		       ? 0
		       : text_set(&it->state, why, "which does not make '%s' trusted: %s",
				 probe->host, verification.why);
}

/* The value of "key = value", "key: value", "key value" or "key" in any line; allocated or NULL. */
static char *value_in(const char *text, const char *key)
{
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *at = line + strspn(line, " \t-");
		const char *value = at + strlen(key);

		if (!text_starts(at, key) || !strchr(" \t=:\r\n", *value))
			continue;
		value += strspn(value, " \t=:\"'");
		return strndup(value, strcspn(value, "\r\n\"' "));
	}
	return NULL;
}

/* The key's value in a file ("~/" is the home directory).  *ret_path: the file, if it has a
 * value. */
static int value_of(
	const char *file, const char *key, char **ret_path, char **ret, struct fault *why)
{
	const char *home = getenv("HOME");
	auto_free char *path = NULL;
	auto_buf text = buf_make(LIMIT_MIB);
	struct fault seen = FAULT_INIT;

	if (*file == '~' && !home)
		return 0;
	if (text_set(&path, why, "%s%s", *file == '~' ? home : "", file + (*file == '~')) < 0)
		return -1;
	if (fd_read_file(path, LIMIT_MIB, &text, &seen) == 0)
		*ret = value_in(buf_text(&text), key);
	if (*ret)
		*ret_path = steal(&path);
	return 0;
}

static int by_variables(const struct program *program, const char *const *names,
	struct override *ret, struct fault *why)
{
	const char *after = program->value_after ? program->value_after : "";
	int rc = 0;

	for (size_t i = 0; i < PROGRAM_LIST_N && names[i] && !ret->by; i++) {
		const char *value = getenv(names[i]);

		value = value ? strstr(value, after) : NULL;
		if (!value || !value[strlen(after)])
			continue;
		value += strlen(after);
		rc |= text_set(&ret->path, why, "%.*s",
			(int)(*after ? strcspn(value, " \"'") : strlen(value)), value);
		rc |= text_set(&ret->by, why, "%s", names[i]);
		rc |= text_set(&ret->undo, why, "unset %s", names[i]);
	}
	return rc;
}

int override_find(const struct doctor *doctor, const struct doctor_program *it,
	struct override *ret, struct fault *why)
{
	const struct program *program = it->program;
	const char *key = program->asked;
	auto_free char *asked = it->settings ? value_in(it->settings, key) : NULL;
	int rc = by_variables(program, program->variables, ret, why);

	if (!ret->by && asked && *asked == '/') {
		ret->path = steal(&asked);
		rc |= text_set(&ret->by, why, "%s", key);
		rc |= text_set(&ret->undo, why, "remove %s (to see where it is set, run %s)", key,
			program->shown_by);
	}
	for (size_t i = 0; i < PROGRAM_LIST_N && program->settings[i].file && !ret->by; i++) {
		auto_free char *file = NULL;
		auto_free char *value = NULL;

		key = program->settings[i].key;
		rc |= value_of(program->settings[i].file, key, &file, &value, why);
		if (!value || *value != '/')
			continue;
		ret->path = steal(&value);
		rc |= text_set(&ret->by, why, "%s in '%s'", key, file);
		rc |= text_set(&ret->undo, why, "remove %s from '%s'", key, file);
	}
	if (!ret->by)
		rc |= by_variables(program, program->variables_then, ret, why);
	return rc == 0 && ret->by ? judge_path(doctor, program, ret, why) : rc;
}

int override_find_off(const struct doctor_program *it, char **ret, struct fault *why)
{
	for (size_t i = 0; i < PROGRAM_LIST_N && it->program->off[i].where; i++) {
		const char *where = it->program->off[i].where;
		const char *key = it->program->off[i].key;
		const char *wanted = it->program->off[i].value;
		auto_free char *file = NULL;
		auto_free char *value = NULL;

		if (*where == '$' && getenv(where + 1))
			value = strdup(getenv(where + 1));
		else if (!*where && it->settings)
			value = value_in(it->settings, key);
		else if (*where && *where != '$' && value_of(where, key, &file, &value, why) < 0)
			return -1;
		if (!value || (wanted && strcasecmp(value, wanted) != 0))
			continue;
		return file ? text_set(ret, why, "%s in '%s'", key, file)
			    : text_set(ret, why, "%s", key ? key : where + 1);
	}
	return 0;
}
