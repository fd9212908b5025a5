/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/base/buf.h"

static void appends_add_up_and_end_in_nul(void **state)
{
	struct fault why = FAULT_INIT;
	auto_buf buf = buf_make(1000);

	(void)state;
	assert_string_equal(buf_text(&buf), "");
	buf_add(&buf, "ab", 2);
	buf_add_text(&buf, "cd");
	buf_add_byte(&buf, 'e');
	buf_printf(&buf, "%d", 42);
	memcpy(buf_extend(&buf, 1), "!", 1);
	assert_ok(buf_check(&buf, "it", &why), &why);
	assert_int_equal(buf.len, 8);
	assert_string_equal(buf_text(&buf), "abcde42!");
	buf_clear(&buf);
	assert_string_equal(buf_text(&buf), "");
	assert_int_equal(buf.max, 1000);
}

static void the_ceiling_holds_and_sticks(void **state)
{
	struct fault why = FAULT_INIT;
	auto_buf buf = buf_make(5);

	(void)state;
	buf_add(&buf, "12345", 5);
	assert_ok(buf_check(&buf, "it", &why), &why);
	buf_add(&buf, "", 0);
	assert_ok(buf_check(&buf, "it", &why), &why);
	buf_add_byte(&buf, '6');
	assert_null(buf_extend(&buf, 0));
	assert_fault(buf_check(&buf, "it", &why), &why, FAULT_LIMIT, "it is larger than 5 bytes");
	assert_string_equal(buf_text(&buf), "12345");
}

static void sizes_that_overflow_are_over_the_ceiling(void **state)
{
	struct fault why = FAULT_INIT;
	auto_buf buf = buf_make(SIZE_MAX / 4);

	(void)state;
	buf_add_byte(&buf, 'x');
	assert_null(buf_extend(&buf, SIZE_MAX));
	assert_fault(buf_check(&buf, "it", &why), &why, FAULT_LIMIT, "larger");
}

static void growing_keeps_every_byte(void **state)
{
	auto_buf buf = buf_make(100000);

	(void)state;
	for (unsigned i = 0; i < 100000; i++)
		buf_add_byte(&buf, (uint8_t)(i * 7));
	assert_int_equal(buf.len, 100000);
	for (unsigned i = 0; i < 100000; i++)
		assert_int_equal(buf.bytes[i], (uint8_t)(i * 7));
}

static void taken_bytes_are_the_callers(void **state)
{
	auto_buf buf = buf_make(10);
	size_t len = 9;
	uint8_t *bytes = buf_take(&buf, &len);

	(void)state;
	assert_bytes(bytes, len + 1, "", 1);
	free(bytes);
	buf_add_text(&buf, "abc");
	bytes = buf_take(&buf, &len);
	assert_bytes(bytes, len + 1, "abc", 4);
	free(bytes);
	assert_int_equal(buf.len, 0);
	buf_add_text(&buf, "more");
	assert_string_equal(buf_text(&buf), "more");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(appends_add_up_and_end_in_nul),
	cmocka_unit_test(the_ceiling_holds_and_sticks),
	cmocka_unit_test(sizes_that_overflow_are_over_the_ceiling),
	cmocka_unit_test(growing_keeps_every_byte),
	cmocka_unit_test(taken_bytes_are_the_callers),
};

int main(void)
{
	return run_group("buf", tests);
}
