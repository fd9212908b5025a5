/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cert/armor.h"

#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct armor_span trimmed(struct armor_span span)
{
	while (span.len && is_blank(span.at[0])) {
		span.at++;
		span.len--;
	}
	while (span.len && is_blank(span.at[span.len - 1]))
		span.len--;
	return span;
}

bool armor_starts(struct armor_span span, const char *prefix)
{
	return span.len >= strlen(prefix) && memcmp(span.at, prefix, strlen(prefix)) == 0;
}

/* The next line without its blanks at both ends; the cursor stands behind it. */
static struct armor_span next_line(struct armor_text *in)
{
	const char *end = memchr(in->rest.at, '\n', in->rest.len);
	size_t len = end ? (size_t)(end - in->rest.at) : in->rest.len;
	struct armor_span line = {in->rest.at, len};

	len += end != NULL;
	in->rest.at += len;
	in->rest.len -= len;
	in->number++;
	in->is_behind_end = false;
	return trimmed(line);
}

/*
 * Of `-----BEGIN LABEL-----` and what follows: the label, and where the dashes end.  Behind an END
 * there may be a BEGIN at once, where two files were joined that lack the last newline.
 */
static bool take_label(
	struct armor_span line, const char *prefix, struct armor_span *ret, const char **ret_end)
{
	size_t skip = strlen(prefix);
	const char *end;

	if (!armor_starts(line, prefix))
		return false;
	end = memmem(line.at + skip, line.len - skip, ARMOR_DASHES, strlen(ARMOR_DASHES));
	if (!end)
		return false;
	*ret = (struct armor_span){line.at + skip, (size_t)(end - line.at) - skip};
	*ret_end = end + strlen(ARMOR_DASHES);
	return true;
}

/* Go back to `at`, which is in the line that was just taken. */
static void put_back(struct armor_text *in, const char *at)
{
	in->rest.len += (size_t)(in->rest.at - at);
	in->rest.at = at;
	in->number--;
}

/* What is left of the BEGIN line, and one more. */
enum { BLANK_LINES_MAX = 2 };

/* Find the END of a block whose BEGIN was just taken. */
static void take_body(struct armor_text *in, const char *start, struct armor_block *ret)
{
	struct armor_span line, label;
	const char *after;
	size_t blank_n = 0;

	ret->body.at = start;
	while (in->rest.len) {
		const char *at = in->rest.at;

		line = next_line(in);
		blank_n += line.len == 0;
		if (blank_n > BLANK_LINES_MAX)
			ret->unusual |= ARMOR_BLANK_LINES;
		if (line.len == 0 || line.at[0] != '-')
			continue;
		ret->body.len = (size_t)(at - start);
		if (take_label(line, ARMOR_BEGIN, &label, &after)) {
			put_back(in, at);
			break;
		}
		if (!take_label(line, ARMOR_END, &label, &after))
			continue;
		if (label.len != ret->label.len || memcmp(label.at, ret->label.at, label.len) != 0)
			ret->damaged = "its END names another type";
		if (after != line.at + line.len)
			ret->unusual |= ARMOR_BEFORE_BEGIN;
		put_back(in, after);
		in->is_behind_end = true;
		return;
	}
	ret->unusual |= ARMOR_NO_END;
	ret->damaged = "its END is missing";
}

/* What stands before a BEGIN in its line, if that may be; skipped. */
static unsigned skip_before(struct armor_span *line, bool is_behind_end, size_t number)
{
	if (is_behind_end)
		return ARMOR_BEHIND_END;
	if (!armor_starts(*line, ARMOR_BYTE_ORDER_MARK))
		return 0;
	line->at += strlen(ARMOR_BYTE_ORDER_MARK);
	line->len -= strlen(ARMOR_BYTE_ORDER_MARK);
	return number == 1 ? ARMOR_MARK_FIRST : ARMOR_MARK;
}

bool armor_next(struct armor_text *in, struct armor_block *ret)
{
	const char *after;

	while (in->rest.len) {
		bool is_behind_end = in->is_behind_end;
		const char *at = in->rest.at;
		struct armor_span line = next_line(in);

		*ret = (struct armor_block){
			.line = in->number, .unusual = line.at != at ? ARMOR_INDENTED : 0};
		ret->unusual |= skip_before(&line, is_behind_end, in->number);
		if (!take_label(line, ARMOR_BEGIN, &ret->label, &after))
			continue;
		put_back(in, after);
		take_body(in, after, ret);
		return true;
	}
	return false;
}

/* The value of a base64 digit (RFC 4648, section 4) plus one; blanks BLANK, the rest 0. */
enum { BLANK = 0xff };

static const uint8_t digit_values[256] = {
	['A'] = 1,
	2,
	3,
	4,
	5,
	6,
	7,
	8,
	9,
	10,
	11,
	12,
	13,
	14,
	15,
	16,
	17,
	18,
	19,
	20,
	21,
	22,
	23,
	24,
	25,
	26,
	['a'] = 27,
	28,
	29,
	30,
	31,
	32,
	33,
	34,
	35,
	36,
	37,
	38,
	39,
	40,
	41,
	42,
	43,
	44,
	45,
	46,
	47,
	48,
	49,
	50,
	51,
	52,
	['0'] = 53,
	54,
	55,
	56,
	57,
	58,
	59,
	60,
	61,
	62,
	['+'] = 63,
	['/'] = 64,
	[' '] = BLANK,
	['\t'] = BLANK,
	['\n'] = BLANK,
	['\v'] = BLANK,
	['\f'] = BLANK,
	['\r'] = BLANK,
};

const char *armor_decode(struct armor_span text, uint8_t *out, size_t *ret_len)
{
	size_t digits = 0, pads = 0;
	uint32_t bits = 0;
	uint8_t *at = out;

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = (uint8_t)text.at[i];
		uint8_t value = digit_values[c];

		if (value == BLANK)
			continue;
		if (c == '=') {
			pads++;
			continue;
		}
		if (!value)
			return "a byte that is not base64";
		if (pads)
			return "base64 goes on behind its end";
		bits = bits << 6 | (value - 1u);
		if (++digits % 4)
			continue;
		*at++ = (uint8_t)(bits >> 16);
		*at++ = (uint8_t)(bits >> 8);
		*at++ = (uint8_t)bits;
	}
	if (pads > 2 || (digits + pads) % 4)
		return "base64 is cut off";
	if (pads)
		*at++ = (uint8_t)(bits >> (pads == 1 ? 10 : 4));
	if (pads == 1)
		*at++ = (uint8_t)(bits >> 2);
	*ret_len = (size_t)(at - out);
	return NULL;
}
