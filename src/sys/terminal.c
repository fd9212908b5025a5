/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sys/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool terminal_is_there(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

int terminal_check_color(const char *wish, struct fault *why)
{
	if (!wish || strcmp(wish, "auto") == 0 || strcmp(wish, "always") == 0 ||
		strcmp(wish, "never") == 0)
		return 0;
	return fault_set(why, FAULT_USAGE, "--color is auto, always or never, not '%s'", wish);
}

bool terminal_wants_color(FILE *out, const char *wish)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (wish && strcmp(wish, "auto") != 0)
		return strcmp(wish, "always") == 0;
	return isatty(fileno(out)) && !(no_color && *no_color) &&
	       !(term && strcmp(term, "dumb") == 0);
}

bool terminal_says_yes(const char *question)
{
	char line[16] = "";

	fputs(question, stderr);
	fflush(stderr);
	if (!fgets(line, sizeof(line), stdin))
		return false;
	return strcmp(line, "yes\n") == 0;
}
