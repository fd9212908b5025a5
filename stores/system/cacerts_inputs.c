/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/system/cacerts_inputs.h"

#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/roots.h"
#include "stores/bundle.h"

#define WHOSE "system"

void cacerts_inputs_free(struct cacerts_inputs *cacerts_inputs)
{
	anchor_files_free(&cacerts_inputs->files);
	names_free(&cacerts_inputs->deselected);
}

/* The line without the blanks around it (the shell's read), in place. */
static char *without_blanks(char *line)
{
	size_t len;

	line += strspn(line, " \t");
	len = strlen(line);
	while (len && (line[len - 1] == ' ' || line[len - 1] == '\t'))
		line[--len] = '\0';
	return line;
}

static int read_line(struct view *view, const struct cacerts_inputs_rules *rules, char *line,
	struct cacerts_inputs *ret, struct fault *why)
{
	char path[LIMIT_PATH_LEN];
	bool is_deselected = line[0] == '!';

	if (line[0] == '#' || line[0] == '\0')
		return 0;
	line += is_deselected;
	if (rules->is_shell)
		line = without_blanks(line);
	if (is_deselected)
		return names_add(&ret->deselected, line, why);
	if (snprintf(path, sizeof(path), "%s/%s", CACERTS_INPUTS_SHIPPED, line) >=
		(int)sizeof(path))
		return 0;
	return anchor_files_read(view, path, &ret->files, why);
}

static int read_conf(struct view *view, const struct cacerts_inputs_rules *rules,
	struct cacerts_inputs *ret, struct fault *why)
{
	auto_buf conf = buf_make(LIMIT_PEM_BYTES);
	bool found = false;
	char *at;
	char *stop;

	if (view_read(view, CACERTS_INPUTS_CONF, &conf, &found, why) < 0)
		return -1;
	ret->has_conf = conf.len > 0;
	at = (char *)conf.bytes;
	stop = conf.len ? at + conf.len : at; /* NULL + 0 is undefined */
	while (at < stop) {
		char *newline = memchr(at, '\n', (size_t)(stop - at));
		char *end = newline ? newline : stop;

		*end = '\0'; /* buf keeps a byte behind its last */
		if ((newline || !rules->is_shell) && strlen(at) == (size_t)(end - at) &&
			read_line(view, rules, at, ret, why) < 0)
			return -1;
		at = end + 1;
	}
	return 0;
}

int cacerts_inputs_read(struct view *view, const struct cacerts_inputs_rules *rules,
	struct cacerts_inputs *ret, struct fault *why)
{
	auto_cacerts_inputs cacerts_inputs = CACERTS_INPUTS_INIT;

	if (read_conf(view, rules, &cacerts_inputs, why) < 0)
		return -1;
	cacerts_inputs.local_from = cacerts_inputs.files.n;
	if (anchor_files_scan(view, CACERTS_INPUTS_LOCAL, rules->suffix, rules->depth,
		    &cacerts_inputs.files, why) < 0)
		return -1;
	*ret = cacerts_inputs;
	cacerts_inputs = (struct cacerts_inputs)CACERTS_INPUTS_INIT;
	return 0;
}

bool cacerts_inputs_hold(const struct cacerts_inputs *cacerts_inputs, const struct cert *cert)
{
	for (size_t i = 0; i < cacerts_inputs->files.n; i++)
		if (certs_hold(&cacerts_inputs->files.at[i].certs, cert))
			return true;
	return false;
}

bool cacerts_inputs_have_tool(struct view *view)
{
	struct fault ignored = FAULT_INIT;
	auto_entry conf = ENTRY_INIT;

	return view_is_file(view, CACERTS_INPUTS_TOOL) ||
	       (view_entry(view, CACERTS_INPUTS_CONF, VIEW_FOLLOW, &conf, NULL, &ignored) == 0 &&
		       conf.kind == ENTRY_FILE && conf.size > 0);
}

int cacerts_inputs_make_all(struct view *view, const struct cacerts_inputs *cacerts_inputs,
	bool *ret, struct fault *why)
{
	auto_certs certs = CERTS_INIT;
	bool all = true;

	if (view->tree->is_still || !cacerts_inputs_have_tool(view)) {
		if (bundle_certs(view, CACERTS_INPUTS_BUNDLE, &certs, why) < 0)
			return -1;
		for (size_t i = 0; i < certs.n && all; i++)
			all = cacerts_inputs_hold(cacerts_inputs, certs.at[i]);
	}
	*ret = all;
	return 0;
}

int cacerts_inputs_add(struct view *view, struct cacerts_inputs *cacerts_inputs, struct cert *cert,
	const char *name, struct fault *why)
{
	char path[LIMIT_PATH_LEN];

	for (size_t i = 0; i < cacerts_inputs->files.n; i++)
		if (anchor_file_is(&cacerts_inputs->files.at[i], cert) &&
			!cert_blind(cacerts_inputs->files.at[i].certs.at[0]))
			return 0;
	snprintf(path, sizeof(path), "%s/%s.crt", CACERTS_INPUTS_LOCAL, name);
	return anchor_files_put(
		view, &cacerts_inputs->files, cacerts_inputs->local_from, path, cert, why);
}

int cacerts_inputs_drop(struct view *view, struct cacerts_inputs *cacerts_inputs,
	const uint8_t sha256[static DIGEST_SHA256_LEN], const char *right_way, bool *ret_found,
	struct fault *why)
{
	struct anchor_files *files = &cacerts_inputs->files;

