/* SPDX-License-Identifier: Apache-2.0 */
#include "src/x509/pem_block.h"

#include <openssl/evp.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool pem_block_starts(const char *at, const char *stop, const char *prefix)
{
	return (size_t)(stop - at) >= strlen(prefix) && memcmp(at, prefix, strlen(prefix)) == 0;
}

bool pem_block_has_label(const struct pem_block *block, const char *label)
{
	return block->label.len == strlen(label) &&
	       memcmp(block->label.at, label, block->label.len) == 0;
}

/* Base64 contains no dashes, so memchr() skips a whole body at once. */
const char *pem_block_find(const char *at, const char *stop, const char *what)
{
	for (; at < stop && (at = memchr(at, *what, (size_t)(stop - at))); at++)
		if (pem_block_starts(at, stop, what))
			return at;
	return NULL;
}

/*
 * Move to `at`, the start of the text not yet read; the end of each line is searched for only once.
 */
static void move_to(struct pem_block_text *in, const char *at)
{
	for (; in->line_end < at; in->number++) {
		const char *start = in->line_end + 1;
		const char *newline = memchr(start, '\n', (size_t)(in->stop - start));

		in->line_end = in->line_last = newline ? newline : in->stop;
	}
	if (in->line_last == in->line_end)
		while (in->line_last > at && is_blank(in->line_last[-1]))
			in->line_last--;
	in->at = at;
}

struct pem_block_text pem_block_text(const void *text, size_t len)
{
	const char *at = len ? text : "", *newline = memchr(at, '\n', len);
	struct pem_block_text ret = {.at = at, .stop = at + len};

	ret.line_end = ret.line_last = newline ? newline : ret.stop;
	move_to(&ret, at);
	return ret;
}

/*
 * OpenSSL treats what is above the first blank line as headers and allows no second blank line;
 * below the first, it allows only lines of 64 columns and a shorter last one (crypto/pem/pem_lib.c,
 * get_header_and_data()).
 */
static void look_at_lines(struct pem_block *ret)
{
	const char *at = memchr(ret->body.at, '\n', ret->body.len);
	const char *stop = ret->body.at + ret->body.len, *newline;
	bool is_below = false, is_last = false;
	size_t above_n = 0;

	for (; at && ++at < stop; at = newline) {
		const char *end;

		newline = memchr(at, '\n', (size_t)(stop - at));
		end = newline ? newline : stop;
		while (end > at && is_blank(end[-1]))
			end--;
		if (!is_below && memchr(at, ':', (size_t)(end - at)))
			ret->has_headers = true;
		if (end == at && !is_below) {
			is_below = true;
			if (ret->has_headers)
				ret->body = (struct pem_block_span){at, (size_t)(stop - at)};
			else if (above_n)
				ret->quirks |= 1u << PEM_QUIRK_BLANK_LINES;
		} else if (end == at || is_last || (is_below && end - at > 64)) {
			ret->quirks |= 1u << PEM_QUIRK_BLANK_LINES;
		} else {
			above_n++;
			is_last = is_below && end - at < 64;
		}
	}
}

/* `in` is at the first five dashes after the block's BEGIN: are they its END? */
static void take_end(struct pem_block_text *in, struct pem_block *ret)
{
	const char *at = in->at, *label = at + strlen(PEM_BLOCK_END), *after = at;
	bool has_end = pem_block_starts(at, in->line_end, PEM_BLOCK_END);
	const char *dashes = has_end ? pem_block_find(label, in->line_end, PEM_BLOCK_DASHES) : NULL;

	if (dashes)
		after = dashes + strlen(PEM_BLOCK_DASHES);
	if (!dashes || (size_t)(dashes - label) != ret->label.len ||
		memcmp(label, ret->label.at, ret->label.len) != 0) {
		ret->quirks |= 1u << PEM_QUIRK_NO_END;
		ret->damaged = dashes ? "its END names another type" : "its END is missing";
		if (!dashes && has_end) /* an END line without its last dashes belongs here */
			after = in->line_end;
		else if (dashes &&
			 pem_block_starts(after, in->line_end, "BEGIN ")) /* and these do not */
			after = dashes;
	} else if (at[-1] != '\n') {
		ret->quirks |= 1u << PEM_QUIRK_NO_END;
	} else if (pem_block_find(after, in->line_end, PEM_BLOCK_BEGIN)) {
		ret->quirks |= 1u << PEM_QUIRK_BEFORE_BEGIN;
	} else if (in->line_last > after) {
		ret->quirks |= 1u << PEM_QUIRK_END_GOES_ON;
	}
	ret->end = after;
	in->is_inside = after[-1] != '\n';
}

