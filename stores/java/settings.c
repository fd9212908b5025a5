/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/java/settings.h"

#include <string.h>

#define BLANKS " \t\r\n"

/* Replace XML entities in place. */
static void resolve_entities(char *text)
{
	/* What each stands for, then the rest of its name. */
	static const char *const entities[] = {"&amp;", "<lt;", ">gt;", "\"quot;", "'apos;"};

	for (; (text = strchr(text, '&')); text++)
		for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
			size_t len = strlen(entities[i]);

			if (strncmp(text + 1, entities[i] + 1, len - 1) != 0)
				continue;
			*text = entities[i][0];
			memmove(text + 1, text + len, strlen(text + len) + 1);
			break;
		}
}

int settings_toolchains(const char *text, struct names *ret, struct fault *why)
{
	static const char tag[] = "<jdkHome", comment[] = "<!--";
	const char *at = text;

	while ((at = strchr(at, '<'))) {
		size_t len;

		if (strncmp(at, comment, strlen(comment)) == 0) {
			at = strstr(at, "-->");
			if (!at)
				return 0;
			continue;
		}
		if (strncmp(at, tag, strlen(tag)) != 0 || !strchr(BLANKS ">", at[strlen(tag)])) {
			at++;
			continue;
		}
		at = strchr(at, '>');
		if (!at)
			return 0;
		at += 1 + strspn(at + 1, BLANKS);
		len = strcspn(at, "<");
		while (len > 0 && strchr(BLANKS, at[len - 1]))
			len--;
		if (*at != '/')
			continue;
		if (names_addf(ret, why, "%.*s", (int)len, at) < 0)
			return -1;
		resolve_entities(ret->at[ret->n - 1]);
	}
	return 0;
}

int settings_trust_store(const char *options, char **ret, struct fault *why)
{
	static const char option[] = "-Djavax.net.ssl.trustStore=";
	auto_free char *word = malloc(strlen(options) + 1);
	auto_free char *path = NULL;

	if (!word)
		return fault_nomem(why);
	for (const char *at = options + strspn(options, BLANKS); *at; at += strspn(at, BLANKS)) {
		char *to = word, quote = '\0';

		for (; *at && (quote || !strchr(BLANKS, *at)); at++) { /* as the JVM does */
			if (*at == quote)
				quote = '\0';
			else if (!quote && (*at == '"' || *at == '\''))
				quote = *at;
			else
				*to++ = *at;
		}
		*to = '\0';
		if (strncmp(word, option, strlen(option)) != 0)
			continue;
		free(path);
		path = strdup(word + strlen(option));
		if (!path)
			return fault_nomem(why);
	}
	*ret = steal(&path);
	return 0;
}
