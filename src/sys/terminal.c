/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sys/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "src/base/text.h"

bool terminal_is_there(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
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
	for (;;) {
		char line[64];
		ssize_t n;

		/* Do not use stdio: it would keep the rest of a line for the next question. */
		tcflush(STDIN_FILENO, TCIFLUSH);
		fputs(question, stderr);
		fflush(stderr);
		n = read(STDIN_FILENO, line, sizeof(line) - 1);
		if (n <= 0)
			return false;
		line[n] = '\0';
		line[strcspn(line, "\r\n")] = '\0';
		if (text_same(line, "yes") || text_same(line, "no"))
			return text_same(line, "yes");
		question = "Please answer \"yes\" or \"no\": ";
	}
}
