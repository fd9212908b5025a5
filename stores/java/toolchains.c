/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/java/toolchains.h"

#include <string.h>

#include "src/base/buf.h"
#include "src/base/limits.h"

#define BLANKS " \t\r\n"

/* What stands behind the next start tag, or NULL. */
static const char *next_home(const char *at)
{
	static const char tag[] = "<jdkHome", comment[] = "<!--";

	while ((at = strchr(at, '<'))) {
		if (strncmp(at, comment, strlen(comment)) == 0) {
			at = strstr(at, "-->");
			if (!at)
				return NULL;
		} else if (strncmp(at, tag, strlen(tag)) == 0 &&
			   strchr(BLANKS ">", at[strlen(tag)])) {
			at = strchr(at, '>');
			return at ? at + 1 : NULL;
		}
		at++;
	}
	return NULL;
}

/* The character at `*at`, which moves behind it: an entity is one. */
static char next_char(const char **at)
{
	static const struct {
		const char *text;
		char is;
	} entities[] = {
		{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};

	for (size_t i = 0; **at == '&' && i < sizeof(entities) / sizeof(entities[0]); i++) {
		size_t len = strlen(entities[i].text);

		if (strncmp(*at, entities[i].text, len) == 0) {
			*at += len;
			return entities[i].is;
		}
	}
	return *(*at)++;
}

int toolchains_homes(const char *text, struct names *ret, struct fault *why)
{
	for (const char *at = text; (at = next_home(at));) {
		auto_buf home = buf_make(LIMIT_MIB);
		const char *end;

		at += strspn(at, BLANKS);
		end = at + strcspn(at, "<");
		while (end > at && strchr(BLANKS, end[-1]))
			end--;
		if (*at != '/')
			continue;
		while (at < end)
			buf_add_byte(&home, (uint8_t)next_char(&at));
		if (buf_check(&home, "toolchains.xml", why) < 0 ||
			names_add(ret, buf_text(&home), why) < 0)
			return -1;
	}
	return 0;
}
