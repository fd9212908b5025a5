/* SPDX-License-Identifier: Apache-2.0 */
#include "src/x509/pem_block.h"

#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_all_blank(struct pem_block_span span)
{
	while (span.len && is_blank(span.at[span.len - 1]))
		span.len--;
	return span.len == 0;
}

bool pem_block_starts(struct pem_block_span span, const char *prefix)
{
	return span.len >= strlen(prefix) && memcmp(span.at, prefix, strlen(prefix)) == 0;
}

bool pem_block_is_label(struct pem_block_span label, const char *text)
{
	return label.len == strlen(text) && pem_block_starts(label, text);
}

/* What is left of the line that `at` is in, without its newline. */
static struct pem_block_span line_from(const struct pem_block_text *in, const char *at)
{
	size_t left = in->rest.len - (size_t)(at - in->rest.at);
	const char *newline = memchr(at, '\n', left);

	return (struct pem_block_span){at, newline ? (size_t)(newline - at) : left};
}

static struct pem_block_span rest_of(struct pem_block_span line, const char *at)
{
	return (struct pem_block_span){at, (size_t)(line.at + line.len - at)};
}

static void move_to(struct pem_block_text *in, const char *at)
{
	in->rest.len -= (size_t)(at - in->rest.at);
	for (; in->rest.at < at; in->rest.at++)
		in->number += *in->rest.at == '\n';
}

static void skip_line(struct pem_block_text *in, struct pem_block_span line)
{
	move_to(in, line.at + line.len + (line.len < in->rest.len));
	in->is_inside = false;
}

/* Of `-----BEGIN LABEL-----` and what follows: the label, and where the dashes end. */
static bool take_label(struct pem_block_span line, const char *prefix, struct pem_block_span *ret,
	const char **ret_end)
{
	size_t skip = strlen(prefix);
	const char *end;

	if (!pem_block_starts(line, prefix))
		return false;
	end = memmem(line.at + skip, line.len - skip, PEM_BLOCK_DASHES, strlen(PEM_BLOCK_DASHES));
	if (!end)
		return false;
	*ret = (struct pem_block_span){line.at + skip, (size_t)(end - line.at) - skip};
	*ret_end = end + strlen(PEM_BLOCK_DASHES);
	return true;
}

/*
 * OpenSSL takes what stands above the first blank line for headers, wants no second one, and behind
 * the first only lines of 64 columns and a shorter last one (crypto/pem/pem_lib.c,
 * get_header_and_data()).
 */
static void look_at_lines(struct pem_block *ret)
{
	const char *at = memchr(ret->body.at, '\n', ret->body.len);
	const char *stop = ret->body.at + ret->body.len;
	bool is_below = false, is_last = false;
	size_t above_n = 0;

	while (at && ++at < stop) {
		const char *newline = memchr(at, '\n', (size_t)(stop - at));
		struct pem_block_span line = {at, (size_t)((newline ? newline : stop) - at)};

		while (line.len && is_blank(line.at[line.len - 1]))
			line.len--;
		if (!is_below && memchr(line.at, ':', line.len))
			ret->unusual |= PEM_BLOCK_HEADERS;
		if (line.len == 0 && !is_below) {
			is_below = true;
			if (ret->unusual & PEM_BLOCK_HEADERS)
				ret->body = (struct pem_block_span){at, (size_t)(stop - at)};
			else if (above_n)
				ret->unusual |= PEM_BLOCK_BLANK_LINES;
		} else if (line.len == 0 || is_last || (is_below && line.len > 64)) {
			ret->unusual |= PEM_BLOCK_BLANK_LINES;
		} else {
			above_n++;
			is_last = is_below && line.len < 64;
		}
		at = newline;
	}
}

/* What the first five dashes behind its BEGIN are: its END, or none of it. */
static void take_end(struct pem_block_text *in, const char *stop, struct pem_block *ret)
{
	struct pem_block_span line = line_from(in, stop), label;
	const char *after = stop;
	bool is_end = take_label(line, PEM_BLOCK_END, &label, &after);
	size_t left = (size_t)(line.at + line.len - after);

	if (!is_end || label.len != ret->label.len ||
		memcmp(label.at, ret->label.at, label.len) != 0) {
		ret->unusual |= PEM_BLOCK_NO_END;
		ret->damaged = is_end ? "its END names another type" : "its END is missing";
		/* An END line that is not one goes with it. */
		if (!is_end && pem_block_starts(line, PEM_BLOCK_END))
			after = line.at + line.len;
		/* One that is cut off ends with the dashes of the next BEGIN. */
		if (is_end && pem_block_starts(rest_of(line, after), "BEGIN "))
			after -= strlen(PEM_BLOCK_DASHES);
	} else if (stop[-1] != '\n') {
		ret->unusual |= PEM_BLOCK_NO_END;
	} else if (memmem(after, left, PEM_BLOCK_BEGIN, strlen(PEM_BLOCK_BEGIN))) {
		ret->unusual |= PEM_BLOCK_BEFORE_BEGIN;
	} else if (!is_all_blank((struct pem_block_span){after, left})) {
		ret->unusual |= PEM_BLOCK_END_GOES_ON;
	}
	ret->end = after;
	in->is_inside = after[-1] != '\n';
}

