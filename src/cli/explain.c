/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/cmds.h"
#include "src/cli/report.h"
#include "src/doctor/explain.h"
#include "src/sys/fd.h"

int cmd_explain(struct job *job, struct fault *why)
{
	const struct names *words = &job->options.operands;
	auto_buf text = buf_make(LIMIT_MESSAGE_BYTES);
	auto_explanation it = {0};
	FILE *out = job->out;

	for (size_t i = 0; i < words->n; i++)
		buf_printf(&text, "%s%s", i ? " " : "", words->at[i]);
	if (buf_check(&text, "the message", why) < 0 ||
		(words->n == 0 && fd_read_file("-", &text, why) < 0) ||
		explain_text(text.bytes, text.len, &it, why) < 0)
		return -1;
	if (job->options.json)
		return report_member(job, "explanation",
			json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "cause",
				it.cause->name, "means", it.cause->means, "program",
				json_shown(it.program ? it.program->name : NULL), "note",
				json_shown(it.note), "target", json_shown(it.target), "sent",
				json_shown(it.sent), "interceptor",
				json_interceptor(it.interceptor), "commands",
				json_names(&it.commands)),
			why);
	fprintf(out, "%s: %s%s%s\n", it.program ? it.program->name : "a program", it.cause->name,
		it.target ? ", " : "", it.target ? it.target : "");
	fprintf(out, "  means     %s\n", it.cause->means);
	if (it.sent)
		fprintf(out, "  sent      %s\n", it.sent);
	if (it.interceptor)
		fprintf(out, "  who       %s%s%s\n", it.interceptor->product,
			it.interceptor->root_hint ? ": " : "",
			it.interceptor->root_hint ? it.interceptor->root_hint : "");
	if (it.note)
		fprintf(out, "  program   %s\n", it.note);
	for (size_t i = 0; i < it.commands.n; i++)
		fprintf(out, "  %-9s %s\n", i ? "" : "do", it.commands.at[i]);
	return 0;
}
