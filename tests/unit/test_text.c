/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <stdlib.h>
#include <unistr.h>

#include "src/base/cleanup.h"
#include "src/base/text.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static void hostile_text_is_made_harmless(void **state)
{
	static const struct {
		const char *text, *wanted;
		size_t max;
	} cases[] = {
		{"", "", 9},
		{"plain", "plain", 9},
		{"Z\xc3\xbcrich \xe6\x97\xa5 \xf0\x9f\x94\x92",
			"Z\xc3\xbcrich \xe6\x97\xa5 \xf0\x9f\x94\x92", 99},
		{"a\\b", "a\\\\b", 9},
		{"a\nb\r\t\x7f", "a\\x0ab\\x0d\\x09\\x7f", 9},
		{"\x1b[31mred", "\\x1b[31mred", 99},
		{"\xc2\x9b"
		 "1m",
			"\\xc2\\x9b"
			"1m",
			9},
		{"\xe2\x80\xae"
		 "evil",
			"\\xe2\\x80\\xae"
			"evil",
			9},
		{"\xe2\x81\xa6", "\\xe2\\x81\\xa6", 9},
		{"\xd8\x9c", "\\xd8\\x9c", 9},
		{"\xef\xbb\xbf", "\\xef\\xbb\\xbf", 9},
		{"\xe2\x80\xa8", "\\xe2\\x80\\xa8", 9},
		{"\xef\xbf\xbf", "\\xef\\xbf\\xbf", 9},
		{"\xc0\xaf", "\\xc0\\xaf", 9},
		{"\xe0\x80\xaf", "\\xe0\\x80\\xaf", 9},
		{"\xed\xa0\x80", "\\xed\\xa0\\x80", 9},
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", 9},
		{"cut \xe2\x80", "cut \\xe2\\x80", 9},
		{"too long", "too...", 3},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		auto_free char *got =
			text_printable(cases[i].text, strlen(cases[i].text), cases[i].max);

		assert_string_equal(got, cases[i].wanted);
	}
}

/* Each would be invisible, or could reorder the line that it stands in. */
static void what_is_not_seen_is_spelled_out(void **state)
{
	static const uint32_t points[] = {0xa0, 0xad, 0x34f, 0x5d0, 0x5bf, 0x61c, 0x627, 0x660,
		0x6dd, 0x710, 0x7c0, 0x840, 0x8a0, 0x115f, 0x1160, 0x1680, 0x17b4, 0x17b5, 0x180b,
		0x180c, 0x180d, 0x180e, 0x180f, 0x2000, 0x200a, 0x200b, 0x200c, 0x200d, 0x200e,
		0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x202f, 0x205f,
		0x2060, 0x2064, 0x2066, 0x2069, 0x206f, 0x2800, 0x3164, 0xe000, 0xfb1d, 0xfb50,
		0xfdd0, 0xfdfa, 0xfe00, 0xfe0f, 0xfe70, 0xfeff, 0xffa0, 0xfff0, 0xfff9, 0xfffb,
		0xfffe, 0xffff, 0x10800, 0x10a00, 0x10d30, 0x10e60, 0x13430, 0x1bca0, 0x1bca3,
		0x1d159, 0x1d173, 0x1d17a, 0x1e900, 0x1ee00, 0x1ffff, 0xe0001, 0xe0020, 0xe007f,
		0xe0100, 0xe01ef, 0xe0fff, 0xf0000, 0x10fffd};

	(void)state;
	for (size_t i = 0; i < ROWS(points); i++) {
		uint8_t utf8[8];
		int len = u8_uctomb(utf8, points[i], sizeof(utf8));
		auto_free char *got = text_printable((char *)utf8, (size_t)len, 99);

		assert_true(len > 0);
		if (strlen(got) != 4 * (size_t)len ||
			strspn(got, "\\x0123456789abcdef") != strlen(got))
			fail_msg("U+%04X is shown as it is", points[i]);
	}
}

static void what_is_seen_is_shown(void **state)
{
	static const char *const texts[] = {"M\xc3\xa4rz",
		"\xe6\x97\xa5\xe6\x9c\xac\xe3\x80\x80 \xed\x95\x9c", "\xce\xa9 \xd0\x96",
		"e\xcc\x81\xcc\xa3", "\xe0\xb8\x99\xe0\xb9\x89\xe0\xb8\xb3",
		"\xe0\xa4\x95\xe0\xa5\x8d\xe0\xa4\xb7\xe0\xa4\xbf", "\xf0\x9f\x94\x92",
		"\xe2\x80\x9cx\xe2\x80\x9d \xe2\x80\x93 \xe2\x82\xac"};

	(void)state;
	for (size_t i = 0; i < ROWS(texts); i++) {
		auto_free char *got = text_printable(texts[i], strlen(texts[i]), 99);

		assert_string_equal(got, texts[i]);
	}
}

