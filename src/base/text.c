/* SPDX-License-Identifier: Apache-2.0 */
#include "src/base/text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unictype.h>
#include <unistr.h>

#include "src/base/limits.h"

/*
 * Could it move, hide or reorder text on a terminal?  True for what is not visible, whatever has no
 * meaning in Unicode, and letters that are written from right to left.
 */
static bool is_harmful(ucs4_t point)
{
	static const ucs4_t blanks[] = {0x2800, 0x1d159}; /* symbols that show nothing */
	int bidi = uc_bidi_class(point);

	if (point < 0x7f)
		return point < 0x20;
	for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++)
		if (point == blanks[i])
			return true;
	return bidi == UC_BIDI_R || bidi == UC_BIDI_AL || bidi == UC_BIDI_AN ||
	       uc_is_property_default_ignorable_code_point(point) ||
	       (uc_is_general_category_withtable(point, UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_Z) &&
		       point != 0x3000); /* the wide space of Chinese and Japanese */
}

static char *show(const char *text, size_t len, size_t max, bool doubles)
{
	size_t shown = len < max ? len : max;
	auto_buf out = buf_make(shown * 4 + 4);
	const uint8_t *at = (const uint8_t *)text;
	size_t marks = LIMIT_MARKS_N; /* at first there is nothing to put them on */

	for (size_t i = 0; i < shown;) {
		ucs4_t point = 0;
		int step = u8_mbtoucr(&point, at + i, shown - i);
		size_t end = i + (step > 0 ? (size_t)step : 1);

		marks = uc_is_general_category_withtable(
				point, UC_CATEGORY_MASK_Mn | UC_CATEGORY_MASK_Me)
				? marks + 1
				: 0;
		if (step > 0 && marks <= LIMIT_MARKS_N && !is_harmful(point)) {
			if (point == '\\' && doubles)
				buf_add_byte(&out, '\\');
			buf_add(&out, at + i, end - i);
			i = end;
		}
		for (; i < end; i++, marks = LIMIT_MARKS_N)
			buf_printf(&out, "\\x%02x", at[i]);
	}
	if (shown < len)
		buf_add_text(&out, "...");
	if (out.failed)
		return NULL;
	return (char *)buf_take(&out, NULL);
}

char *text_printable(const char *text, size_t len, size_t max)
{
	return show(text, len, max, true);
}

char *text_harmless(const char *sentence)
{
	size_t len = strlen(sentence);

	return show(sentence, len, len, false);
}

int text_vset(char **ret, struct fault *why, const char *fmt, va_list args)
{
	char *made;

	if (vasprintf(&made, fmt, args) < 0)
		return fault_nomem(why);
	free(*ret);
	*ret = made;
	return 0;
}

int text_set(char **ret, struct fault *why, const char *fmt, ...)
{
	va_list args;
	int rc;

	va_start(args, fmt);
	rc = text_vset(ret, why, fmt, args);
	va_end(args);
	return rc;
}

bool text_is_utf8(const char *text)
{
	return !u8_check((const uint8_t *)text, strlen(text));
}

bool text_is_line(const char *text)
{
	for (const char *at = text; *at; at++)
		if (iscntrl((unsigned char)*at))
			return false;
	return text_is_utf8(text);
}

void text_add_shell_word(struct buf *out, const char *word)
{
	size_t plain = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789%+,-./:=@_");
	const uint8_t *at = (const uint8_t *)word;
	auto_free char *shown = text_harmless(word);

	if (*word && word[plain] == 0) {
		buf_add_text(out, word);
	} else if (shown && strcmp(shown, word) == 0) {
		buf_add_byte(out, '\'');
		for (; *word; word++) /* only the closing quote is special to sh there */
			buf_printf(out, *word == '\'' ? "'\"'\"'" : "%c", *word);
		buf_add_byte(out, '\'');
	} else {
		/* What must not reach a terminal: the shell's printf(1) makes it of octal digits.
		 */
		buf_add_text(out, "\"$(printf '");
		for (size_t i = 0; word[i]; i++)
			if (isalnum(at[i]) || strchr(i ? " +,-./:=@_" : "./_", word[i]))
				buf_add_byte(out, at[i]);
			else if (word[i] == '%')
				buf_add_text(out, "%%");
			else
				buf_printf(out, "\\%03o", at[i]);
		buf_add_text(out, "')\"");
	}
}

char *text_shell_word(const char *word)
{
	auto_buf out = buf_make(5 * strlen(word) + 16);

	text_add_shell_word(&out, word);
	return out.failed ? NULL : (char *)buf_take(&out, NULL);
}

