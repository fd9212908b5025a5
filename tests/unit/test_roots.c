/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/base/text.h"
#include "src/x509/cert.h"
#include "src/x509/der.h"
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
	uint32_t hash;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(text_unhex(rows[i].sha256, sha256, sizeof(sha256)));
		assert_int_equal(roots_find(sha256, &hash), rows[i].is_public);
	}
}

static void the_subject_hash_of_a_public_root_is_at_hand(void **state)
{
	/* openssl x509 -subject_hash says 4042bcee of ISRG Root X1 */
	uint8_t sha256[DIGEST_SHA256_LEN];
	uint32_t hash = 0;

	(void)state;
	assert_true(text_unhex("96bcec06264976f37460779acf28c5a7cfe8a3c0aae11a8ffcee05c0bddf08c6",
		sha256, sizeof(sha256)));
	assert_true(roots_find(sha256, &hash));
	assert_int_equal(hash, 0x4042bcee);
	sha256[0] ^= 1;
	assert_false(roots_find(sha256, &hash));
}

/* A certificate with this issuer, and nothing else that can be decoded. */
static struct cert *issued_by(const void *name, size_t len)
{
	static const uint8_t serial[] = {2, 1, 1, 0x30, 0}, empty[] = {0x30, 0, 0x30, 0, 0x30, 0};
	static const uint8_t signature[] = {0x30, 0, 3, 1, 0};
	auto_buf out = buf_make(4096);
	struct fault why = FAULT_INIT;
	struct cert *ret = NULL;

	buf_add(&out, serial, sizeof(serial));
	buf_add(&out, name, len);
	buf_add(&out, empty, sizeof(empty));
	der_wrap(&out, 0, DER_SEQUENCE);
	buf_add(&out, signature, sizeof(signature));
	der_wrap(&out, 0, DER_SEQUENCE);
	assert_ok(cert_make(out.bytes, out.len, &ret, &why), &why);
	return ret;
}

static void public_roots_are_known_by_subject(void **state)
{
	/* C = US, O = Internet Security Research Group, CN = ISRG Root X1, in any case */
	static const char isrg[] = "\x30\x4f\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02"
				   "US"
				   "\x31\x29\x30\x27\x06\x03\x55\x04\x0a\x13\x20"
				   "Internet Security Research Group"
				   "\x31\x15\x30\x13\x06\x03\x55\x04\x03\x13\x0c"
				   "isrg root x1";
	auto_cert public = issued_by(isrg, sizeof(isrg) - 1);
	auto_cert damaged = issued_by("\x30\x02\x31\x05", 4);
	auto_made own = make_cert(&(struct recipe){.cn = "ISRG Root X1", .is_ca = true});

	(void)state;
	assert_true(cert_issuer_is_public(public));
	assert_false(cert_issuer_is_public(damaged));
	assert_false(cert_issuer_is_public(own.cert));
	assert_false(own.cert->is_public_root);
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
