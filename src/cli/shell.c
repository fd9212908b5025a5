/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cli/shell.h"

#include <string.h>

/* A line is: before, name, between, value, after. */
static const struct {
	const char *name, *before, *between, *after;
	const char *special; /* bytes that get an escape */
	const char *escape; /* what is put before such a byte */
} shells[] = {
	[SHELL_SH] = {"sh", "export ", "='", "'", "'", "'\\'"},
	[SHELL_FISH] = {"fish", "set -gx ", " '", "'", "'\\", "\\"},
	[SHELL_POWERSHELL] = {"powershell", "$env:", " = '", "'", "'", "'"},
	[SHELL_DOCKER] = {"docker", "ENV ", "=\"", "\"", "\"\\$", "\\"},
	[SHELL_GITHUB] = {"github", "", "=", "", "", ""},
};

_Static_assert(sizeof(shells) / sizeof(shells[0]) == SHELLS, "a row each");

bool shell_named(const char *name, enum shell *ret)
{
	static const char *const likes[] = {"bash", "zsh", "dash", "ksh"}; /* like sh */

	for (size_t i = 0; i < sizeof(likes) / sizeof(likes[0]); i++)
		if (strcmp(likes[i], name) == 0)
			name = shells[SHELL_SH].name;
	for (enum shell shell = 0; shell < SHELLS; shell++) {
		if (strcmp(shells[shell].name, name) == 0) {
			*ret = shell;
			return true;
		}
	}
	return false;
}

/* PowerShell treats U+2018 to U+201B as apostrophes too, so they are doubled as well. */
static bool is_typographic(const char *at)
{
	return memcmp(at, "\xe2\x80", 2) == 0 && (unsigned char)at[2] >= 0x98 &&
	       (unsigned char)at[2] <= 0x9b;
}

static void add_value(enum shell shell, const char *value, struct buf *out)
{
	for (const char *at = value; *at; at++) {
		if (strchr(shells[shell].special, *at))
			buf_add_text(out, shells[shell].escape);
		if (shell == SHELL_POWERSHELL && strlen(at) >= 3 && is_typographic(at))
			buf_add(out, at, 3);
		buf_add_byte(out, (uint8_t)*at);
	}
}

int shell_set(
	enum shell shell, const char *name, const char *value, struct buf *out, struct fault *why)
{
	for (const char *at = value; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return fault_set(why, FAULT_FORMAT,
				"the value of %s has a control character in it", name);
	buf_printf(out, "%s%s%s", shells[shell].before, name, shells[shell].between);
	add_value(shell, value, out);
	buf_printf(out, "%s\n", shells[shell].after);
	return buf_check(out, "the line", why);
}
