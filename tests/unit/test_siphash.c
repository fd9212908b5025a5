/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/base/siphash.h"

/* The paper's appendix A, and other lengths by OpenSSL 3.0 (openssl mac -macopt size:8 SIPHASH). */
static void the_published_values_come_out(void **state)
{
	static const struct {
		size_t len;
		uint64_t value;
	} rows[] = {
		{15, 0xa129ca6149be45e5},
		{0, 0x726fdb47dd0e0e31},
		{8, 0x93f5f5799a932462},
	};
	const struct siphash_key key = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
	uint8_t text[16];

	(void)state;
	for (uint8_t i = 0; i < sizeof(text); i++)
		text[i] = i;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(siphash(&key, text, rows[i].len) == rows[i].value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_values_come_out),
	};

	return run_group("siphash", tests);
}
