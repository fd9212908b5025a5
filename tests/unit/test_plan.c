/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/base/limits.h"
#include "src/fs/plan.h"

static void take(struct plan *plan, const char *path, const char *text)
{
	struct fault why = FAULT_INIT;
	struct edit edit = {.path = strdup(path),
		.kind = ENTRY_FILE,
		.bytes = (uint8_t *)strdup(text),
		.len = strlen(text)};

	assert_ok(plan_take(plan, &edit, &why), &why);
	assert_null(edit.path);
	assert_null(edit.bytes);
}

static void an_empty_plan_finds_nothing(void **state)
{
	auto_plan plan = PLAN_INIT;

	(void)state;
	assert_null(plan_find(&plan, "/a"));
	plan_drop(&plan, "/a");
}

static void a_second_edit_of_a_path_takes_the_first_ones_place(void **state)
{
	auto_plan plan = PLAN_INIT;

	(void)state;
	take(&plan, "/a", "one");
	take(&plan, "/b", "two");
	take(&plan, "/a", "three");
	assert_int_equal(plan.n, 2);
	assert_string_equal(plan.at[0]->path, "/a");
	assert_bytes(plan.at[0]->bytes, plan.at[0]->len, "three", 5);
	assert_ptr_equal(plan_find(&plan, "/a"), plan.at[0]);
}

static void every_edit_is_found_however_many_there_are(void **state)
{
	auto_plan plan = PLAN_INIT;
	char path[32];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		snprintf(path, sizeof(path), "/dir/%d", i);
		take(&plan, path, "");
	}
	for (int i = 0; i < 1000; i += 2) {
		snprintf(path, sizeof(path), "/dir/%d", i);
		plan_drop(&plan, path);
	}
	assert_int_equal(plan.n, 500);
	for (int i = 0; i < 1000; i++) {
		snprintf(path, sizeof(path), "/dir/%d", i);
		assert_int_equal(plan_find(&plan, path) != NULL, i % 2);
	}
	assert_string_equal(plan.at[499]->path, "/dir/999");
}

static void too_many_edits_are_a_fault_and_free_what_was_given(void **state)
{
	auto_plan plan = PLAN_INIT;
	struct fault why = FAULT_INIT;
	struct edit edit = {.path = strdup("/one/more")};
	char path[32];

	(void)state;
	for (unsigned i = 0; i < LIMIT_EDITS_N; i++) {
		snprintf(path, sizeof(path), "/%u", i);
		take(&plan, path, "");
	}
	assert_fault(plan_take(&plan, &edit, &why), &why, FAULT_LIMIT, "20000");
	take(&plan, "/7", "again");
	assert_int_equal(plan.n, LIMIT_EDITS_N);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(an_empty_plan_finds_nothing),
	cmocka_unit_test(a_second_edit_of_a_path_takes_the_first_ones_place),
	cmocka_unit_test(every_edit_is_found_however_many_there_are),
	cmocka_unit_test(too_many_edits_are_a_fault_and_free_what_was_given),
};

int main(void)
{
	return run_group("plan", tests);
}
