/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/base/limits.h"
#include "stores/image/splice.h"

/* What `splices` makes of its text. */
static void assert_makes(struct splices *splices, const char *wanted)
{
	struct fault why = FAULT_INIT;
	auto_buf out = buf_make(10000);

	assert_ok(splices_apply(splices, "text", &out, &why), &why);
	assert_string_equal(buf_text(&out), wanted);
	splices_free(splices);
}

static void values_are_found_where_they_are(void **state)
{
	static const char text[] =
		" {\"a\\\"b\" : [1, {\"x\":\"}\"} ,null,[]],\"b\":-1.5e3 , \"c\":\"\""
		",\"hist\\u006fry\":7,\"q\\u0022\":8,\"\xc3\xa9\":9,\"\\u0169\":10}\n";
	static const struct {
		const char *key;
		size_t element; /* SIZE_MAX: the member itself */
		const char *wanted; /* NULL: none */
	} cases[] = {
		{"a\"b", SIZE_MAX, "[1, {\"x\":\"}\"} ,null,[]]"},
		{"a\"b", 0, "1"},
		{"a\"b", 1, "{\"x\":\"}\"}"},
		{"a\"b", 2, "null"},
		{"a\"b", 3, "[]"},
		{"a\"b", 4, NULL},
		{"b", SIZE_MAX, "-1.5e3"},
		{"c", SIZE_MAX, "\"\""},
		{"a", SIZE_MAX, NULL},
		{"x", SIZE_MAX, NULL},
		{"b", 0, NULL},
		{"history", SIZE_MAX, "7"},
		{"hist", SIZE_MAX, NULL},
		{"q\"", SIZE_MAX, "8"},
		{"\xc3\xa9", SIZE_MAX, "9"},
		{"i", SIZE_MAX, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span span = {0, 0}, inner = {0, 0};
		bool found = span_member(text, span_whole(text), cases[i].key, &span);

		if (found && cases[i].element != SIZE_MAX) {
			found = span_element(text, span, cases[i].element, &inner);
			span = inner;
		}
		assert_int_equal(found, cases[i].wanted != NULL);
		if (found)
			assert_bytes(text + span.at, span.end - span.at, cases[i].wanted,
				strlen(cases[i].wanted));
	}
}

static void what_is_appended_can_be_taken_away_again(void **state)
{
	static const struct {
		const char *before;
		const char *after;
	} cases[] = {
		{"[]", "[9]"},
		{"[ ]", "[9 ]"},
		{"[1]", "[1,9]"},
		{" [ 1 ,\n\t{\"a\":[]}\n]\n", " [ 1 ,\n\t{\"a\":[]},9\n]\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct splices on = {.text = cases[i].before};
		struct splices off = {.text = cases[i].after};

		splices_append(&on, span_whole(on.text), "%d", 9);
		assert_makes(&on, cases[i].after);
		splices_remove_last(&off, span_whole(off.text));
		assert_makes(&off, cases[i].before);
	}
}

static void a_null_becomes_an_array(void **state)
{
	struct splices splices = {.text = "{\"a\":null}"};
	struct span span = {0, 0};

	(void)state;
	assert_true(span_member(splices.text, span_whole(splices.text), "a", &span));
	splices_append(&splices, span, "%d", 9);
	assert_makes(&splices, "{\"a\":[9]}");
}

static void a_member_is_taken_out_of_any_place(void **state)
{
	static const char *const wanted[] = {
		"{\"b\":2, \"c\":3 }", "{\"a\" : 1, \"c\":3 }", "{\"a\" : 1 ,\"b\":2 }"};
	static const char *const keys[] = {"a", "b", "c"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct splices splices = {.text = "{\"a\" : 1 ,\"b\":2, \"c\":3 }"};

		splices_remove_member(&splices, span_whole(splices.text), keys[i]);
		assert_makes(&splices, wanted[i]);
	}
}

static void edits_may_come_in_any_order_and_keep_all_else(void **state)
{
	struct splices splices = {
		.text = "{\"n\":1e400,\"s\":\"\\u0061\",\"z\" :{ \"q\":12345678901234567890 } }"};
	struct span whole = span_whole(splices.text), z = {0, 0};

	(void)state;
	assert_true(span_member(splices.text, whole, "z", &z));
	splices_append(&splices, z, "\"new\":%s", "[]");
	splices_member(&splices, whole, "s", "\"%s\"", "b");
	assert_makes(&splices,
		"{\"n\":1e400,\"s\":\"b\",\"z\" :{ \"q\":12345678901234567890,\"new\":[] } }");
}

static void a_value_that_is_not_there_is_a_fault(void **state)
{
	struct fault why = FAULT_INIT;
	auto_buf out = buf_make(100);
	auto_splices member = {.text = "{\"\\u0062\":1}"};
	auto_splices last = {.text = "[]"};

	(void)state;
	splices_member(&member, span_whole(member.text), "a", "2");
	assert_fault(splices_apply(&member, "f", &out, &why), &why, FAULT_FORMAT, "lacks a member");
	splices_remove_last(&last, span_whole(last.text));
	assert_fault(splices_apply(&last, "f", &out, &why), &why, FAULT_FORMAT, "lacks a member");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(values_are_found_where_they_are),
	cmocka_unit_test(what_is_appended_can_be_taken_away_again),
	cmocka_unit_test(a_null_becomes_an_array),
	cmocka_unit_test(a_member_is_taken_out_of_any_place),
	cmocka_unit_test(edits_may_come_in_any_order_and_keep_all_else),
	cmocka_unit_test(a_value_that_is_not_there_is_a_fault),
};

int main(void)
{
	return run_group("splice", tests);
}
