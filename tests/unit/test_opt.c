/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/cli/cmds.h"

#define WORDS_N 8

static int parse(const char *const words[static WORDS_N], struct options *ret, struct fault *why)
{
	static char *argv[WORDS_N + 1]; /* options->command points into it */
	int argc = 0;

	for (; argc < WORDS_N && words[argc]; argc++)
		argv[argc] = (char *)(uintptr_t)words[argc];
	argv[argc] = NULL;
	return opt_parse(argv, command_named(argv[0]), ret, why);
}

static void options_and_operands_come_in_any_order(void **state)
{
	const char *const words[WORDS_N] = {
		"install", "a.test", "--pin", "sha256:00", "-q", "--pin=sha256:11", "b.test"};
	auto_options options = {0};
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(parse(words, &options, &why), &why);
	assert_int_equal(options.operands.n, 2);
	assert_string_equal(options.operands.at[1], "b.test");
	assert_int_equal(options.pins.n, 2);
	assert_string_equal(options.pins.at[1], "sha256:11");
	assert_true(options.quiet);
	assert_false(options.verbose);
}

static void a_value_is_checked_where_it_is_read(void **state)
{
	static const struct {
		const char *words[WORDS_N];
		const char *says;
	} rows[] = {
		{{"install", "--quorum", "0"}, "--quorum: '0' is not a number from 1 to 1000"},
		{{"install", "--timeout", "3601"}, "--timeout: '3601' is not a number"},
		{{"install", "--timeout", "-1"}, "--timeout: '-1' is not a number"},
		{{"install", "--at", "noon"}, "--at: "},
		{{"install", "--proxy", "ftp://a"}, "--proxy: "},
		{{"install", "--connect", "a"}, "--connect: 'a': the port is missing"},
		{{"install", "--servername", "a:1"}, "--servername: give a name without a port"},
		{{"install", "--key-pass-file", "/"}, "--key-pass-file: "},
	};
	const char *const good[WORDS_N] = {"install", "-46", "--timeout=7", "--quorum", "2",
		"--color", "always", "--connect=[::1]:5"};
	auto_options options = {0};
	struct fault why = FAULT_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_options bad = {0};
		struct fault fault = FAULT_INIT;

		assert_int_equal(parse(rows[i].words, &bad, &fault), -1);
		assert_non_null(strstr(fault.text, rows[i].says));
	}
	assert_ok(parse(good, &options, &why), &why);
	assert_int_equal(options.survey.peer.family, PROBE_IPV6);
	assert_int_equal(options.timeout_s, 7);
	assert_int_equal(options.approval.quorum, 2);
	assert_int_equal(options.connect.port, 5);
	assert_true(options_have(&options, "connect") && options_have(&options, "ipv4"));
	assert_false(options_have(&options, "color") || options_have(&options, "proxy"));
}

static void the_parse_goes_on_after_a_fault(void **state)
{
	const char *const words[WORDS_N] = {
		"exec", "--nonsense", "--color", "x", "--pin", "--", "ls", "-v"};
	const char *const more[WORDS_N] = {"list", "-z", "--json=yes"};
	auto_options options = {0}, other = {0};
	struct fault why = FAULT_INIT, fault = FAULT_INIT;

	(void)state;
	assert_fault(
		parse(words, &options, &why), &why, FAULT_USAGE, "unknown option '--nonsense'");
	assert_string_equal(options.command[0], "ls");
	assert_false(options.verbose);
	assert_fault(parse(more, &other, &fault), &fault, FAULT_USAGE, "unknown option '-z'");
	assert_true(other.json);
}

static void two_dashes_end_the_options(void **state)
{
	const char *const words[WORDS_N] = {"probe", "--", "--json"};
	auto_options options = {0};
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(parse(words, &options, &why), &why);
	assert_false(options.json);
	assert_string_equal(options.operands.at[0], "--json");
}

static void what_follows_two_dashes_is_another_command(void **state)
{
	const char *const words[WORDS_N] = {"exec", "a.test", "-q", "--", "ls", "-v", "--", "x"};
	auto_options options = {0};
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(parse(words, &options, &why), &why);
	assert_int_equal(options.operands.n, 1);
	assert_false(options.verbose);
	assert_string_equal(options.command[0], "ls");
	assert_string_equal(options.command[3], "x");
	assert_null(options.command[4]);
}

