/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <openssl/pkcs12.h>

#include "src/base/limits.h"
#include "stores/java/p12_crypt.h"
#include "tests/unit/golden.h"

/* The AlgorithmIdentifier of an encryption, and one text under it. */
struct sealed {
	struct buf algorithm, text;
};

static void sealed_free(struct sealed *it)
{
	buf_free(&it->algorithm);
	buf_free(&it->text);
}
CLEANUP_VALUE(sealed, sealed_free)
#define auto_sealed CLEANUP(sealed) struct sealed

static const char plain[] = "what OpenSSL encrypted";

/* OpenSSL encrypts; a `cipher` is one of PBES2, else `nid` is a scheme of PKCS#12. */
static struct sealed seal(int nid, const EVP_CIPHER *cipher, int prf, int rounds)
{
	struct sealed ret = {buf_make(LIMIT_MIB), buf_make(LIMIT_MIB)};
	uint8_t salt[] = "saltsalt", iv[] = "0123456789abcdef", *der = NULL, *text = NULL;
	X509_ALGOR *algorithm = cipher ? PKCS5_pbe2_set_iv(cipher, rounds, salt, 8, iv, prf)
				       : PKCS5_pbe_set(nid, rounds, salt, 8);
	int len = i2d_X509_ALGOR(algorithm, &der), text_len;

	assert_in_range(len, 1, 1000);
	buf_add(&ret.algorithm, der, (size_t)len);
	assert_non_null(PKCS12_pbe_crypt(algorithm, "secret", 6, (const uint8_t *)plain,
		sizeof(plain), &text, &text_len, 1));
	buf_add(&ret.text, text, (size_t)text_len);
	OPENSSL_free(der);
	OPENSSL_free(text);
	X509_ALGOR_free(algorithm);
	return ret;
}

static int open_it(struct p12_crypt *crypt, const struct sealed *it, bool *ret, struct fault *why)
{
	auto_buf out = buf_make(LIMIT_MIB);
	int rc = p12_decrypt(crypt, bytes_make(it->algorithm.bytes, it->algorithm.len),
		bytes_make(it->text.bytes, it->text.len), &out, ret, why);

	if (rc == 0 && *ret)
		assert_bytes(out.bytes, out.len, (const uint8_t *)plain, sizeof(plain));
	return rc;
}

/* Opens what OpenSSL sealed; the number of keys that were derived so far. */
static size_t opens(struct p12_crypt *crypt, const struct sealed *it)
{
	struct fault why = FAULT_INIT;
	bool fits = false;

	assert_ok(open_it(crypt, it, &fits, &why), &why);
	assert_true(fits);
	return crypt->keys_n;
}

static void what_openssl_encrypted_is_decrypted_and_back(void **state)
{
	const struct {
		int nid;
		const EVP_CIPHER *cipher;
		int prf;
	} rows[] = {
		{NID_pbe_WithSHA1And3_Key_TripleDES_CBC, NULL, 0},
		{NID_pbe_WithSHA1And2_Key_TripleDES_CBC, NULL, 0},
		{0, EVP_aes_128_cbc(), NID_hmacWithSHA1},
		{0, EVP_aes_256_cbc(), NID_hmacWithSHA256},
		{0, EVP_aes_192_cbc(), NID_hmacWithSHA512},
		{0, EVP_des_ede3_cbc(), NID_hmacWithSHA224},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct p12_crypt crypt = {.password = "secret", .rounds_left = 100};
		auto_sealed it = seal(rows[i].nid, rows[i].cipher, rows[i].prf, 10), again = {0};
		auto_buf text = buf_make(LIMIT_MIB);
		struct fault why = FAULT_INIT;

		assert_int_equal(opens(&crypt, &it), 1);
		buf_add(&text, plain, sizeof(plain));
		again = (struct sealed){buf_make(LIMIT_MIB), buf_make(LIMIT_MIB)};
		buf_add(&again.algorithm, it.algorithm.bytes, it.algorithm.len);
		assert_ok(p12_encrypt(&crypt, &again.algorithm, &text, &again.text, &why), &why);
		assert_memory_not_equal(
			again.algorithm.bytes, it.algorithm.bytes, it.algorithm.len);
		assert_int_equal(opens(&crypt, &again), 3);
		p12_crypt_close(&crypt);
	}
}