char *text_parent(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

bool text_path_is_in(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 && (!path[len] || path[len] == '/');
}

void text_hex(const uint8_t *bytes, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * len] = 0;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = text_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool text_unhex(const char *text, uint8_t *out, size_t len)
{
	size_t done = 0;

	for (; *text; text++) {
		if (*text == ':' || *text == ' ')
			continue;
		if (done == len || hex_value(text[0]) < 0 || hex_value(text[1]) < 0)
			return false;
		out[done++] = (uint8_t)(hex_value(text[0]) << 4 | hex_value(text[1]));
		text++;
	}
	return done == len;
}

bool text_number(const char *text, uint64_t max, uint64_t *ret)
{
	char *end;
	uintmax_t value;

	errno = 0;
	value = strtoumax(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || value > max)
		return false;
	*ret = value;
	return true;
}

void text_time(time_t when, char out[static TEXT_TIME_LEN])
{
	struct tm tm = {0};

	if (when < -62167219200) /* 0000-01-01 */
		when = -62167219200;
	if (when > 253402300799) /* 9999-12-31T23:59:59 */
		when = 253402300799;
	gmtime_r(&when, &tm);
	/* glibc's strftime() writes the year 0 as "0". */
	snprintf(out, TEXT_TIME_LEN, "%04u-%02u-%02uT%02u:%02u:%02uZ",
		(unsigned)(tm.tm_year + 1900) % 10000, (unsigned)(tm.tm_mon + 1) % 100,
		(unsigned)tm.tm_mday % 100, (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100,
		(unsigned)tm.tm_sec % 100);
}

/* "2026-01-31T12:00:00", an optional fraction of a second, and "Z" or an offset from UTC. */
static bool parse_rfc3339(const char *text, time_t *ret)
{
	struct tm tm = {0};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	char again[TEXT_TIME_LEN];

	if (!rest)
		return false;
	*ret = timegm(&tm);
	text_time(*ret, again);
	/* strptime() takes " 1" for "01", and timegm() the 30th of February for the 2nd of March.
	 */
	if (strncmp(text, again, strlen("2026-01-31T12:00:00")) != 0)
		return false;
	if (*rest == '.' && isdigit((unsigned char)rest[1]))
		rest += 1 + strspn(rest + 1, "0123456789");
	if (text_same(rest, "z"))
		return true;
	rest = strchr("+-", *rest) && strlen(rest) == strlen("+00:00") ? strptime(rest, "%z", &tm)
								       : NULL;
	*ret -= tm.tm_gmtoff;
	return rest && !*rest && labs(tm.tm_gmtoff) < 24 * 60 * 60L;
}

int text_parse_time(const char *text, time_t *ret, struct fault *why)
{
	uint64_t seconds;
	time_t when;

	if (text_number(text, 253402300799, &seconds)) {
		*ret = (time_t)seconds;
		return 0;
	}
	if (parse_rfc3339(text, &when)) {
		*ret = when;
		return 0;
	}
	return fault_set(why, FAULT_USAGE,
		"'%s' is neither an RFC 3339 time (2026-01-31T12:00:00Z) nor seconds since 1970",
		text);
}

/* The program stays in the C locale, where tolower() changes only ASCII. */
char text_lower(char c)
{
	return (char)tolower((unsigned char)c);
}

bool text_same(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0;
}

bool text_starts(const char *text, const char *prefix)
{
	return strncasecmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends(const char *text, const char *suffix)
{
	size_t len = strlen(text);
	size_t suffix_len = strlen(suffix);

	return len >= suffix_len && text_same(text + len - suffix_len, suffix);
}

/* Do at most `n` letters added, left out, wrong, or swapped with the next make `a` of `b`? */
static bool is_near(const char *a, const char *b, size_t n)
{
	while (*a && text_lower(*a) == text_lower(*b))
		a++, b++;
	if (!*a && !*b)
		return true;
	if (n == 0)
		return false;
	return (*a && is_near(a + 1, b, n - 1)) || (*b && is_near(a, b + 1, n - 1)) ||
	       (*a && *b &&
		       (is_near(a + 1, b + 1, n - 1) ||
			       (a[0] == b[1] && a[1] == b[0] && is_near(a + 2, b + 2, n - 1))));
}

void text_guess(struct text_guess *guess, const char *candidate)
{
	size_t most = strlen(guess->word) < 6 ? 1 : 2;

	if (text_lower(*guess->word) != text_lower(*candidate))
		return;
	for (size_t cost = 0; cost <= most && !(guess->best && cost >= guess->cost); cost++)
		if (is_near(guess->word, candidate, cost)) {
			guess->best = candidate;
			guess->cost = cost;
		}
}

char *text_percent_decoded(const char *text, size_t len)
{
	auto_free char *out = malloc(len + 1);
	size_t done = 0;

	if (!out)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '%') {
			if (len - i < 3 || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0)
				return NULL;
			c = (char)(hex_value(text[i + 1]) << 4 | hex_value(text[i + 2]));
			if (!c)
				return NULL;
			i += 2;
		}
		out[done++] = c;
	}
	out[done] = 0;
	return steal(&out);
}
