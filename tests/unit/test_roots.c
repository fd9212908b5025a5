/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/base/text.h"
#include "src/x509/roots.h"
#include "tests/unit/make_cert.h"

static void public_roots_are_known_by_fingerprint(void **state)
{
	static const struct {
		const char *sha256;
		bool is_public;
	} rows[] = {
		/* ISRG Root X1, GlobalSign Root CA - R3, DigiCert Global Root G2 */
		{"96bcec06264976f37460779acf28c5a7cfe8a3c0aae11a8ffcee05c0bddf08c6", true},
		{"cbb522d7b7f127ad6a0113865bdf1cd4102e7d0759af635a7cf4720dc963c53b", true},
		{"cb3ccbb76031e5e0138f8dd39a23f9de47ffc35e43c1144cea27d46a5ab1cb5f", true},
		{"cb3ccbb76031e5e0138f8dd39a23f9de47ffc35e43c1144cea27d46a5ab1cb5e", false},
		{"0000000000000000000000000000000000000000000000000000000000000000", false},
		{"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", false},
	};
	uint8_t sha256[DIGEST_SHA256_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(text_unhex(rows[i].sha256, sha256, sizeof(sha256)));
		assert_int_equal(roots_hold(sha256), rows[i].is_public);
	}
	assert_non_null(strstr(roots_source, "ca-certificates "));
}

static void the_subject_hash_of_a_public_root_is_at_hand(void **state)
{
	/* openssl x509 -subject_hash says 4042bcee of ISRG Root X1 */
	uint8_t sha256[DIGEST_SHA256_LEN];
	uint32_t hash = 0;

	(void)state;
	assert_true(text_unhex("96bcec06264976f37460779acf28c5a7cfe8a3c0aae11a8ffcee05c0bddf08c6",
		sha256, sizeof(sha256)));
	assert_true(roots_subject_hash(sha256, &hash));
	assert_int_equal(hash, 0x4042bcee);
	sha256[0] ^= 1;
	assert_false(roots_subject_hash(sha256, &hash));
}

static void public_roots_are_known_by_subject(void **state)
{
	/* C = US, O = Internet Security Research Group, CN = ISRG Root X1 */
	static const uint8_t isrg[] = "\x30\x4f\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02"
				      "US"
				      "\x31\x29\x30\x27\x06\x03\x55\x04\x0a\x13\x20"
				      "Internet Security Research Group"
				      "\x31\x15\x30\x13\x06\x03\x55\x04\x03\x13\x0c"
				      "ISRG Root X1";
	auto_made own = make_cert(&(struct recipe){.cn = "ISRG Root X1", .is_ca = true});
	size_t len;
	const uint8_t *name = cert_subject_der(own.cert, &len);

	(void)state;
	assert_true(roots_have_subject(isrg, sizeof(isrg) - 1));
	assert_false(roots_have_subject(isrg, sizeof(isrg) - 2));
	assert_false(roots_have_subject(name, len));
	assert_false(cert_is_public_root(own.cert));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(public_roots_are_known_by_fingerprint),
		cmocka_unit_test(the_subject_hash_of_a_public_root_is_at_hand),
		cmocka_unit_test(public_roots_are_known_by_subject),
	};

	return run_group("roots", tests);
}