static void a_key_is_made_once(void **state)
{
	struct p12_crypt crypt = {.password = "secret", .rounds_left = 1000};
	auto_sealed it = seal(0, EVP_aes_256_cbc(), NID_hmacWithSHA256, 10);

	(void)state;
	assert_int_equal(opens(&crypt, &it), 1);
	assert_int_equal(opens(&crypt, &it), 1);
	assert_int_equal(crypt.rounds_n, 10);
	p12_crypt_close(&crypt);
	assert_int_equal(crypt.keys_n, 0);
}

static void every_ingredient_counts(void **state)
{
	struct p12_crypt crypt = {.password = "secret", .rounds_left = 1000};
	auto_sealed it = seal(0, EVP_aes_256_cbc(), NID_hmacWithSHA256, 10);
	auto_sealed rounds = seal(0, EVP_aes_256_cbc(), NID_hmacWithSHA256, 11);
	auto_sealed cipher = seal(0, EVP_aes_128_cbc(), NID_hmacWithSHA256, 10);
	auto_sealed prf = seal(0, EVP_aes_256_cbc(), NID_hmacWithSHA1, 10);
	struct fault why = FAULT_INIT;
	bool fits;

	(void)state;
	assert_int_equal(opens(&crypt, &it), 1);
	assert_int_equal(opens(&crypt, &rounds), 2);
	assert_int_equal(opens(&crypt, &cipher), 3);
	assert_int_equal(opens(&crypt, &prf), 4);
	crypt.password = "secres";
	assert_ok(open_it(&crypt, &it, &fits, &why), &why);
	assert_false(fits);
	assert_int_equal(crypt.keys_n, 5);
	crypt.password = "";
	assert_ok(open_it(&crypt, &it, &fits, &why), &why);
	crypt.password = NULL;
	assert_ok(open_it(&crypt, &it, &fits, &why), &why);
	assert_int_equal(crypt.keys_n, 7);
	p12_crypt_close(&crypt);
}

static void the_oldest_is_forgotten(void **state)
{
	struct p12_crypt crypt = {.password = "secret", .rounds_left = 10000};
	auto_sealed first = seal(0, EVP_aes_256_cbc(), NID_hmacWithSHA256, 1);

	(void)state;
	opens(&crypt, &first);
	for (int rounds = 2; rounds <= P12_KEYS_N + 1; rounds++) {
		auto_sealed it = seal(0, EVP_aes_256_cbc(), NID_hmacWithSHA256, rounds);

		assert_int_equal(opens(&crypt, &it), rounds);
		assert_int_equal(opens(&crypt, &it), rounds);
	}
	assert_int_equal(opens(&crypt, &first), P12_KEYS_N + 2);
	p12_crypt_close(&crypt);
}

/* As a thousand keystores with as many rounds as are allowed would make them. */
static void the_rounds_of_a_run_have_a_limit(void **state)
{
	struct p12_crypt crypt = {
		.password = "secret", .rounds_left = 100, .rounds_n = LIMIT_RUN_ROUNDS_N - 3};
	auto_sealed three = seal(0, EVP_aes_256_cbc(), NID_hmacWithSHA256, 3);
	auto_sealed one = seal(0, EVP_aes_256_cbc(), NID_hmacWithSHA256, 1);
	struct fault why = FAULT_INIT;
	bool fits;

	(void)state;
	opens(&crypt, &three);
	opens(&crypt, &three);
	assert_fault(open_it(&crypt, &one, &fits, &why), &why, FAULT_LIMIT, "of this run");
	crypt.rounds_left = 2;
	fault_clear(&why);
	assert_fault(open_it(&crypt, &three, &fits, &why), &why, FAULT_LIMIT, "in all");
	p12_crypt_close(&crypt);
}

/* One for its encryption, two for its MAC, on which "not-it" is tried first. */
static void a_keystore_read_again_derives_nothing(void **state)
{
	auto_opened file = {0};
	struct p12_crypt crypt = {0};
	struct fault why = FAULT_INIT;

	(void)state;
	golden_open("p12-fast", "changeit", &file);
	file.source.crypt = &crypt;
	for (int i = 0; i < 2; i++) {
		assert_ok(keystore_read(&file.source, NULL, NULL, &why), &why);
		assert_int_equal(crypt.keys_n, 3);
	}
	p12_crypt_close(&crypt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_openssl_encrypted_is_decrypted_and_back),
		cmocka_unit_test(a_key_is_made_once),
		cmocka_unit_test(every_ingredient_counts),
		cmocka_unit_test(the_oldest_is_forgotten),
		cmocka_unit_test(the_rounds_of_a_run_have_a_limit),
		cmocka_unit_test(a_keystore_read_again_derives_nothing),
	};

	return run_group("p12_crypt", tests);
}
