/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "src/cli/cmds.h"
#include "src/cli/report.h"
#include "src/find/variables.h"

/* A line is: before, name, between, value, after. */
static const struct shell {
	const char *names; /* each followed by a blank */
	const char *before, *between, *after;
	const char *special; /* bytes that get an escape */
	const char *escape; /* what is put before such a byte */
} shells[] = {
	{"sh bash zsh dash ksh ", "export ", "='", "'", "'", "'\\'"},
	{"fish ", "set -gx ", " '", "'", "'\\", "\\"},
	{"powershell ", "$env:", " = '", "'", "'", "'"},
	{"docker ", "ENV ", "=\"", "\"", "\"\\$", "\\"},
	{"github ", "", "=", "", "", ""},
};

const struct shell *shell_named(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		for (const char *at = shells[i].names; *at; at += strcspn(at, " ") + 1)
			if (len && strcspn(at, " ") == len && strncmp(at, name, len) == 0)
				return &shells[i];
	return NULL;
}

int shell_set(const struct shell *shell, const char *name, const char *value, struct buf *out,
	struct fault *why)
{
	bool is_powershell = strcmp(shell->names, "powershell ") == 0;

	for (const char *at = value; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return fault_set(why, FAULT_FORMAT,
				"the value of %s contains a control character", name);
	buf_printf(out, "%s%s%s", shell->before, name, shell->between);
	for (const char *at = value; *at; at++) {
		if (strchr(shell->special, *at))
			buf_add_text(out, shell->escape);
		/* It treats U+2018 to U+201B as apostrophes too: they are doubled as well. */
		if (is_powershell && strncmp(at, "\xe2\x80", 2) == 0 && (uint8_t)at[2] >= 0x98 &&
			(uint8_t)at[2] <= 0x9b)
			buf_add(out, at, 3);
		buf_add_byte(out, (uint8_t)*at);
	}
	buf_printf(out, "%s\n", shell->after);
	return buf_check(out, "the line", why);
}

int cmd_env(struct job *job, struct fault *why)
{
	static const char *const kinds[] = {
		[VARIABLE_BUNDLE] = "replaces",
		[VARIABLE_CA] = "adds",
		[VARIABLE_JAVA] = "java",
	};
	const struct shell *shell = shell_named(job->options.shell ? job->options.shell : "sh");
	struct variable_files files = {0};
	auto_json json = json_array();
	auto_buf lines = buf_make(LIMIT_FILE_BYTES);

	_Static_assert(sizeof(kinds) / sizeof(kinds[0]) == VARIABLE_KINDS, "a word each");
	if (job_open_site(job, JOB_NO_STORES, why) < 0 ||
		variables_find(&job->site.trees[0].view, &files, why) < 0)
		return -1;
	for (const struct variable *at = variables; at->name; at++) {
		const char *value = variable_value(at, &files);

		if (!value)
			continue;
		json = json_and(json, json_pack("{s:s, s:o, s:s, s:s}", "name", at->name, "value",
					      json_shown(value), "kind", kinds[at->kind], "clients",
					      at->clients));
		if (!job->options.json && shell_set(shell, at->name, value, &lines, why) < 0)
			return -1;
	}
	if (job->options.json)
		return report_member(job, "variables", steal(&json), why);
	fputs(buf_text(&lines), job->out);
	return 0;
}
