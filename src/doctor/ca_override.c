/* SPDX-License-Identifier: Apache-2.0 */
#include "src/doctor/ca_override.h"

#include <string.h>
#include <sys/stat.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/pem.h"
#include "src/sys/fd.h"

void ca_override_free(struct ca_override *ca_override)
{
	free(ca_override->by);
	free(ca_override->undo);
	free(ca_override->path);
	free(ca_override->state);
}

/* Would a program that has these certificates, and judges as OpenSSL does, trust the target? */
static int judge_file(
	const struct finding *finding, const struct certs *anchors, char **ret, struct fault *why)
{
	const struct probe *probe = finding->probe;
	const struct verify_case it = {&probe->chain, anchors, probe->host, time(NULL)};
	struct verification verification = {0};

	if (!probe_is_proven(probe))
		return 0;
	if (client_verify(&it, CLIENT_OPENSSL, &verification, why) < 0)
		return -1;
	return verification.trusts ? 0
				   : text_set(ret, why, "which does not make '%s' trusted: %s",
					     probe->host, verification.why);
}

static int look_at_file(const struct finding *finding, struct ca_override *ca_override, bool is_pem,
	struct fault *why)
{
	const char *path = ca_override->path;
	auto_certs anchors = CERTS_INIT;
	auto_buf bytes = buf_make(LIMIT_PEM_BYTES);
	struct fault seen = FAULT_INIT;
	struct stat st;

	/* The programs are started in the home directory, the user's are not. */
	ca_override->is_relative = *path != '/';
	if (ca_override->is_relative)
		return text_set(&ca_override->state, why,
			strchr("~$", *path)
				? "which no shell expanded: it is not the home directory"
				: "which leads elsewhere from every other directory");
	ca_override->missing = access(path, R_OK) < 0;
	if (ca_override->missing)
		return text_set(&ca_override->state, why, "which is not there, or cannot be read");
	ca_override->is_dir = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
	if (!is_pem || ca_override->is_dir)
		return 0;
	if (fd_read_file(path, LIMIT_PEM_BYTES, &bytes, &seen) < 0 ||
		pem_read(bytes.bytes, bytes.len, path, PEM_LENIENT, &anchors, NULL, &seen) < 0)
		return text_set(&ca_override->state, why, "which cannot be used: %s", seen.text);
	ca_override->is_binary =
		anchors.n && !memmem(bytes.bytes, bytes.len, "CERTIFICATE-----", 16);
	if (ca_override->is_binary)
		return text_set(
			&ca_override->state, why, "which is not PEM, and nothing else is read");
	return judge_file(finding, &anchors, &ca_override->state, why);
}

/* The path in a variable's value; NULL: it chooses none. */
static char *path_in(const char *value, const char *after)
{
	const char *at = after && value ? strstr(value, after) : value;

	if (!at || !*at)
		return NULL;
	at += after ? strlen(after) : 0;
	return strndup(at, after ? strcspn(at, " \"'") : strlen(at));
}

static int by_variable(
	const char *name, const char *after, struct ca_override *ret, struct fault *why)
{
	ret->path = path_in(getenv(name), after);
	if (!ret->path)
		return 0;
	return text_set(&ret->by, why, "%s", name) < 0
		       ? -1
		       : text_set(&ret->undo, why, "unset %s", name);
}

/* The value of "key = value", "key: value", "key value" or "key" in any line, allocated, or NULL.
 */
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

/* The same, if it is a path. */
static char *path_of(const char *text, const char *key)
{
	auto_free char *value = value_in(text, key);

	return value && *value == '/' ? steal(&value) : NULL;
}

/* A file of settings, "~/" being the home directory; `ret_path` NULL: it cannot be read. */
static int read_settings(const char *file, char **ret_path, struct buf *ret, struct fault *why)
{
	const char *home = getenv("HOME");
	auto_free char *path = NULL;
	struct fault seen = FAULT_INIT;

	if (*file == '~' && !home)
		return 0;
	if (text_set(&path, why, "%s%s", *file == '~' ? home : "", file + (*file == '~')) < 0)
		return -1;
	if (fd_read_file(path, LIMIT_MIB, ret, &seen) == 0)
		*ret_path = steal(&path);
	return 0;
}

static int by_file(const char *file, const char *key, struct ca_override *ret, struct fault *why)
{
	auto_buf text = buf_make(LIMIT_MIB);
	auto_free char *path = NULL;

	if (read_settings(file, &path, &text, why) < 0)
		return -1;
	ret->path = path ? path_of(buf_text(&text), key) : NULL;
	if (!ret->path)
		return 0;
	return text_set(&ret->by, why, "%s in '%s'", key, path) < 0 ||
			       text_set(&ret->undo, why, "take %s out of '%s'", key, path) < 0
		       ? -1
		       : 0;
}

/* What it said itself when it was asked. */
static int by_setting(const struct patient *patient, struct ca_override *ret, struct fault *why)
{
	const struct program *program = patient->program;

	ret->path = patient->settings ? path_of(patient->settings, program->asked) : NULL;
	if (!ret->path)
		return 0;
	return text_set(&ret->by, why, "%s", program->asked) < 0
		       ? -1
		       : text_set(&ret->undo, why, "take %s out of where '%s' shows it",
				 program->asked, program->shown_by);
}

int ca_override_find(const struct patient *patient, const struct finding *finding,
	struct ca_override *ret, struct fault *why)
{
	const struct program *program = patient->program;

	for (size_t i = 0; i < PROGRAM_LIST_N && program->variables[i] && !ret->by; i++)
		if (by_variable(program->variables[i], program->value_after, ret, why) < 0)
			return -1;
	if (!ret->by && by_setting(patient, ret, why) < 0)
		return -1;
	for (size_t i = 0; i < PROGRAM_LIST_N && program->settings[i].file && !ret->by; i++)
		if (by_file(program->settings[i].file, program->settings[i].key, ret, why) < 0)
			return -1;
	if (!ret->by && program->variable_then &&
		by_variable(program->variable_then, NULL, ret, why) < 0)
		return -1;
	return ret->by ? look_at_file(finding, ret, !program->value_after, why) : 0;
}

/* What that switch is called, if it is there and has that value; allocated, or NULL. */
static int find_switch(const struct patient *patient, size_t i, char **ret, struct fault *why)
{
	const char *where = patient->program->off[i].where;
	const char *key = patient->program->off[i].key;
	const char *wanted = patient->program->off[i].value;
	auto_buf text = buf_make(LIMIT_MIB);
	auto_free char *path = NULL;
	auto_free char *value = NULL;

	if (*where == '$')
		value = getenv(where + 1) ? strdup(getenv(where + 1)) : NULL;
	else if (!*where)
		value = patient->settings ? value_in(patient->settings, key) : NULL;
	else if (read_settings(where, &path, &text, why) < 0)
		return -1;
	else
		value = path ? value_in(buf_text(&text), key) : NULL;
	if (!value || (wanted && strcasecmp(value, wanted) != 0))
		return 0;
	if (path)
		return text_set(ret, why, "%s in '%s'", key, path);
	return text_set(ret, why, "%s", key ? key : where + 1);
}

int ca_override_find_off(const struct patient *patient, char **ret, struct fault *why)
{
	for (size_t i = 0; i < PROGRAM_LIST_N && patient->program->off[i].where && !*ret; i++)
		if (find_switch(patient, i, ret, why) < 0)
			return -1;
	return 0;
}
