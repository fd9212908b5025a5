/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/cli/cmds.h"

static void each_shell_quotes_its_own_way(void **state)
{
	static const struct {
		const char *shell, *value, *line;
	} rows[] = {
		{"sh", "/a b", "export X='/a b'\n"},
		{"sh", "it's $HOME`id`\\", "export X='it'\\''s $HOME`id`\\'\n"},
		{"fish", "/a b", "set -gx X '/a b'\n"},
		{"fish", "it's (id) \\", "set -gx X 'it\\'s (id) \\\\'\n"},
		{"powershell", "/a b", "$env:X = '/a b'\n"},
		{"powershell", "it's $(id)", "$env:X = 'it''s $(id)'\n"},
		{"powershell", "it\u2019s", "$env:X = 'it\u2019\u2019s'\n"},
		{"powershell", "\u201c", "$env:X = '\u201c'\n"},
		{"docker", "/a b", "ENV X=\"/a b\"\n"},
		{"docker", "\"$X\" \\", "ENV X=\"\\\"\\$X\\\" \\\\\"\n"},
		{"github", "/a b's $X", "X=/a b's $X\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_buf out = buf_make(1000);
		struct fault why = FAULT_INIT;

		assert_ok(shell_set(shell_named(rows[i].shell), "X", rows[i].value, &out, &why),
			&why);
		assert_string_equal(buf_text(&out), rows[i].line);
	}
}

static void a_value_of_two_lines_is_refused_by_all(void **state)
{
	static const char *const names[] = {"sh", "fish", "powershell", "docker", "github"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		auto_buf out = buf_make(1000);
		struct fault why = FAULT_INIT;

		assert_fault(shell_set(shell_named(names[i]), "X", "a\nY=b", &out, &why), &why,
			FAULT_FORMAT, "control character");
		assert_int_equal(out.len, 0);
	}
}

static void a_shell_has_a_name(void **state)
{
	(void)state;
	assert_non_null(shell_named("powershell"));
	assert_ptr_equal(shell_named("bash"), shell_named("sh"));
	assert_ptr_equal(shell_named("ksh"), shell_named("sh"));
	assert_ptr_not_equal(shell_named("fish"), shell_named("sh"));
	assert_null(shell_named("csh"));
	assert_null(shell_named("s"));
	assert_null(shell_named("sh bash"));
	assert_null(shell_named(""));
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
