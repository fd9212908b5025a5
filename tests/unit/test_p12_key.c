/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <openssl/evp.h>

#include "src/base/limits.h"
#include "stores/java/p12_key.h"
#include "tests/unit/golden.h"

static struct p12_recipe recipe_make(void)
{
	return (struct p12_recipe){.kdf = P12_KDF_PBKDF2,
		.md = EVP_sha256(),
		.password = "passwd",
		.salt = (const uint8_t *)"salt",
		.salt_len = 4,
		.rounds = 1,
		.len = 64};
}

static void make(struct p12_keys *keys, const struct p12_recipe *recipe, uint8_t *ret)
{
	struct fault why = FAULT_INIT;

	assert_ok(p12_key_make(keys, recipe, ret, &why), &why);
}

/* RFC 7914, 11. */
static void pbkdf2_is_that_of_the_rfc(void **state)
{
	static const uint8_t wanted[] = {0x55, 0xac, 0x04, 0x6e, 0x56, 0xe3, 0x08, 0x9f};
	const struct p12_recipe recipe = recipe_make();
	uint8_t key[P12_KEY_MOST];

	(void)state;
	make(NULL, &recipe, key);
	assert_memory_equal(key, wanted, sizeof(wanted));
}

static void a_key_is_made_once(void **state)
{
	const struct p12_recipe recipe = recipe_make();
	struct p12_keys keys = {0};
	uint8_t first[P12_KEY_MOST], second[P12_KEY_MOST];

	(void)state;
	make(&keys, &recipe, first);
	make(&keys, &recipe, second);
	assert_int_equal(keys.made_n, 1);
	assert_memory_equal(first, second, sizeof(first));
	/* What is remembered is what is given. */
	keys.at[0].key[0] ^= 1;
	make(&keys, &recipe, second);
	assert_int_equal(second[0], first[0] ^ 1);
	p12_keys_clear(&keys);
	make(&keys, &recipe, second);
	assert_memory_equal(first, second, sizeof(first));
}

static void every_ingredient_counts(void **state)
{
	const struct p12_recipe plain = recipe_make();
	struct p12_recipe rows[9];
	struct p12_keys keys = {0};
	size_t n = sizeof(rows) / sizeof(rows[0]);

	(void)state;
	for (size_t i = 0; i < n; i++)
		rows[i] = plain;
	rows[1].kdf = P12_KDF_KEY;
	rows[2].kdf = P12_KDF_IV;
	rows[3].md = EVP_sha1();
	rows[4].password = "passwe";
	rows[5].salt = (const uint8_t *)"SALT";
	rows[6].salt_len = 3;
	rows[7].rounds = 2;
	rows[8].len = 63;
	for (size_t i = 0; i < n; i++) {
		uint8_t key[P12_KEY_MOST] = {0}, alone[P12_KEY_MOST] = {0};

		make(&keys, &rows[i], key);
		make(NULL, &rows[i], alone);
		assert_int_equal(keys.made_n, i + 1);
		assert_memory_equal(key, alone, sizeof(key));
	}
}

static void an_empty_password_is_not_none(void **state)
{
	struct p12_recipe recipe = recipe_make();
	struct p12_keys keys = {0};
	uint8_t empty[P12_KEY_MOST], none[P12_KEY_MOST];

	(void)state;
	recipe.kdf = P12_KDF_MAC;
	recipe.password = "";
	make(&keys, &recipe, empty);
	recipe.password = NULL;
	make(&keys, &recipe, none);
	assert_memory_not_equal(empty, none, sizeof(none));
}

static void the_oldest_is_forgotten(void **state)
{
	struct p12_recipe recipe = recipe_make();
	struct p12_keys keys = {0};
	uint8_t key[P12_KEY_MOST], alone[P12_KEY_MOST];

	(void)state;
	for (recipe.rounds = 1; recipe.rounds <= P12_KEYS_N + 1; recipe.rounds++)
		make(&keys, &recipe, key);
	recipe.rounds = 1;
	make(&keys, &recipe, key);
	make(NULL, &recipe, alone);
	assert_memory_equal(key, alone, sizeof(key));
	assert_int_equal(keys.made_n, P12_KEYS_N + 2);
	recipe.rounds = P12_KEYS_N + 1;
	make(&keys, &recipe, key);
	assert_int_equal(keys.made_n, P12_KEYS_N + 2);
}

/* One for its MAC, one for its encryption; "not-it" is tried on the MAC first. */
/* As a thousand keystores with as many rounds as are allowed would make them. */
static void the_rounds_of_a_run_have_a_limit(void **state)
{
	struct p12_recipe recipe = recipe_make();
	struct p12_keys keys = {.rounds_n = LIMIT_RUN_ROUNDS_N - 3};
	uint8_t key[P12_KEY_MOST];
	struct fault why = FAULT_INIT;

	(void)state;
	recipe.rounds = 3;
	make(&keys, &recipe, key);
	make(&keys, &recipe, key);
	recipe.rounds = 1;
	assert_fault(p12_key_make(&keys, &recipe, key, &why), &why, FAULT_LIMIT, "of this run");
}

static void a_keystore_read_again_derives_nothing(void **state)
{
	auto_opened file = {0};
	struct p12_keys keys = {0};
	struct fault why = FAULT_INIT;

	(void)state;
	golden_open("p12-fast", "changeit", &file);
	file.source.keys = &keys;
	for (int i = 0; i < 2; i++) {
		assert_ok(keystore_read(&file.source, NULL, NULL, &why), &why);
		assert_int_equal(keys.made_n, 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pbkdf2_is_that_of_the_rfc),
		cmocka_unit_test(a_key_is_made_once),
		cmocka_unit_test(every_ingredient_counts),
		cmocka_unit_test(an_empty_password_is_not_none),
		cmocka_unit_test(the_oldest_is_forgotten),
		cmocka_unit_test(the_rounds_of_a_run_have_a_limit),
		cmocka_unit_test(a_keystore_read_again_derives_nothing),
	};

	return run_group("p12_key", tests);
}
