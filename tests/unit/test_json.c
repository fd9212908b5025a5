/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/base/limits.h"
#include "src/sys/json.h"

static void only_a_whole_object_is_taken(void **state)
{
	static const struct {
		const char *text;
		const char *refused; /* part of the fault, or NULL */
	} cases[] = {
		{"{}", NULL},
		{" {\"a\": \"b\"}\n", NULL},
		{"", "not JSON"},
		{"[]", "not a JSON object"},
		{"{\"a\": 1,}", "not JSON"},
		{"{\"a\": 1, \"a\": 2}", "not JSON"},
		{"{} {}", "not JSON"},
		{"{\"a\": \"\\u0000\"}", "not JSON"},
		{"{\"a\": \"\xff\"}", "not JSON"},
		{"\n\n{\"a\": }", "line 3"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fault why = FAULT_INIT;
		auto_json json = NULL;
		int rc = json_parse_object(
			cases[i].text, strlen(cases[i].text), "f.json", &json, &why);

		if (cases[i].refused)
			assert_fault(rc, &why, FAULT_FORMAT, cases[i].refused);
		else
			assert_ok(rc, &why);
	}
}

static int parse_nested(unsigned depth, struct fault *why)
{
	auto_buf text = buf_make(10000);
	auto_json json = NULL;

	buf_add_text(&text, "{\"[[[[{{{{\\\"\": ");
	for (unsigned i = 1; i < depth; i++)
		buf_add_byte(&text, '[');
	for (unsigned i = 1; i < depth; i++)
		buf_add_byte(&text, ']');
	buf_add_text(&text, depth > 1 ? "}" : "0}");
	return json_parse_object(text.bytes, text.len, "f.json", &json, why);
}

static void depth_and_size_have_their_limits(void **state)
{
	struct fault why = FAULT_INIT;
	auto_json json = NULL;
	auto_buf large = buf_make(LIMIT_JSON_BYTES + 1);

	(void)state;
	assert_ok(parse_nested(1, &why), &why);
	assert_ok(parse_nested(LIMIT_JSON_DEPTH, &why), &why);
	assert_fault(parse_nested(LIMIT_JSON_DEPTH + 1, &why), &why, FAULT_FORMAT, "deeper");
	memset(buf_extend(&large, LIMIT_JSON_BYTES + 1), ' ', LIMIT_JSON_BYTES + 1);
	memcpy(large.bytes, "{}", 2);
	assert_fault(json_parse_object(large.bytes, large.len, "f.json", &json, &why), &why,
		FAULT_LIMIT, "larger than");
	assert_ok(json_parse_object(large.bytes, large.len - 1, "f.json", &json, &why), &why);
	memset(large.bytes, ',', LIMIT_JSON_BYTES);
	memcpy(large.bytes, "{\"", 2);
	memcpy(large.bytes + LIMIT_JSON_VALUES_N, "\":", 2);
	assert_fault(json_parse_object(large.bytes, LIMIT_JSON_BYTES, "f.json", &json, &why), &why,
		FAULT_LIMIT, "more than");
}

static void writing_keeps_the_order_and_members_are_text_or_nothing(void **state)
{
	static const char text[] = "{\n  \"z\": \"last\",\n  \"a\": 1\n}\n";
	struct fault why = FAULT_INIT;
	auto_json json = NULL;
	auto_buf out = buf_make(1000);

	(void)state;
	assert_ok(json_parse_object(text, strlen(text), "f.json", &json, &why), &why);
	assert_ok(json_format(json, &out, &why), &why);
	assert_string_equal(buf_text(&out), text);
	assert_string_equal(json_member_text(json, "z"), "last");
	assert_null(json_member_text(json, "a"));
	assert_null(json_member_text(json, "none"));
}

static void a_path_of_any_bytes_goes_there_and_back(void **state)
{
	static const char *const paths[][2] = {
		{"/etc/ssl", "/etc/ssl"},
		{"/a%41\xe4\n", "/a%2541%E4\n"},
		{"/\xc3\xa4", "/%C3%A4"},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		auto_json json = json_path(paths[i][0]);
		auto_free char *back = json_path_bytes(json_string_value(json));

		assert_string_equal(json_string_value(json), paths[i][1]);
		assert_string_equal(back, paths[i][0]);
	}
	{
		auto_free char *odd = json_path_bytes("%zz%4%");

		assert_string_equal(odd, "%zz%4%");
	}
}

static void what_is_not_utf8_is_shown_all_the_same(void **state)
{
	auto_json good = json_shown("\xc3\xa4\\");
	auto_json bad = json_shown("\xe4\\");

	(void)state;
	assert_string_equal(json_string_value(good), "\xc3\xa4\\");
	assert_string_equal(json_string_value(bad), "\\xe4\\\\");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_path_of_any_bytes_goes_there_and_back),
	cmocka_unit_test(what_is_not_utf8_is_shown_all_the_same),
	cmocka_unit_test(only_a_whole_object_is_taken),
	cmocka_unit_test(depth_and_size_have_their_limits),
	cmocka_unit_test(writing_keeps_the_order_and_members_are_text_or_nothing),
};

int main(void)
{
	return run_group("json", tests);
}