	*ret_found = false;
	for (size_t i = 0; i < cacerts_inputs->local_from; i++)
		if (certs_find_sha256(&files->at[i].certs, sha256) < files->at[i].certs.n)
			return fault_set(why, FAULT_REFUSED, "'%s' belongs to the distribution: %s",
				files->at[i].path, right_way);
	for (size_t i = files->n; i-- > cacerts_inputs->local_from;) {
		if (certs_find_sha256(&files->at[i].certs, sha256) == files->at[i].certs.n)
			continue;
		*ret_found = true;
		if (anchor_files_drop(view, files, i, sha256, why) < 0)
			return -1;
	}
	return 0;
}

/* DER would make every reader stop in the middle of the bundle. */
static bool is_poison(const struct anchor_file *file)
{
	return !file->is_pem && file->bytes.len && file->bytes.bytes[0] == 0x30;
}

int cacerts_inputs_put_bundle(
	struct view *view, const struct cacerts_inputs *cacerts_inputs, struct fault *why)
{
	auto_buf bundle = buf_make(LIMIT_FILE_BYTES);

	for (size_t i = 0; i < cacerts_inputs->files.n; i++) {
		const struct anchor_file *file = &cacerts_inputs->files.at[i];

		if (is_poison(file) || !file->bytes.len)
			continue;
		if (neighbour_check(view, file, CACERTS_INPUTS_ASIDE, why) < 0)
			return -1;
		buf_add(&bundle, file->bytes.bytes, file->bytes.len);
		if (file->bytes.bytes[file->bytes.len - 1] != '\n')
			buf_add_byte(&bundle, '\n');
	}
	if (buf_check(&bundle, CACERTS_INPUTS_BUNDLE, why) < 0)
		return -1;
	if (!bundle.len && !view_is_file(view, CACERTS_INPUTS_BUNDLE))
		return 0;
	return view_give_file(view, CACERTS_INPUTS_BUNDLE, &bundle, 0644, WHOSE, why);
}

static bool is_shipped_root(const struct anchor_file *file)
{
	return file->certs.n == 1 && roots_hold(cert_sha256(file->certs.at[0]));
}

int cacerts_inputs_strangers(struct view *view, struct view *now,
	const struct cacerts_inputs_rules *rules, const struct certs *linked, struct strangers *ret,
	struct fault *why)
{
	auto_cacerts_inputs cacerts_inputs = CACERTS_INPUTS_INIT;
	auto_certs bundle = CERTS_INIT;
	bool all;

	if (cacerts_inputs_read(view, rules, &cacerts_inputs, why) < 0 ||
		cacerts_inputs_make_all(view, &cacerts_inputs, &all, why) < 0 ||
		bundle_certs(now, CACERTS_INPUTS_BUNDLE, &bundle, why) < 0)
		return -1;
	for (size_t i = 0; (all || linked) && i < cacerts_inputs.files.n; i++) {
		const struct anchor_file *file = &cacerts_inputs.files.at[i];

		if (is_poison(file) || (i < cacerts_inputs.local_from && is_shipped_root(file)))
			continue;
		if (strangers_add(ret, file, all ? &bundle : linked, why) < 0)
			return -1;
	}
	return 0;
}

int cacerts_inputs_link_name(
	const char *path, const char *prefix, char *out, size_t out_len, struct fault *why)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	size_t len = strlen(base);
	size_t prefix_len = strlen(prefix);

	if (len > 4 && strcmp(base + len - 4, ".crt") == 0)
		len -= 4;
	if (snprintf(out, out_len, "%s%.*s.pem", prefix, (int)len, base) >= (int)out_len)
		return fault_set(why, FAULT_LIMIT, "name too long: '%s'", path);
	for (char *at = out + prefix_len; *at; at++) {
		if (*at == ' ' || *at == ',')
			*at = '_';
		else if (*at == '(' || *at == ')')
			*at = '=';
	}
	return 0;
}

int cacerts_inputs_note(
	struct view *view, const struct cacerts_inputs_rules *rules, char **ret, struct fault *why)
{
	auto_anchor_files files = ANCHOR_FILES_INIT;
	auto_buf note = buf_make(LIMIT_FILE_BYTES);
	size_t poison_n = 0;
	size_t len;

	if (anchor_files_scan(
		    view, CACERTS_INPUTS_LOCAL, rules->suffix, rules->depth, &files, why) < 0)
		return -1;
	for (size_t i = 0; i < files.n; i++) {
		auto_free char *shown = NULL;

		if (!is_poison(&files.at[i]) || poison_n++)
			continue;
		shown = text_printable(
			files.at[i].path, strlen(files.at[i].path), LIMIT_NAME_SHOWN);
		buf_printf(
			&note, "'%s' is not PEM and is left out of the bundle", shown ? shown : "");
	}
	if (poison_n > 1)
		buf_printf(&note, ", like %zu others", poison_n - 1);
	if (!view_is_file(view, CACERTS_INPUTS_CONF) && view_is_file(view, CACERTS_INPUTS_TOOL))
		buf_printf(&note, "%sthere is no '%s', so none of the distribution's is selected",
			note.len ? "; " : "", CACERTS_INPUTS_CONF);
	if (buf_check(&note, "note", why) < 0)
		return -1;
	*ret = note.len ? (char *)buf_take(&note, &len) : NULL;
	return 0;
}
