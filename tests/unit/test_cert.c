/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <openssl/x509.h>
#include <stdio.h>

#include "src/base/buf.h"
#include "src/base/limits.h"
#include "src/x509/der.h"
#include "tests/unit/make_cert.h"

static void der_is_kept_exactly(void **state)
{
	auto_made made = make_cert(&(struct recipe){.cn = "A", .is_ca = true});
	auto_cert copy = NULL;
	struct fault why = FAULT_INIT;
	size_t len = made.cert->der.left;
	const uint8_t *der = made.cert->der.at;

	(void)state;
	assert_ok(cert_make(der, len, &copy, &why), &why);
	assert_bytes(copy->der.at, copy->der.left, der, len);
	assert_true(cert_same(copy, made.cert));
}

static void every_byte_cut_off_is_noticed(void **state)
{
	auto_made made = make_cert(&(struct recipe){.cn = "A", .is_ca = true});
	auto_cert none = NULL;
	struct fault why = FAULT_INIT;
	size_t len = made.cert->der.left;
	const uint8_t *der = made.cert->der.at;

	(void)state;
	for (size_t i = 0; i < len; i++)
		assert_fault(cert_make(der, i, &none, &why), &why, FAULT_FORMAT,
			"not a DER certificate: RFC 5280 4.1: bad or missing");
	assert_null(none);
}

static void a_certificate_that_is_too_large_is_a_limit(void **state)
{
	auto_free uint8_t *der = calloc(1, LIMIT_MIB);
	auto_cert none = NULL;
	struct fault why = FAULT_INIT;

	(void)state;
	assert_fault(cert_make(der, LIMIT_MIB, &none, &why), &why, FAULT_LIMIT,
		"a certificate is larger than");
}

static void lengths_must_be_definite_and_short(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool is_good;
	} rows[] = {
		{"\x30\x00", 2, true},
		{"\x30\x80\x00\x00", 4, false}, /* indefinite */
		{"\x30\x81\x01\x00", 4, false}, /* 01 would do */
		{"\x30\x82\x00\x80", 4, false},
		{"\x30\x85\x01\x00\x00\x00\x00", 7, false},
		{"\x30\x84\xff\xff\xff\xff", 6, false},
		{"\x3f\x81\x00\x00", 4, false}, /* a tag of two bytes */
		{"\x30", 1, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bytes in = bytes_make(rows[i].bytes, rows[i].len);
		struct der der;

		assert_int_equal(der_take(&in, &der), rows[i].is_good);
	}
	for (size_t len = 0; len < 0x1000000; len = len * 2 + 1) {
		auto_buf out = buf_make(0x2000000);
		struct bytes in;
		struct der der;

		buf_extend(&out, len);
		der_wrap(&out, 0, DER_SEQUENCE);
		in = bytes_make(out.bytes, out.len);
		assert_true(der_take_tag(&in, DER_SEQUENCE, &der) && in.left == 0);
		assert_int_equal(der.inside.left, len);
	}
}

static void a_subjects_hash_is_openssls(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "A", .is_ca = true});
	auto_made leaf = make_cert(&(struct recipe){.cn = "a.test", .issuer = &root});
	struct fault why = FAULT_INIT;
	uint32_t hash;
	X509 *x509;

	(void)state;
	assert_ok(cert_subject_hash(leaf.cert, &hash, &why), &why);
	assert_ok(cert_parse(leaf.cert, &x509, &why), &why);
	assert_int_equal(hash, X509_subject_name_hash(x509));
}

static void an_issuer_needs_the_name_and_the_key(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "A", .is_ca = true});
	auto_made namesake = make_cert(&(struct recipe){.cn = "A", .is_ca = true});
	auto_made renamed =
		make_cert(&(struct recipe){.cn = "B", .is_ca = true, .same_key = &root});
	auto_made spaced =
		make_cert(&(struct recipe){.cn = " a ", .is_ca = true, .same_key = &root});
	auto_made leaf = make_cert(&(struct recipe){.cn = "a.test", .issuer = &root});

	(void)state;
	assert_true(cert_issued(root.cert, leaf.cert));
	assert_true(cert_names_match(namesake.cert, leaf.cert));
	assert_false(cert_issued(namesake.cert, leaf.cert));
	assert_false(cert_issued(renamed.cert, leaf.cert));
	assert_true(cert_issued(spaced.cert, leaf.cert));
	assert_true(cert_is_self_signed(root.cert));
	assert_false(cert_is_self_signed(leaf.cert));
}

