/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <errno.h>
#include <openssl/err.h>

#include "src/x509/ossl.h"

/* With OpenSSL started as the program starts it: its texts come when they are asked for. */
static void a_fault_has_openssls_reason(void **state)
{
	static const uint8_t bytes[] = {0x31, 0x01, 0x00};
	const uint8_t *at = bytes;
	struct fault why = FAULT_INIT;

	(void)state;
	assert_null(d2i_X509(NULL, &at, sizeof(bytes)));
	assert_fault(fault_ossl(&why, "file %d", 7), &why, FAULT_FORMAT, "file 7: wrong tag");
	assert_int_equal(ERR_peek_error(), 0);
	assert_null(EVP_MD_fetch(NULL, "NONE", NULL));
	assert_fault(fault_ossl(&why, "it"), &why, FAULT_FORMAT, "it: unsupported");
}

static void without_a_reason_the_text_stands_alone(void **state)
{
	char room[OSSL_REASON_LEN];
	struct fault why = FAULT_INIT;

	(void)state;
	assert_int_equal(fault_ossl(&why, "it"), -1);
	assert_string_equal(why.text, "it");
	fault_clear(&why);
	assert_null(ossl_reason(0, room));
	ERR_raise(ERR_LIB_USER, 999);
	assert_fault(fault_ossl(&why, "it"), &why, FAULT_FORMAT, "it: OpenSSL error 40");
}

static void memory_that_ran_out_is_told_as_such(void **state)
{
	struct fault why = FAULT_INIT;

	(void)state;
	ERR_raise(ERR_LIB_ASN1, ERR_R_MALLOC_FAILURE);
	ERR_raise(ERR_LIB_ASN1, ERR_R_NESTED_ASN1_ERROR);
	assert_int_equal(fault_ossl(&why, "it"), -1);
	assert_int_equal(why.kind, FAULT_SYSTEM);
	assert_int_equal(why.sys, ENOMEM);
}

/* Certificates are read and verified, and TLS is prepared, without the names of ciphers. */
static void the_start_leaves_what_runs_need(void **state)
{
	auto_SSL_CTX ctx = NULL;

	(void)state;
	assert_null(EVP_get_cipherbyname("AES-256-CBC"));
	assert_non_null(EVP_get_digestbyname("SHA256"));
	ctx = SSL_CTX_new(TLS_client_method());
	assert_non_null(ctx);
	assert_true(sk_SSL_CIPHER_num(SSL_CTX_get_ciphers(ctx)) > 40);
}

static void base64_is_as_the_rfc_has_it(void **state)
{
	static const char *const cases[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="},
		{"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="},
		{"foobar", "Zm9vYmFy"}, {"\xff\xfe\xfd", "//79"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_free char *got =
			digest_base64((const uint8_t *)cases[i][0], strlen(cases[i][0]));

		assert_string_equal(got, cases[i][1]);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_fault_has_openssls_reason),
	cmocka_unit_test(without_a_reason_the_text_stands_alone),
	cmocka_unit_test(memory_that_ran_out_is_told_as_such),
	cmocka_unit_test(the_start_leaves_what_runs_need),
	cmocka_unit_test(base64_is_as_the_rfc_has_it),
};

int main(void)
{
	ossl_start(false);
	return run_group("ossl", tests);
}