static void a_bad_command_line_says_what_is_wrong(void **state)
{
	static const struct {
		const char *words[WORDS_N];
		const char *says;
	} rows[] = {
		{{"list", "--nonsense"}, "unknown option '--nonsense'"},
		{{"list", "--nonsense=1"}, "unknown option '--nonsense'"},
		{{"list", "--stroe", "system"}, "unknown option '--stroe'; did you mean --store?"},
		{{"list", "--stroe=system"}, "unknown option '--stroe'; did you mean --store?"},
		{{"list", "--quite"}, "unknown option '--quite'; did you mean --quiet?"},
		{{"list", "-z"}, "unknown option '-z'"},
		{{"list", "-qz"}, "unknown option '-z'"},
		{{"list", "--root"}, "'--root' needs an argument"},
		{{"list", "--root", "a", "--root", "b"}, "--root is given twice"},
		{{"capture", "--all"}, "'capture' does not take --all"}, /* never --allow-... */
		{{"list", "--pin", "x"}, "'list' does not take --pin"},
		{{"list", "--pin=x"}, "'list' does not take --pin"},
		{{"list", "-o", "x"}, "'list' does not take -o"},
		{{"list", "--json=yes"}, "'--json' takes no argument"},
		{{"list", "--st"}, "'--st' is ambiguous: --store, --storepass-file"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_options options = {0};
		struct fault why = FAULT_INIT;

		assert_fault(parse(rows[i].words, &options, &why), &why, FAULT_USAGE, rows[i].says);
	}
}

static void every_command_has_help_and_a_function(void **state)
{
	(void)state;
	for (const struct command *command = commands; command->name; command++) {
		assert_ptr_equal(command_named(command->name), command);
		assert_non_null(command->run);
		assert_true(command->synopsis[0] && command->help[0]);
	}
	assert_null(command_named("probes"));
}

static void a_command_that_is_mistyped_is_guessed(void **state)
{
	static const char *const rows[][2] = {
		{"instal", "install"},
		{"isntall", "install"},
		{"Probe", "probe"},
		{"verfy", "verify"},
		{"uninstall", NULL}, /* the reverse is worse than nothing */
		{"x", NULL},
		{"", NULL},
		{"a-word-that-is-longer-than-any-name-of-a-command-could-be", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct command *guess = command_like(rows[i][0]);

		assert_string_equal(guess ? guess->name : "", rows[i][1] ? rows[i][1] : "");
	}
}

static void options_of_every_command_may_come_before_it(void **state)
{
	const char *const words[WORDS_N] = {
		"trustfix", "-v", "--color", "never", "list", "--root", "a"};
	static const struct {
		const char *words[WORDS_N];
		const char *says;
	} rows[] = {
		{{"trustfix", "--root", "a", "list"},
			"--root goes after the command: trustfix list --root DIR"},
		{{"trustfix", "-o", "a", "list"},
			"--output goes after the command: trustfix list --output FILE"},
		{{"trustfix", "--verison"}, "unknown option '--verison'; did you mean --version?"},
		{{"trustfix", "-z", "list"}, "unknown option '-z'"},
		{{"trustfix", "--color"}, "'--color' needs an argument"},
	};
	auto_options options = {0};
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(parse(words, &options, &why), &why);
	assert_true(options.verbose);
	assert_string_equal(options.color, "never");
	assert_string_equal(options.command[0], "list");
	assert_string_equal(options.command[2], "a");
	assert_null(options.command[3]);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_options bad = {0};

		why = (struct fault)FAULT_INIT;
		assert_fault(parse(rows[i].words, &bad, &why), &why, FAULT_USAGE, rows[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_and_operands_come_in_any_order),
		cmocka_unit_test(a_value_is_checked_where_it_is_read),
		cmocka_unit_test(the_parse_goes_on_after_a_fault),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(options_of_every_command_may_come_before_it),
		cmocka_unit_test(what_follows_two_dashes_is_another_command),
		cmocka_unit_test(a_bad_command_line_says_what_is_wrong),
		cmocka_unit_test(every_command_has_help_and_a_function),
		cmocka_unit_test(a_command_that_is_mistyped_is_guessed),
	};

	return run_group("opt", tests);
}