/* Many of them would cover the lines above and below; the first one would, what stands before. */
static void marks_are_not_piled_up(void **state)
{
	auto_free char *piled =
		text_printable("e\xcc\x81\xcc\x82\xcc\x83\xcc\x84x\xe2\x83\x9d", 13, 99);
	auto_free char *hidden = text_printable("\xcd\x8f\xcc\x81", 4, 99);
	auto_free char *first = text_printable("\xe0\xb9\x87x", 4, 99);

	(void)state;
	assert_string_equal(piled, "e\xcc\x81\xcc\x82\xcc\x83\\xcc\\x84x\xe2\x83\x9d");
	assert_string_equal(first, "\\xe0\\xb9\\x87x");
	assert_string_equal(hidden, "\\xcd\\x8f\\xcc\\x81");
}

static void a_nul_inside_is_shown(void **state)
{
	auto_free char *got = text_printable("good.example\0.evil", 18, 99);

	(void)state;
	assert_string_equal(got, "good.example\\x00.evil");
}

static void hex_goes_both_ways(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{"00abff", true},
		{"00:AB:ff", true},
		{"00 ab ff", true},
		{"00abf", false},
		{"00ab", false},
		{"00abff00", false},
		{"00abfg", false},
		{"", false},
		{"0:0abff", false},
		{"00abff:", true},
	};
	static const uint8_t wanted[] = {0, 0xab, 0xff};
	char hex[7];

	(void)state;
	text_hex(wanted, 3, hex);
	assert_string_equal(hex, "00abff");
	for (size_t i = 0; i < ROWS(cases); i++) {
		uint8_t out[3] = {9, 9, 9};

		if (text_unhex(cases[i].text, out, 3) != cases[i].good)
			fail_msg("'%s'", cases[i].text);
		if (cases[i].good)
			assert_memory_equal(out, wanted, 3);
	}
}

/* RFC 4648, section 10. */
static void numbers_are_whole_and_within_bounds(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		bool good;
		uint64_t value;
	} cases[] = {
		{"0", 0, true, 0},
		{"1", 0, false, 0},
		{"443", 65535, true, 443},
		{"65535", 65535, true, 65535},
		{"65536", 65535, false, 0},
		{"0065535", 65535, true, 65535},
		{"", 9, false, 0},
		{"-1", 9, false, 0},
		{"+1", 9, false, 0},
		{" 1", 9, false, 0},
		{"1 ", 9, false, 0},
		{"0x1", 99, false, 0},
		{"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
		{"18446744073709551616", UINT64_MAX, false, 0},
		{"99999999999999999999999", UINT64_MAX, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		uint64_t got = 7;

		if (text_number(cases[i].text, cases[i].max, &got) != cases[i].good)
			fail_msg("'%s'", cases[i].text);
		assert_true(got == (cases[i].good ? cases[i].value : 7));
	}
}

static void times_are_read(void **state)
{
	static const struct {
		const char *text;
		time_t wanted; /* -1: refused */
	} cases[] = {
		{"0", 0},
		{"1767225600", 1767225600},
		{"1970-01-01T00:00:00Z", 0},
		{"2026-01-01T00:00:00Z", 1767225600},
		{"2026-01-01T00:00:00z", 1767225600},
		{"2026-01-01T02:30:00+02:30", 1767225600},
		{"2025-12-31T23:00:00-01:00", 1767225600},
		{"2024-02-29T00:00:00Z", 1709164800},
		{"2026-01-01", -1},
		{"2026-01-01T00:00:00", -1},
		{"2026-01-01 00:00:00Z", -1},
		{"2026-13-01T00:00:00Z", -1},
		{"2026-02-30T00:00:00Z", -1},
		{"2026-01-01T24:00:00Z", -1},
		{"2026-01-01T00:00:00+99:00", -1},
		{"2026-01-01T00:00:00+00:60", -1},
		{"2026-01-01T00:00:00Zx", -1},
		{"", -1},
		{"now", -1},
		{" 2026-01-01T00:00:00Z", -1},
		{"2026-1-1T0:0:0Z", -1},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		struct fault why = FAULT_INIT;
		time_t got = -7;
		int rc = text_parse_time(cases[i].text, &got, &why);

		if ((rc == 0) != (cases[i].wanted != -1) || (rc == 0 && got != cases[i].wanted))
			print_error("'%s' gave %ld\n", cases[i].text, rc ? -1L : (long)got);
		if (cases[i].wanted == -1) {
			assert_fault(rc, &why, FAULT_USAGE, "RFC 3339");
			continue;
		}
		assert_ok(rc, &why);
		assert_true(got == cases[i].wanted);
	}
}

static void times_are_shown_with_their_nearest_end(void **state)
{
	static const struct {
		time_t when;
		const char *wanted;
	} cases[] = {
		{0, "1970-01-01T00:00:00Z"},
		{1767225599, "2025-12-31T23:59:59Z"},
		{253402300799, "9999-12-31T23:59:59Z"},
		{253402300800, "9999-12-31T23:59:59Z"},
		{-62167219200, "0000-01-01T00:00:00Z"},
		{-62167219201, "0000-01-01T00:00:00Z"},
		{(time_t)1 << 62, "9999-12-31T23:59:59Z"},
	};
	char out[TEXT_TIME_LEN];

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		text_time(cases[i].when, out);
		assert_string_equal(out, cases[i].wanted);
	}
}

