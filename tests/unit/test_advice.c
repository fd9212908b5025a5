/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <string.h>

#include "src/base/advice.h"

enum { PEER = 1, WHERE = 2, OTHER = 4 };

static struct advice_option options[] = {
	{"proxy", "http://p:1", PEER, true},
	{"proxy-auth-file", "a b", PEER, true},
	{"no-aia", NULL, PEER, true},
	{"root", "/r r", WHERE, true},
	{"store", "java", WHERE, true},
	{"store", "pem:/it's", WHERE, true},
	{"update-lock", NULL, OTHER, false},
};
static char target[] = "[::1]:443";
static char *operand = target;
static const struct names operands = {&operand, 1};

static bool takes(const char *command, unsigned group)
{
	return strcmp(command, "remove") == 0 ? group == WHERE : group != WHERE || *command != 'd';
}

/* A call with the options from `from` on. */
static struct advice command_line_from(size_t from)
{
	return (struct advice){.command = "install",
		.at = options + from,
		.n = sizeof(options) / sizeof(options[0]) - from,
		.operands = &operands,
		.takes = takes};
}

static void gives(const struct advice *command_line, const char *const *words, const char *wanted)
{
	auto_free char *got = NULL;
	struct fault why = FAULT_INIT;

	assert_ok(advice_run(command_line, words, &got, &why), &why);
	assert_string_equal(got, wanted);
}

static void what_says_where_and_how_stays_quoted(void **state)
{
	const struct advice command_line = command_line_from(0);

	(void)state;
	gives(&command_line, ADVICE_WORDS("probe", target),
		"run: trustfix probe --proxy http://p:1 --proxy-auth-file 'a b' --no-aia "
		"--root '/r r' --store java --store 'pem:/it'\"'\"'s' '[::1]:443'");
	gives(NULL, ADVICE_WORDS("probe", "a.test"), "run: trustfix probe a.test");
}

static void a_command_is_told_what_it_takes(void **state)
{
	const struct advice command_line = command_line_from(2);

	(void)state;
	gives(&command_line, ADVICE_WORDS("remove", "--fingerprint", "00"),
		"run: trustfix remove --root '/r r' --store java --store 'pem:/it'\"'\"'s' "
		"--fingerprint 00");
	gives(&command_line, ADVICE_WORDS("doctor", target),
		"run: trustfix doctor --no-aia '[::1]:443'");
	assert_false(advice_fits(&command_line, "doctor"));
	assert_true(advice_fits(&command_line, "probe"));
	assert_true(advice_fits(NULL, "doctor"));
}

static void an_options_own_word_wins(void **state)
{
	const struct advice command_line = command_line_from(0);

	(void)state;
	gives(&command_line, ADVICE_WORDS("verify", "--store", "system", "--no-proxy", target),
		"run: trustfix verify --no-aia --root '/r r' --store system --no-proxy "
		"'[::1]:443'");
}

static void the_call_itself_is_told_whole(void **state)
{
	char one[] = "echo", two[] = "a  b";
	char *behind[] = {one, two, NULL};
	struct advice command_line = command_line_from(6);
	auto_free char *got = NULL;
	struct fault why = FAULT_INIT;

	(void)state;
	command_line.behind = behind;
	assert_ok(advice_again(&command_line, ADVICE_WORDS("install", "--pin", "x"), &got, &why),
		&why);
	assert_string_equal(
		got, "run: trustfix install --update-lock --pin x '[::1]:443' -- echo 'a  b'");
}

static void no_password_is_printed(void **state)
{
	struct advice command_line = command_line_from(0);

	(void)state;
	command_line.n = 2;
	options[0].value = "http://me:secret@p:1";
	advice_hide_login(&command_line, "http://p:1", true);
	gives(&command_line, ADVICE_WORDS("verify", "a.test"),
		"run, with the proxy's user:password in the file PROXY-AUTH-FILE since passwords "
		"are not printed: trustfix verify --proxy http://p:1 --proxy-auth-file "
		"PROXY-AUTH-FILE a.test");
	gives(&command_line, ADVICE_WORDS("remove", "--installed"),
		"run: trustfix remove --installed");
	gives(&command_line, ADVICE_WORDS("verify", "--no-proxy", "a.test"),
		"run: trustfix verify --no-proxy a.test");
}

static void root_has_not_the_users_variables(void **state)
{
	struct advice command_line = {.takes = takes, .via = "http://p:1"};

	(void)state;
	gives(&command_line, ADVICE_WORDS("install", "a.test"), "run: trustfix install a.test");
	command_line.lacks_root = true;
	gives(&command_line, ADVICE_WORDS("install", "a.test"),
		"run as root (sudo drops the proxy variables, so --proxy names the proxy): "
		"trustfix install --proxy http://p:1 a.test");
	gives(&command_line, ADVICE_WORDS("probe", "a.test"), "run: trustfix probe a.test");
	gives(&command_line, ADVICE_WORDS("remove", "--installed"),
		"run as root: trustfix remove --installed");
	gives(&command_line, ADVICE_WORDS("install", "--store", "pem:x", "a.test"),
		"run: trustfix install --proxy http://p:1 --store pem:x a.test");
	command_line.via_has_login = true;
	gives(&command_line, ADVICE_WORDS("install", "a.test"),
		"run as root (sudo drops the proxy variables, so --proxy names the proxy), with "
		"the proxy's user:password in the file PROXY-AUTH-FILE since passwords are not "
		"printed: trustfix install --proxy http://p:1 --proxy-auth-file PROXY-AUTH-FILE "
		"a.test");
	command_line.at = options + 3;
	command_line.n = 1;
	command_line.via = NULL;
	gives(&command_line, ADVICE_WORDS("undo"), "run: trustfix undo --root '/r r'");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_says_where_and_how_stays_quoted),
		cmocka_unit_test(a_command_is_told_what_it_takes),
		cmocka_unit_test(an_options_own_word_wins),
		cmocka_unit_test(the_call_itself_is_told_whole),
		cmocka_unit_test(no_password_is_printed),
		cmocka_unit_test(root_has_not_the_users_variables),
	};

	return run_group("advice", tests);
}
