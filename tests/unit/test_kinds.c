/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "tests/unit/make_cert.h"
#include "tests/unit/store_case.h"

static void choices_are_parsed(void **state)
{
	static const struct {
		const char *text, *kind, *path;
	} cases[] = {
		{"system", "system", NULL},
		{"java", "java", NULL},
		{"java:/a/cacerts", "java", "/a/cacerts"},
		{"pem:/a/b.pem", "pem", "/a/b.pem"},
		{"pem:/a:b", "pem", "/a:b"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fault why = FAULT_INIT;
		struct store_choice ca_override;

		assert_ok(store_choice_parse(cases[i].text, &ca_override, &why), &why);
		assert_string_equal(ca_override.ops->kind, cases[i].kind);
		if (cases[i].path)
			assert_string_equal(ca_override.path, cases[i].path);
		else
			assert_null(ca_override.path);
	}
}

static void bad_choices_say_why(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{"", "unknown kind of store ''; there are: system"},
		{"sys", "'sys'"},
		{"systems", "'systems'"},
		{"pe\033m:x", "'pe\\x1bm'"},
		{"pem", "'pem' needs a path"},
		{"pem:", "needs a path"},
		{"java:", "needs a path"},
		{"system:/etc", "takes no path"},
		{"java:trust.jks", "begins with '/'"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fault why = FAULT_INIT;
		struct store_choice ca_override;

		assert_fault(store_choice_parse(cases[i].text, &ca_override, &why), &why,
			FAULT_USAGE, cases[i].why);
	}
}

/* What stands in front of the dash and the fingerprint. */
static void anchors_are_named_after_their_subject(void **state)
{
	static const struct {
		const char *cn, *name;
	} cases[] = {
		{"Corp Root", "corp-root"},
		{"  Zscaler Root CA (t) ", "zscaler-root-ca-t"},
		{"a.b-c_d", "a.b-c-d"},
		{"../../etc/passwd", "etc-passwd"},
		{"M\xc3\xbcller", "m-ller"},
		{"\xe4\xbc\x81\xe4\xb8\x9a", "trustfix-test"},
		{"0123456789 0123456789 0123456789 0123456789 0123456789 012345678",
			"0123456789-0123456789-0123456789-0123456789-0123456789"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fault why = FAULT_INIT;
		auto_made made = make_cert(&(struct recipe){.cn = cases[i].cn, .is_ca = true});
		auto_free char *name = NULL;
		char *dash;

		assert_ok(store_anchor_name(made.cert, &name, &why), &why);
		assert_true(strlen(name) <= 64);
		dash = strrchr(name, '-');
		assert_non_null(dash);
		assert_int_equal(strlen(dash), 9);
		*dash = '\0';
		assert_string_equal(name, cases[i].name);
	}
}

static void given_names_are_checked(void **state)
{
	static const char *const good[] = {"corp", "Corp_Root-2.1", "x"};
	static const char *const bad[] = {"", ".corp", "-corp", "a/b", "a b", "\xc3\xbc", "a\nb",
		"12345678901234567890123456789012345678901234567890123456789012345"};
	struct fault why = FAULT_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_ok(store_name_check(good[i], &why), &why);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_fault(store_name_check(bad[i], &why), &why, FAULT_USAGE, "name");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(choices_are_parsed),
	cmocka_unit_test(bad_choices_say_why),
	cmocka_unit_test(anchors_are_named_after_their_subject),
	cmocka_unit_test(given_names_are_checked),
};

int main(void)
{
	return run_group("kinds", tests);
}
