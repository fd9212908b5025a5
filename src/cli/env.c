/* SPDX-License-Identifier: Apache-2.0 */
#include "src/base/limits.h"
#include "src/cli/cmds.h"
#include "src/cli/report.h"
#include "src/cli/shell.h"
#include "src/find/variables.h"

static json_t *variables_json(const struct variable_files *files)
{
	static const char *const kinds[] = {
		[VARIABLE_BUNDLE] = "replaces",
		[VARIABLE_CA] = "adds",
		[VARIABLE_JAVA] = "java",
	};
	json_t *json = json_array();

	_Static_assert(sizeof(kinds) / sizeof(kinds[0]) == VARIABLE_KINDS, "a word each");
	for (const struct variable *variable = variables; json && variable->name; variable++) {
		const char *value = variable_value(variable, files);

		if (value)
			json = json_and(
				json, json_pack("{s:s, s:o, s:s, s:s}", "name", variable->name,
					      "value", json_shown(value), "kind",
					      kinds[variable->kind], "clients", variable->clients));
	}
	return json;
}

int cmd_env(struct job *job, struct fault *why)
{
	struct variable_files files = {0};
	auto_buf lines = buf_make(LIMIT_FILE_BYTES);
	enum shell shell = SHELL_SH;

	if (job->options.shell)
		shell_named(job->options.shell, &shell);
	if (job_open_site(job, JOB_NO_STORES, why) < 0 ||
		variables_find(&job->site.trees[0].view, &files, why) < 0)
		return -1;
	if (job->options.json)
		return report_member(job, "variables", variables_json(&files), why);
	for (const struct variable *variable = variables; variable->name; variable++) {
		const char *value = variable_value(variable, &files);

		if (value && shell_set(shell, variable->name, value, &lines, why) < 0)
			return -1;
	}
	fputs(buf_text(&lines), job->out);
	return 0;
}
