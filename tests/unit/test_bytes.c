/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/base/bytes.h"

static void numbers_are_big_endian(void **state)
{
	static const uint8_t at[] = {1, 2, 3, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9, 0xf8};
	struct bytes in = bytes_make(at, sizeof(at));

	(void)state;
	assert_int_equal(bytes_be(&in, 1), 1);
	assert_int_equal(bytes_be(&in, 2), 0x203);
	assert_true(bytes_be(&in, 8) == 0xfffefdfcfbfaf9f8);
	assert_int_equal(in.left, 0);
	assert_false(in.failed);
}

static void nothing_can_be_had_beyond_the_end(void **state)
{
	static const uint8_t at[] = {1, 2, 3};
	static const size_t lens[] = {4, 100, SIZE_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct bytes in = bytes_make(at, sizeof(at));

		assert_null(bytes_take(&in, lens[i]));
		assert_true(in.failed);
		assert_null(bytes_take(&in, 1));
		assert_int_equal(bytes_be(&in, 1), 0);
	}
}

static void the_last_byte_and_no_byte_can_be_had(void **state)
{
	static const uint8_t at[] = {7};
	struct bytes in = bytes_make(at, sizeof(at));

	(void)state;
	assert_ptr_equal(bytes_take(&in, 1), at);
	assert_non_null(bytes_take(&in, 0));
	assert_false(in.failed);
	assert_int_equal(bytes_be(&in, 2), 0);
	assert_true(in.failed);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(numbers_are_big_endian),
	cmocka_unit_test(nothing_can_be_had_beyond_the_end),
	cmocka_unit_test(the_last_byte_and_no_byte_can_be_had),
};

int main(void)
{
	return run_group("bytes", tests);
}
