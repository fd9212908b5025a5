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

/* It cannot be used as it is: advise to remove the override or to fix it. */
static int blame(struct override *it, const char *state, const char *mend, struct fault *why)
{
	if (state && text_set(&it->state, why, "%s", state) < 0)
		return -1;
	return text_set(&it->mend, why, "%s, or %s", it->undo, mend);
}

/* Can the program use the path, and would it trust the target with it? */
static int judge_path(const struct program *program, const struct finding *finding,
	const struct advice *command_line, struct override *it, struct fault *why)
{
	const struct probe *probe = finding->probe;
	auto_free char *word = text_shell_word(it->path);
	auto_free char *text = NULL;
	auto_certs anchors = CERTS_INIT;
	auto_buf bytes = buf_make(LIMIT_PEM_BYTES);
	struct verify_case verify = {&probe->chain, &anchors, probe->host, time(NULL)};
	struct verification verification = {0};
	struct fault seen = FAULT_INIT;
	struct stat st;

	if (!word)
		return fault_nomem(why);
	/* Doctor starts the programs in the home directory, the user does not. */
	if (*it->path != '/')
		return blame(it,
			strchr("~$", *it->path)
				? "which no shell expanded: it is not the home directory"
				: "which leads elsewhere from every other directory",
			"give it the whole path, from / on", why);
	if (access(it->path, R_OK) < 0)
		return blame(it, "which is not there, or cannot be read",
			"let it name a file that is there", why);
	/* No store of ours is such a directory: it is OpenSSL's own format. */
	if (stat(it->path, &st) == 0 && S_ISDIR(st.st_mode))
		return text_set(&text, why,
			       "put the CA's PEM file into it and run: openssl rehash %s", word) < 0
			       ? -1
			       : blame(it, NULL, text, why);
	if (program_is_java(program))
		return 0;
	if (fd_read_file(it->path, LIMIT_PEM_BYTES, &bytes, &seen) < 0 ||
		pem_read(bytes.bytes, bytes.len, it->path, PEM_LENIENT, &anchors, NULL, &seen) < 0)
		return text_set(&it->state, why, "which cannot be used: %s", seen.text);
	if (anchors.n && !memmem(bytes.bytes, bytes.len, "CERTIFICATE-----", 16)) {
		auto_free char *shown = NULL;

		/* Advise to convert it, next to the original, to the PEM that programs read. */
		if (text_set(&it->state, why, "which is not PEM, and nothing else is read") < 0 ||
			text_set(&text, why, "%s.pem", it->path) < 0)
			return -1;
		shown = text_printable(text, strlen(text), LIMIT_PATH_LEN);
		return !shown ? fault_nomem(why)
			      : advice_say(command_line,
					ADVICE_WORDS("convert", "-o", text, it->path), &it->mend,
					why, "let %s name '%s' instead; to make that, ", it->by,
					shown);
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

	for (size_t i = 0; i < PROGRAM_LIST_N && names[i] && !ret->by; i++) {
		const char *value = getenv(names[i]);

		value = value ? strstr(value, after) : NULL;
		if (!value || !value[strlen(after)])
			continue;
		value += strlen(after);
		ret->path = strndup(value, *after ? strcspn(value, " \"'") : strlen(value));
		if (!ret->path)
			return fault_nomem(why);
		if (text_set(&ret->by, why, "%s", names[i]) < 0 ||
			text_set(&ret->undo, why, "unset %s", names[i]) < 0)
			return -1;
	}
	return 0;
}

int override_find(const struct doctor_program *it, const struct finding *finding,
	const struct advice *command_line, struct override *ret, struct fault *why)
{
	const struct program *program = it->program;

	if (by_variables(program, program->variables, ret, why) < 0)
		return -1;
	if (!ret->by && it->settings) {
		auto_free char *value = value_in(it->settings, program->asked);

		if (value && *value == '/') {
			ret->path = steal(&value);
			if (text_set(&ret->by, why, "%s", program->asked) < 0 ||
				text_set(&ret->undo, why, "take %s out of where '%s' shows it",
					program->asked, program->shown_by) < 0)
				return -1;
		}
	}
	for (size_t i = 0; i < PROGRAM_LIST_N && program->settings[i].file && !ret->by; i++) {
		const char *key = program->settings[i].key;
		auto_free char *file = NULL;
		auto_free char *value = NULL;

		if (value_of(program->settings[i].file, key, &file, &value, why) < 0)
			return -1;
		if (!value || *value != '/')
			continue;
		ret->path = steal(&value);
		if (text_set(&ret->by, why, "%s in '%s'", key, file) < 0 ||
			text_set(&ret->undo, why, "take %s out of '%s'", key, file) < 0)
			return -1;
	}
	if (!ret->by && by_variables(program, program->variables_then, ret, why) < 0)
		return -1;
	return ret->by ? judge_path(program, finding, command_line, ret, why) : 0;
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
