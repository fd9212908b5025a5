/* SPDX-License-Identifier: Apache-2.0 */
#include "src/base/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/base/buf.h"

/*
 * The length of the well-formed UTF-8 sequence at `at` (Unicode 15, table 3-7), 0 if there is none;
 * stores the code point in *ret_point.
 */
static size_t utf8_take(const uint8_t *at, size_t left, uint32_t *ret_point)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	uint32_t point = len == 1 ? at[0] : at[0] & (0xffu >> (len + 1));

	if (len == 0 || at[0] > 0xf4 || len > left)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (at[i] & 0x3fu);
	}
	if (point < smallest[len] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return 0;
	*ret_point = point;
	return len;
}

bool text_is_utf8(const char *text)
{
	size_t left = strlen(text), step = 1;
	uint32_t ignored;

	for (; left && step; text += step, left -= step)
		step = utf8_take((const uint8_t *)text, left, &ignored);
	return !left;
}

/* Code points that move, hide or break text on a terminal. */
static bool is_harmful(uint32_t point)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x00, 0x1f},
		{0x7f, 0x9f},
		{0xad, 0xad},
		{0x61c, 0x61c},
		{0x180e, 0x180e},
		{0x200b, 0x200f},
		{0x2028, 0x202e},
		{0x2060, 0x206f},
		{0xfe00, 0xfe0f},
		{0xfeff, 0xfeff},
		{0xfff0, 0xfffb},
		{0xfffe, 0xffff},
		{0xe0000, 0xe0fff},
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (point >= ranges[i].first && point <= ranges[i].last)
			return true;
	return (point & 0xfffe) == 0xfffe;
}