/* Read the rest of a block, from the dashes that end its BEGIN. */
static void take_body(struct pem_block_text *in, const char *body, struct pem_block *ret)
{
	enum { LINE_LEN = 254 }; /* what OpenSSL reads at once */
	const char *stop = pem_block_find(body, in->stop, PEM_BLOCK_DASHES);

	/*
	 * OpenSSL skips a BEGIN with more text after its dashes, unless that text ends in dashes
	 * too: then everything before those is the label, and no END matches it
	 * (crypto/pem/pem_lib.c, get_name()).
	 */
	if (in->line_last > body)
		ret->quirks |= 1u << (in->line_last - ret->start <= LINE_LEN &&
						       pem_block_starts(in->line_last - 5,
							       in->line_last, PEM_BLOCK_DASHES)
					       ? PEM_QUIRK_NO_END
					       : PEM_QUIRK_BEGIN_GOES_ON);
	ret->body = (struct pem_block_span){body, (size_t)((stop ? stop : in->stop) - body)};
	look_at_lines(ret);
	if (stop) {
		move_to(in, stop);
		take_end(in, ret);
	} else {
		ret->quirks |= 1u << PEM_QUIRK_NO_END | 1u << PEM_QUIRK_NO_DASHES;
		ret->damaged = "its END is missing";
		ret->end = in->stop;
	}
	move_to(in, ret->end);
	ret->end_line = in->number + 1;
	in->fresh = in->number + 1;
}

/* Skip to the line of `to`, and record whether it or a skipped line starts with a NUL. */
static void skip_lines(struct pem_block_text *in, const char *to)
{
	size_t len = (size_t)(to - in->at);
	const char *newline = memrchr(in->at, '\n', len), *nul = memchr(in->at, '\0', len);

	if (nul && (nul > in->at || in->is_inside))
		nul = memmem(in->at, len, "\n\0", 2);
	if (nul && !in->nul_line) {
		move_to(in, nul + (*nul == '\n'));
		in->nul_line = in->number + 1;
	}
	if (newline) {
		move_to(in, newline + 1);
		in->is_inside = false;
	}
}

bool pem_block_next(struct pem_block_text *in, struct pem_block *ret)
{
	static const char mark[] = "\xef\xbb\xbf"; /* RFC 3629, section 6 */

	while (in->at < in->stop) {
		const char *begin = pem_block_find(in->at, in->stop, PEM_BLOCK_BEGIN), *label;
		const char *dashes;

		skip_lines(in, begin ? begin : in->stop);
		if (!begin)
			break;
		*ret = (struct pem_block){.start = begin, .line = in->number + 1};
		if (in->is_inside)
			ret->quirks = 1u << PEM_QUIRK_BEHIND_END;
		else if (begin - in->at == 3 && pem_block_starts(in->at, begin, mark) &&
			 in->number == in->fresh)
			ret->quirks = 1u << (in->number ? PEM_QUIRK_MARK : PEM_QUIRK_MARK_FIRST);
		else if (begin > in->at)
			ret->quirks = 1u << PEM_QUIRK_MID_LINE;
		label = begin + strlen(PEM_BLOCK_BEGIN);
		dashes = pem_block_find(label, in->line_end, PEM_BLOCK_DASHES);
		if (dashes) {
			ret->label = (struct pem_block_span){label, (size_t)(dashes - label)};
			take_body(in, dashes + strlen(PEM_BLOCK_DASHES), ret);
			return true;
		}
		ret->label = (struct pem_block_span){label, strlen("CERTIFICATE")};
		ret->end = in->line_end;
		ret->end_line = ret->line;
		ret->body = (struct pem_block_span){ret->end, 0};
		ret->damaged = "its BEGIN is cut off";
		ret->quirks |= 1u << PEM_QUIRK_BEGIN_CUT;
		move_to(in, ret->end + (ret->end < in->stop));
		in->is_inside = false;
		if (pem_block_starts(label, ret->end, "CERTIFICATE"))
			return true;
	}
	in->at = in->stop;
	return false;
}

static bool decode(const uint8_t *digits, size_t n, uint8_t *out, size_t *ret_len)
{
	size_t pads = 0;
	int len;

	while (pads < n && digits[n - 1 - pads] == '=')
		pads++;
	/* EVP_DecodeBlock() reads '=' as a digit anywhere, and takes a '-' for the end. */
	if (pads > 2 || n % 4 || memchr(digits, '=', n - pads) || memchr(digits, '-', n))
		return false;
	len = EVP_DecodeBlock(out, digits, (int)n);
	*ret_len = len < 0 ? 0 : (size_t)len - pads;
	return len >= 0;
}

bool pem_block_decode(struct pem_block_span text, uint8_t *out, size_t *ret_len)
{
	const char *at = text.at, *stop = at + text.len, *newline, *end;
	uint8_t *digits = out + text.len;
	size_t n = 0, m = 0;

	for (; at < stop; at = newline ? newline + 1 : stop) {
		newline = memchr(at, '\n', (size_t)(stop - at));
		for (end = newline ? newline : stop; end > at && is_blank(end[-1]);)
			end--;
		memcpy(digits + n, at, (size_t)(end - at));
		n += (size_t)(end - at);
	}
	if (decode(digits, n, out, ret_len))
		return true;
	/* Blanks elsewhere are rare. */
	for (size_t i = 0; i < n; i++)
		if (!is_blank((char)digits[i]))
			digits[m++] = digits[i];
	return m < n && decode(digits, m, out, ret_len);
}