/*
 * With more text behind its dashes OpenSSL passes a BEGIN over, but where that ends in dashes, too:
 * all before them is then a label, whose END never comes (crypto/pem/pem_lib.c, get_name()).
 */
static void look_at_begin(struct pem_block_span rest, struct pem_block *ret)
{
	enum { LINE_LEN = 254 }; /* as much as it reads at once */
	const char *stop;

	if (is_all_blank(rest))
		return;
	while (is_blank(rest.at[rest.len - 1]))
		rest.len--;
	stop = rest.at + rest.len;
	ret->unusual |= stop - ret->start <= LINE_LEN &&
					memcmp(stop - strlen(PEM_BLOCK_DASHES), PEM_BLOCK_DASHES,
						strlen(PEM_BLOCK_DASHES)) == 0
				? PEM_BLOCK_NO_END
				: PEM_BLOCK_BEGIN_GOES_ON;
}

/* Find the end of a block whose BEGIN was just taken. */
static void take_body(struct pem_block_text *in, const char *start, struct pem_block *ret)
{
	const char *stop;

	look_at_begin(line_from(in, start), ret);
	move_to(in, start);
	stop = memmem(start, in->rest.len, PEM_BLOCK_DASHES, strlen(PEM_BLOCK_DASHES));
	ret->end = start + in->rest.len;
	if (stop) {
		take_end(in, stop, ret);
	} else {
		ret->unusual |= PEM_BLOCK_NO_END | PEM_BLOCK_NO_DASHES;
		ret->damaged = "its END is missing";
	}
	ret->body = (struct pem_block_span){start, (size_t)((stop ? stop : ret->end) - start)};
	look_at_lines(ret);
	move_to(in, ret->end);
	ret->end_line = in->number + 1;
	in->fresh = in->number + 1;
}

/* Is what stands before its BEGIN a byte order mark alone, nothing, or what hides it from most? */
static unsigned look_before(struct pem_block_text *in, struct pem_block_span before)
{
	if (in->is_inside)
		return PEM_BLOCK_BEHIND_END;
	if (before.len == 0)
		return 0;
	if (!pem_block_is_label(before, PEM_BLOCK_BYTE_ORDER_MARK) || in->number != in->fresh)
		return PEM_BLOCK_MID_LINE;
	return in->number == 0 ? PEM_BLOCK_MARK_FIRST : PEM_BLOCK_MARK;
}

/* A BEGIN without its last dashes. */
static bool take_cut(struct pem_block_span line, struct pem_block *ret)
{
	if (!pem_block_starts(line, PEM_BLOCK_BEGIN "CERTIFICATE"))
		return false;
	ret->unusual |= PEM_BLOCK_BEGIN_CUT;
	ret->label =
		(struct pem_block_span){line.at + strlen(PEM_BLOCK_BEGIN), strlen("CERTIFICATE")};
	ret->end = line.at + line.len;
	ret->end_line = ret->line;
	ret->body = (struct pem_block_span){ret->end, 0};
	ret->damaged = "its BEGIN is cut off";
	return true;
}

bool pem_block_next(struct pem_block_text *in, struct pem_block *ret)
{
	while (in->rest.len) {
		const char *at = in->rest.at;
		struct pem_block_span line = line_from(in, at);
		const char *begin =
			memmem(line.at, line.len, PEM_BLOCK_BEGIN, strlen(PEM_BLOCK_BEGIN));
		const char *after;

		if (*at == '\0' && !in->is_inside && !in->nul_line)
			in->nul_line = in->number + 1;
		*ret = (struct pem_block){.start = begin, .line = in->number + 1};
		if (begin)
			ret->unusual =
				look_before(in, (struct pem_block_span){at, (size_t)(begin - at)});
		if (begin &&
			take_label(rest_of(line, begin), PEM_BLOCK_BEGIN, &ret->label, &after)) {
			take_body(in, after, ret);
			return true;
		}
		skip_line(in, line);
		if (begin && take_cut(rest_of(line, begin), ret))
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

const char *pem_block_decode(struct pem_block_span text, uint8_t *out, size_t *ret_len)
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