static char *show(const char *text, size_t len, size_t max, bool doubles)
{
	size_t shown = len < max ? len : max;
	auto_buf out = buf_make(shown * 4 + 4);
	const uint8_t *at = (const uint8_t *)text;
	size_t out_len;

	for (size_t i = 0; i < shown;) {
		uint32_t point = 0;
		size_t step = utf8_take(at + i, shown - i, &point);

		if (step && !is_harmful(point)) {
			if (point == '\\' && doubles)
				buf_add_byte(&out, '\\');
			buf_add(&out, at + i, step);
			i += step;
			continue;
		}
		for (size_t end = i + (step ? step : 1); i < end; i++)
			buf_printf(&out, "\\x%02x", at[i]);
	}
	if (shown < len)
		buf_add_text(&out, "...");
	if (out.failed)
		return NULL;
	return (char *)buf_take(&out, &out_len);
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

int text_set(char **ret, struct fault *why, const char *fmt, ...)
{
	char *made = NULL;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vasprintf(&made, fmt, args);
	va_end(args);
	if (len < 0)
		return fault_nomem(why);
	free(*ret);
	*ret = made;
	return 0;
}

/* In single quotes, only the closing quote is special to sh. */
static void quote(struct buf *out, const char *word)
{
	buf_add_byte(out, '\'');
	for (; *word; word++)
		if (*word == '\'')
			buf_add_text(out, "'\"'\"'");
		else
			buf_add_byte(out, (uint8_t)*word);
	buf_add_byte(out, '\'');
}

/* Text that must not reach a terminal unescaped: the shell's printf(1) rebuilds it from octal
 * digits. */
static void quote_harmful(struct buf *out, const char *word)
{
	const uint8_t *at = (const uint8_t *)word;

	buf_add_text(out, "\"$(printf '");
	for (size_t left = strlen(word), step; left; at += step, left -= step) {
		uint32_t point = 0;
		bool is_plain;

		step = utf8_take(at, left, &point);
		is_plain = step && !is_harmful(point) && !strchr("\\'", (int)at[0]) &&
			   (at[0] != '-' || at != (const uint8_t *)word);
		step = step ? step : 1;
		if (at[0] == '%')
			buf_add_text(out, "%%");
		else if (is_plain)
			buf_add(out, at, step);
		else
			for (size_t i = 0; i < step; i++)
				buf_printf(out, "\\%03o", at[i]);
	}
	buf_add_text(out, "')\"");
}

static bool is_harmless(const char *word)
{
	auto_free char *shown = text_harmless(word);

	return shown && strcmp(shown, word) == 0;
}

char *text_shell_word(const char *word)
{
	size_t plain = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789%+,-./:=@_");
	auto_buf out = buf_make(5 * strlen(word) + 16);
	size_t len;

	if (*word && word[plain] == 0)
		return strdup(word);
	if (is_harmless(word))
		quote(&out, word);
	else
		quote_harmful(&out, word);
	return out.failed ? NULL : (char *)buf_take(&out, &len);
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

const char *text_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
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
	uint64_t value = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		unsigned digit = (unsigned)(*text - '0');

		if (digit > 9 || digit > max || value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
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

/* Does the text start with the pattern, in which 0 means any digit? */
static bool has_shape(const char *text, const char *pattern)
{
	for (; *pattern; pattern++, text++)
		if (*pattern == '0' ? *text < '0' || *text > '9' : *text != *pattern)
			return false;
	return true;
}

/* "2026-01-31T12:00:00", an optional fraction of a second, and "Z" or an offset from UTC. */
static bool parse_rfc3339(const char *text, time_t *ret)
{
	struct tm asked = {0}, got;
	const char *rest = NULL;
	unsigned hours = 0, minutes = 0;
	time_t when, offset;

	if (has_shape(text, "0000-00-00T00:00:00"))
		rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &asked);
	if (!rest)
		return false;
	if (has_shape(rest, ".0"))
		rest += 1 + strspn(rest + 1, "0123456789");
	if (!text_same(rest, "z") &&
		((*rest != '+' && *rest != '-') || !has_shape(rest + 1, "00:00") || rest[6] ||
			sscanf(rest + 1, "%2u:%2u", &hours, &minutes) != 2))
		return false;
	if (hours > 23 || minutes > 59)
		return false;
	offset = (hours * 60 + minutes) * (*rest == '-' ? -60L : 60L);
	got = asked;
	when = timegm(&got);
	/* timegm() turns a day or hour that does not exist into another one. */
	if (got.tm_mon != asked.tm_mon || got.tm_mday != asked.tm_mday ||
		got.tm_hour != asked.tm_hour || got.tm_min != asked.tm_min ||
		got.tm_sec != asked.tm_sec)
		return false;
	*ret = when - offset;
	return true;
}

int text_parse_time(const char *text, time_t *ret, struct fault *why)
{
	uint64_t seconds;

	if (text_number(text, 253402300799, &seconds)) {
		*ret = (time_t)seconds;
		return 0;
	}
	if (parse_rfc3339(text, ret))
		return 0;
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

bool text_contains(const char *text, const char *part)
{
	return strcasestr(text, part) != NULL;
}

#define GUESS_LEN 32 /* no guesses for longer words */

/* Optimal string alignment distance: letters added, left out, wrong, or swapped with the next. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][GUESS_LEN + 1];
	size_t len = strlen(b);

	for (size_t j = 0; j <= len; j++)
		rows[0][j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t *row = rows[i % 3], *above = rows[(i - 1) % 3], *top = rows[(i - 2) % 3];

		row[0] = i;
		for (size_t j = 1; j <= len; j++) {
			row[j] = above[j - 1] + (text_lower(a[i - 1]) != text_lower(b[j - 1]));
			if (above[j] + 1 < row[j])
				row[j] = above[j] + 1;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
				top[j - 2] + 1 < row[j])
				row[j] = top[j - 2] + 1;
		}
	}
	return rows[strlen(a) % 3][len];
}

void text_guess(struct text_guess *guess, const char *candidate)
{
	size_t len = strlen(guess->word);
	size_t cost;

	if (len == 0 || len > GUESS_LEN || strlen(candidate) > GUESS_LEN ||
		text_lower(*guess->word) != text_lower(*candidate))
		return;
	cost = distance(guess->word, candidate);
	if (cost > (len < 6 ? 1 : 2) || (guess->best && cost >= guess->cost))
		return;
	guess->best = candidate;
	guess->cost = cost;
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
