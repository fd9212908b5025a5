/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <stdlib.h>

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
	assert_true(text_contains("xxNeedlexx", "needle"));
	assert_true(text_contains("", ""));
	assert_false(text_contains("needl", "needle"));
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
