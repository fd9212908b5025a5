/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/java/java_options.h"

#include <string.h>

#include "src/base/buf.h"
#include "src/base/limits.h"

#define BLANKS " \t\r\n"

/* The next of the words at `*at`, without its quotes, as the JVM takes options apart; NULL: none.
 */
static const char *next_option(const char **at, struct buf *word)
{
	char quote = '\0';

	buf_clear(word);
	*at += strspn(*at, BLANKS);
	if (!**at)
		return NULL;
	for (; **at && (quote || !strchr(BLANKS, **at)); ++*at) {
		if (**at == quote)
			quote = '\0';
		else if (!quote && (**at == '"' || **at == '\''))
			quote = **at;
		else
			buf_add_byte(word, (uint8_t) * *at);
	}
	return buf_text(word);
}

int java_options_find(const char *options, char **ret, struct fault *why)
{
	static const char option[] = "-Djavax.net.ssl.trustStore=";
	auto_buf word = buf_make(LIMIT_MIB);
	auto_free char *path = NULL;

	for (const char *at = options, *text; (text = next_option(&at, &word));) {
		if (strncmp(text, option, strlen(option)) != 0)
			continue;
		free(path);
		path = strdup(text + strlen(option));
		if (!path)
			return fault_nomem(why);
	}
	if (buf_check(&word, "options", why) < 0)
		return -1;
	*ret = steal(&path);
	return 0;
}