static void a_ca_has_constraints_and_usage(void **state)
{
	static const struct {
		struct recipe recipe;
		bool is_ca;
	} rows[] = {
		{{.cn = "A", .is_ca = true}, true},
		{{.cn = "A", .is_ca = true, .key_usage = ""}, true},
		{{.cn = "A", .is_ca = true, .key_usage = "cRLSign"}, false},
		{{.cn = "A", .is_ca = true, .basic_constraints = ""}, false},
		{{.cn = "A", .is_ca = true, .basic_constraints = "CA:FALSE"}, false},
		{{.cn = "A", .is_v1 = true}, false},
		{{.cn = "a.test"}, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_made made = make_cert(&rows[i].recipe);

		assert_int_equal(cert_is_ca(made.cert), rows[i].is_ca);
	}
}

static void facts_tell_it_all(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "A", .is_ca = true, .rsa_bits = 1024});
	auto_made leaf = make_cert(&(struct recipe){.cn = "a.test",
		.issuer = &root,
		.not_before = 1600000000,
		.not_after = 1700000000});
	auto_cert_facts facts = {0};
	auto_cert_facts above = {0};
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(cert_facts_make(leaf.cert, &facts, &why), &why);
	assert_ok(cert_facts_make(root.cert, &above, &why), &why);
	assert_string_equal(facts.subject, "O = Trustfix Test, CN = a.test");
	assert_string_equal(facts.issuer, above.subject);
	assert_string_equal(facts.common_name, "a.test");
	assert_string_equal(facts.organization, "Trustfix Test");
	assert_string_equal(facts.key, "EC P-256");
	assert_string_equal(above.key, "RSA 1024");
	assert_string_equal(facts.signature, "sha256WithRSAEncryption");
	assert_string_equal(facts.authority_key_id, above.subject_key_id);
	assert_int_equal(strlen(facts.subject_key_id), 40);
	assert_int_equal(strlen(facts.serial), 16);
	assert_int_equal(facts.not_before, 1600000000);
	assert_int_equal(facts.not_after, 1700000000);
	assert_true(above.is_ca && above.is_self_signed);
	assert_false(root.cert->is_public_root);
	assert_false(facts.is_ca || facts.is_self_signed);
}

static void hostile_names_are_made_harmless(void **state)
{
	static const struct {
		const char *cn, *shown;
	} rows[] = {
		{"a\x1b[2J", "a\\x1b[2J"},
		{"two\nlines", "two\\x0alines"},
		{"\xe2\x80\xaetxt.exe", "\\xe2\\x80\\xaetxt.exe"},
		{"Z\xc3\xbcrich", "Z\xc3\xbcrich"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_made made = make_cert(&(struct recipe){.cn = rows[i].cn, .alt_name = ""});
		auto_cert_facts facts = {0};
		struct fault why = FAULT_INIT;

		assert_ok(cert_facts_make(made.cert, &facts, &why), &why);
		assert_string_equal(facts.common_name, rows[i].shown);
		assert_non_null(strstr(facts.subject, rows[i].shown));
	}
}

/* SEQUENCE { TBS { 1, {}, {}, {}, {}, {} }, {}, BIT STRING }: right outside, wrong inside. */
static void what_cannot_be_decoded_still_has_facts(void **state)
{
	static const uint8_t hollow[] = {0x30, 0x14, 0x30, 0x0d, 0x02, 0x01, 0x01, 0x30, 0, 0x30, 0,
		0x30, 0, 0x30, 0, 0x30, 0, 0x30, 0, 0x03, 0x01, 0};
	auto_cert cert = NULL;
	auto_cert_facts facts = {0};
	struct fault why = FAULT_INIT;
	X509 *x509;

	(void)state;
	assert_ok(cert_make(hollow, sizeof(hollow), &cert, &why), &why);
	assert_fault(
		cert_parse(cert, &x509, &why), &why, FAULT_FORMAT, "certificate cannot be decoded");
	assert_ok(cert_facts_make(cert, &facts, &why), &why);
	assert_string_equal(facts.subject, "");
	assert_int_equal(facts.not_after, 0);
	assert_int_equal(strlen(facts.sha256), 64);
	assert_false(cert_is_ca(cert) || cert_is_self_signed(cert));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(der_is_kept_exactly),
		cmocka_unit_test(every_byte_cut_off_is_noticed),
		cmocka_unit_test(a_certificate_that_is_too_large_is_a_limit),
		cmocka_unit_test(lengths_must_be_definite_and_short),
		cmocka_unit_test(a_subjects_hash_is_openssls),
		cmocka_unit_test(an_issuer_needs_the_name_and_the_key),
		cmocka_unit_test(a_ca_has_constraints_and_usage),
		cmocka_unit_test(facts_tell_it_all),
		cmocka_unit_test(hostile_names_are_made_harmless),
		cmocka_unit_test(what_cannot_be_decoded_still_has_facts),
	};

	return run_group("cert", tests);
}
