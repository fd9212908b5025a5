/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "src/base/buf.h"
#include "src/base/text.h"
#include "stores/store.h"

#define NAME_MAX_LEN 64
#define DIGITS_N 8

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.';
}

int store_name_check(const char *name, struct fault *why)
{
	auto_free char *shown = text_printable(name, strlen(name), NAME_MAX_LEN);

	if (!shown)
		return fault_nomem(why);
	if (!*name)
		return fault_set(why, FAULT_USAGE, "a name must not be empty");
	if (strlen(name) > NAME_MAX_LEN)
		return fault_set(
			why, FAULT_USAGE, "name '%s' is longer than %d bytes", shown, NAME_MAX_LEN);
	if (*name == '.' || *name == '-')
		return fault_set(
			why, FAULT_USAGE, "name '%s' must not begin with a dot or a dash", shown);
	for (const char *at = name; *at; at++)
		if (!is_plain(text_lower(*at)) && *at != '_' && *at != '-')
			return fault_set(why, FAULT_USAGE,
				"name '%s' may have only letters, digits, '.', '_' and '-'", shown);
	return 0;
}

/* Append the text in [a-z0-9.-], turning each run of other characters into one dash, with no dash
 * at either end. */
static void add_plain(struct buf *out, const char *text, size_t max)
{
	bool dash = false;

	for (; *text && out->len < max; text++) {
		char c = text_lower(*text);

		if (!is_plain(c) || (c == '.' && out->len == 0)) {
			dash = out->len > 0;
			continue;
		}
		if (dash && out->len + 1 == max)
			return;
		if (dash)
			buf_add_byte(out, '-');
		dash = false;
		buf_add_byte(out, (uint8_t)c);
	}
}

int store_anchor_name(
	struct cert *cert, const struct store_naming *naming, char **ret, struct fault *why)
{
	auto_buf name = buf_make(NAME_MAX_LEN);
	auto_cert_facts facts = {0};
	size_t len;

	if (naming && naming->name) {
		if (store_name_check(naming->name, why) < 0)
			return -1;
		buf_add_text(&name, naming->name);
	} else {
		if (cert_facts_make(cert, &facts, why) < 0)
			return -1;
		add_plain(&name, facts.common_name, NAME_MAX_LEN - DIGITS_N - 1);
		if (!name.len)
			add_plain(&name, facts.organization, NAME_MAX_LEN - DIGITS_N - 1);
		if (!name.len)
			buf_add_text(&name, "ca");
		buf_printf(&name, "-%.*s", DIGITS_N, facts.sha256);
	}
	if (buf_check(&name, "anchor name", why) < 0)
		return -1;
	*ret = (char *)buf_take(&name, &len);
	return 0;
}
