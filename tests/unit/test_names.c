/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/base/names.h"

static void many_names_are_held_and_sorted_as_bytes(void **state)
{
	struct fault why = FAULT_INIT;
	auto_names names = NAMES_INIT;

	(void)state;
	names_sort(&names);
	assert_false(names_holds(&names, "x"));
	assert_false(names_sorted_hold(&names, "x"));
	for (int i = 99; i >= 0; i--)
		assert_ok(names_addf(&names, &why, "n%02d", i), &why);
	assert_ok(names_add(&names, "Z", &why), &why);
	assert_ok(names_add(&names, "\xc3\xa9", &why), &why);
	names_sort(&names);
	assert_int_equal(names.n, 102);
	assert_string_equal(names.at[0], "Z");
	assert_string_equal(names.at[1], "n00");
	assert_string_equal(names.at[100], "n99");
	assert_string_equal(names.at[101], "\xc3\xa9");
	for (size_t i = 0; i < names.n; i++)
		assert_true(names_sorted_hold(&names, names.at[i]));
	assert_false(names_sorted_hold(&names, "n"));
	assert_false(names_sorted_hold(&names, "n999"));
}

static void only_the_exact_name_is_held(void **state)
{
	struct fault why = FAULT_INIT;
	auto_names names = NAMES_INIT;
	char text[] = "name";

	(void)state;
	assert_ok(names_add(&names, text, &why), &why);
	text[0] = 'g';
	assert_true(names_holds(&names, "name"));
	assert_false(names_holds(&names, "Name"));
	assert_false(names_holds(&names, "nam"));
	assert_false(names_holds(&names, ""));
	names_free(&names);
	assert_int_equal(names.n, 0);
	assert_false(names_holds(&names, "name"));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(many_names_are_held_and_sorted_as_bytes),
	cmocka_unit_test(only_the_exact_name_is_held),
};

int main(void)
{
	return run_group("names", tests);
}