static void comparing_minds_no_ascii_case_and_no_locale(void **state)
{
	(void)state;
	assert_true(text_same("HoSt", "hOsT"));
	assert_false(text_same("host", "hos"));
	assert_false(text_same("", "x"));
	assert_false(text_same("\xc3\x84", "\xc3\xa4"));
	assert_true(text_starts("HTTP/1.1", "http/"));
	assert_false(text_starts("HT", "http"));
	assert_true(text_ends("a.Example.COM", ".example.com"));
	assert_false(text_ends("com", ".com"));
}

static void percent_escapes_are_decoded_or_refused(void **state)
{
	static const char *const cases[][2] = {{"", ""}, {"a%20b", "a b"},
		{"%41%c3%BC", "A\xc3\xbc"}, {"100%", NULL}, {"%4", NULL}, {"%zz", NULL},
		{"a%00b", NULL}, {"%%41", NULL}};

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		auto_free char *got = text_percent_decoded(cases[i][0], strlen(cases[i][0]));

		if (cases[i][1])
			assert_string_equal(got, cases[i][1]);
		else
			assert_null(got);
	}
	assert_null(text_percent_decoded("%41", 2));
}

static void a_word_is_quoted_where_a_shell_needs_it(void **state)
{
	static const struct {
		const char *word;
		const char *shown;
	} rows[] = {
		{"/srv/a-b_c.tar:1", "/srv/a-b_c.tar:1"},
		{"", "''"},
		{"a b", "'a b'"},
		{"$(x)", "'$(x)'"},
		{"it's", "'it'\"'\"'s'"},
		{"pem:~/x", "'pem:~/x'"},
		{"~", "'~'"},
		{"$HOME/ca.pem", "'$HOME/ca.pem'"},
		{"C:\\ca", "'C:\\ca'"},
		{"caf\xc3\xa9", "'caf\xc3\xa9'"},
		{"a\nb", "\"$(printf 'a\\012b')\""},
		{"%s\\'\x1b \xe4", "\"$(printf '%%s\\134\\047\\033 \\344')\""},
		{"\xe2\x80\xae", "\"$(printf '\\342\\200\\256')\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_free char *got = text_shell_word(rows[i].word);

		assert_string_equal(got, rows[i].shown);
	}
}

static void a_sentence_keeps_its_backslashes_and_nothing_harmful(void **state)
{
	auto_free char *got = text_harmless("'C:\\x1b' \033[31m\xc2\x9b\n\xe4");

	(void)state;
	assert_string_equal(got, "'C:\\x1b' \\x1b[31m\\xc2\\x9b\\x0a\\xe4");
}

static void the_directory_of_a_path(void **state)
{
	static const char *const rows[][2] = {
		{"/a/b", "/a"}, {"/a", "/"}, {"/", "/"}, {"a/b", "a"}, {"a", "."}, {"", "."}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_free char *got = text_parent(rows[i][0]);

		assert_string_equal(got, rows[i][1]);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_directory_of_a_path),
	cmocka_unit_test(a_sentence_keeps_its_backslashes_and_nothing_harmful),
	cmocka_unit_test(a_word_is_quoted_where_a_shell_needs_it),
	cmocka_unit_test(hostile_text_is_made_harmless),
	cmocka_unit_test(what_is_not_seen_is_spelled_out),
	cmocka_unit_test(what_is_seen_is_shown),
	cmocka_unit_test(marks_are_not_piled_up),
	cmocka_unit_test(a_nul_inside_is_shown),
	cmocka_unit_test(hex_goes_both_ways),
	cmocka_unit_test(numbers_are_whole_and_within_bounds),
	cmocka_unit_test(times_are_read),
	cmocka_unit_test(times_are_shown_with_their_nearest_end),
	cmocka_unit_test(comparing_minds_no_ascii_case_and_no_locale),
	cmocka_unit_test(percent_escapes_are_decoded_or_refused),
};

int main(void)
{
	return run_group("text", tests);
}
