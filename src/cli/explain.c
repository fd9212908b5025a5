/* SPDX-License-Identifier: Apache-2.0 */
#include "src/base/limits.h"
#include "src/cli/cmds.h"
#include "src/sys/fd.h"

int cmd_explain(struct job *job, struct fault *why)
{
	const struct names *words = &job->options->operands;
	auto_buf text = buf_make(LIMIT_MESSAGE_BYTES);

	for (size_t i = 0; i < words->n; i++)
		buf_printf(&text, "%s%s", i ? " " : "", words->at[i]);
	if (buf_check(&text, "the message", why) < 0 ||
		(words->n == 0 && fd_read_file("-", LIMIT_MESSAGE_BYTES, &text, why) < 0))
		return -1;
	return explain_text(text.bytes, text.len, &job->explanation, why);
}
