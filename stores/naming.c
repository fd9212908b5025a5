/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "src/base/text.h"
#include "stores/store.h"

#define NAME_MAX_LEN 64
#define DIGITS_N 8

#define LOWER_DIGITS "abcdefghijklmnopqrstuvwxyz0123456789"

int store_name_check(const char *name, struct fault *why)
{
	size_t len = strspn(name, LOWER_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZ._-");
	auto_free char *shown = text_printable(name, strlen(name), NAME_MAX_LEN);

	if (!shown)
		return fault_nomem(why);
	if (len == 0 || len > NAME_MAX_LEN || name[len] || *name == '.' || *name == '-')
		return fault_set(why, FAULT_USAGE,
			"invalid name '%s': use 1 to %d letters, digits, '.', '_' and '-', not "
			"beginning with '.' or '-'",
			shown, NAME_MAX_LEN);
	return 0;
}

/* Append the text, with each run of other characters than [a-z0-9.] replaced by one dash, but no
 * dash at either end and no dot in front. */
static void add_plain(struct buf *out, const char *text, size_t max)
{
	bool dash = false;

	for (; *text && out->len + dash < max; text++) {
		char c = text_lower(*text);

		if (!strchr(LOWER_DIGITS ".", c) || (c == '.' && out->len == 0)) {
			dash = out->len > 0;
			continue;
		}
		if (dash)
			buf_add_byte(out, '-');
		dash = false;
		buf_add_byte(out, (uint8_t)c);
	}
}

int store_anchor_name(struct cert *cert, char **ret, struct fault *why)
{
	auto_buf name = buf_make(NAME_MAX_LEN);
	auto_cert_facts facts = {0};
	size_t len;

	if (cert_facts_make(cert, &facts, why) < 0)
		return -1;
	add_plain(&name, facts.common_name, NAME_MAX_LEN - DIGITS_N - 1);
	if (!name.len)
		add_plain(&name, facts.organization, NAME_MAX_LEN - DIGITS_N - 1);
	buf_printf(&name, "%s-%.*s", name.len ? "" : "ca", DIGITS_N, facts.sha256);
	if (buf_check(&name, "anchor name", why) < 0)
		return -1;
	*ret = (char *)buf_take(&name, &len);
	return 0;
}
