/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/cli/shell.h"

static void each_shell_quotes_its_own_way(void **state)
{
	static const struct {
		enum shell shell;
		const char *value, *line;
	} rows[] = {
		{SHELL_SH, "/a b", "export X='/a b'\n"},
		{SHELL_SH, "it's $HOME`id`\\", "export X='it'\\''s $HOME`id`\\'\n"},
		{SHELL_FISH, "/a b", "set -gx X '/a b'\n"},
		{SHELL_FISH, "it's (id) \\", "set -gx X 'it\\'s (id) \\\\'\n"},
		{SHELL_POWERSHELL, "/a b", "$env:X = '/a b'\n"},
		{SHELL_POWERSHELL, "it's $(id)", "$env:X = 'it''s $(id)'\n"},
		{SHELL_POWERSHELL, "it\u2019s", "$env:X = 'it\u2019\u2019s'\n"},
		{SHELL_POWERSHELL, "\u201c", "$env:X = '\u201c'\n"},
		{SHELL_DOCKER, "/a b", "ENV X=\"/a b\"\n"},
		{SHELL_DOCKER, "\"$X\" \\", "ENV X=\"\\\"\\$X\\\" \\\\\"\n"},
		{SHELL_GITHUB, "/a b's $X", "X=/a b's $X\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_buf out = buf_make(1000);
		struct fault why = FAULT_INIT;

		assert_ok(shell_set(rows[i].shell, "X", rows[i].value, &out, &why), &why);
		assert_string_equal(buf_text(&out), rows[i].line);
	}
}

static void a_value_of_two_lines_is_refused_by_all(void **state)
{
	(void)state;
	for (enum shell shell = 0; shell < SHELLS; shell++) {
		auto_buf out = buf_make(1000);
		struct fault why = FAULT_INIT;

		assert_fault(shell_set(shell, "X", "a\nY=b", &out, &why), &why, FAULT_FORMAT,
			"control character");
		assert_int_equal(out.len, 0);
	}
}

static void a_shell_has_a_name(void **state)
{
	enum shell shell;

	(void)state;
	assert_true(shell_named("powershell", &shell));
	assert_int_equal(shell, SHELL_POWERSHELL);
	assert_false(shell_named("csh", &shell));
	shell = SHELL_FISH;
	assert_true(shell_named("bash", &shell));
	assert_int_equal(shell, SHELL_SH);
	assert_true(shell_named("zsh", &shell));
	assert_int_equal(shell, SHELL_SH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_shell_quotes_its_own_way),
		cmocka_unit_test(a_value_of_two_lines_is_refused_by_all),
		cmocka_unit_test(a_shell_has_a_name),
	};

	return cmocka_run_group_tests_name("shell", tests, NULL, NULL);
}
