/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <openssl/x509.h>
#include <string.h>

#include "src/x509/dn.h"
#include "src/x509/ossl.h"
#include "tests/unit/make_cert.h"

/* A Name of O and CN of that type; the text is UTF-8 and converted as the type needs. */
static size_t make_name(int type, int nid, const char *text, uint8_t **ret)
{
	auto_X509_NAME name = X509_NAME_new();
	ASN1_STRING *value = NULL;
	unsigned long mask = ASN1_tag2bit(type);
	int len;

	assert_true(ASN1_mbstring_copy(&value, (const uint8_t *)text, -1, MBSTRING_UTF8, mask) > 0);
	assert_int_equal(ASN1_STRING_type(value), type);
	assert_int_equal(X509_NAME_add_entry_by_NID(name, nid, type, ASN1_STRING_get0_data(value),
				 ASN1_STRING_length(value), -1, 0),
		1);
	ASN1_STRING_free(value);
	*ret = NULL;
	len = i2d_X509_NAME(name, ret);
	assert_true(len > 0);
	return (size_t)len;
}

static const struct {
	int nid;
	int types[2];
	const char *texts[2];
	bool java, gnutls;
} rows[] = {
	{NID_commonName, {V_ASN1_UTF8STRING, V_ASN1_UTF8STRING}, {"Corp", "Corp"}, true, true},
	{NID_commonName, {V_ASN1_UTF8STRING, V_ASN1_UTF8STRING}, {"Corp", "Corps"}, false, false},
	{NID_commonName, {V_ASN1_UTF8STRING, V_ASN1_PRINTABLESTRING}, {"A B", " a  b "}, true,
		false},
	{NID_commonName, {V_ASN1_UTF8STRING, V_ASN1_PRINTABLESTRING}, {"A B", "A B"}, true, true},
	{NID_commonName, {V_ASN1_UTF8STRING, V_ASN1_T61STRING}, {"Corp", "Corp"}, false, true},
	{NID_commonName, {V_ASN1_UTF8STRING, V_ASN1_T61STRING}, {"\xc3\xbc", "\xc3\xbc"}, false,
		false},
	{NID_commonName, {V_ASN1_UTF8STRING, V_ASN1_BMPSTRING}, {"Corp", "Corp"}, false, true},
	{NID_commonName, {V_ASN1_UTF8STRING, V_ASN1_BMPSTRING},
		{"\xc3\xbc\xe4\xb8\xad", "\xc3\xbc\xe4\xb8\xad"}, false, true},
	{NID_commonName, {V_ASN1_BMPSTRING, V_ASN1_BMPSTRING}, {"Corp", "corp"}, false, false},
	{NID_commonName, {V_ASN1_UTF8STRING, V_ASN1_IA5STRING}, {"Corp", "Corp"}, false, false},
	{NID_commonName, {V_ASN1_UTF8STRING, V_ASN1_UNIVERSALSTRING}, {"Corp", "Corp"}, false,
		false},
	{NID_commonName, {V_ASN1_UTF8STRING, V_ASN1_UTF8STRING}, {"a\tb", "a b"}, false, false},
	{NID_commonName, {V_ASN1_UTF8STRING, V_ASN1_UTF8STRING}, {"a b\n", "A b"}, true, false},
	{NID_countryName, {V_ASN1_UTF8STRING, V_ASN1_PRINTABLESTRING}, {"US", "us"}, true, false},
	{NID_title, {V_ASN1_UTF8STRING, V_ASN1_PRINTABLESTRING}, {"x", "x"}, false, true},
	{NID_userId, {V_ASN1_UTF8STRING, V_ASN1_PRINTABLESTRING}, {"x", "x"}, true, true},
	{NID_serialNumber, {V_ASN1_UTF8STRING, V_ASN1_PRINTABLESTRING}, {"1", "1"}, false, false},
};

static void names_are_compared_as_each_program_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t *der[2];
		struct bytes names[2];

		for (size_t k = 0; k < 2; k++) {
			size_t len =
				make_name(rows[i].types[k], rows[i].nid, rows[i].texts[k], &der[k]);

			names[k] = bytes_make(der[k], len);
		}
		for (size_t k = 0; k < 2; k++) {
			if (dn_same(names[k], names[1 - k], DN_JAVA) != rows[i].java ||
				dn_same(names[k], names[1 - k], DN_GNUTLS) != rows[i].gnutls)
				fail_msg("row %zu", i);
			assert_int_equal(dn_same(names[k], names[1 - k], DN_BYTES), i == 0);
		}
		OPENSSL_free(der[0]);
		OPENSSL_free(der[1]);
	}
}

/* SEQUENCE { SET { O "o", CN "c" } }, and with the two in another order. */
static const uint8_t together[][24] = {
	{0x30, 0x16, 0x31, 0x14, 0x30, 8, 6, 3, 0x55, 4, 10, 12, 1, 'o', 0x30, 8, 6, 3, 0x55, 4, 3,
		12, 1, 'c'},
	{0x30, 0x16, 0x31, 0x14, 0x30, 8, 6, 3, 0x55, 4, 3, 12, 1, 'c', 0x30, 8, 6, 3, 0x55, 4, 10,
		12, 1, 'O'},
	{0x30, 0x16, 0x31, 0x14, 0x30, 8, 6, 3, 0x55, 4, 3, 12, 1, 'c', 0x30, 8, 6, 3, 0x55, 4, 3,
		12, 1, 'c'},
};

static void attributes_of_one_rdn_have_no_order_for_java(void **state)
{
	struct bytes a = bytes_make(together[0], 24), b = bytes_make(together[1], 24),
		     c = bytes_make(together[2], 24);

	(void)state;
	assert_true(dn_same(a, b, DN_JAVA));
	assert_false(dn_same(a, b, DN_GNUTLS));
	assert_false(dn_same(a, c, DN_JAVA));
	assert_false(dn_same(c, a, DN_JAVA));
	b.left--;
	assert_false(dn_same(a, b, DN_JAVA));
	assert_false(dn_same(b, a, DN_JAVA));
}

/* A CA whose own name is spelled otherwise than its children have it. */
static void a_name_in_any_string_type_is_the_same_to_openssl(void **state)
{
	static const int types[] = {
		V_ASN1_UTF8STRING, V_ASN1_T61STRING, V_ASN1_BMPSTRING, V_ASN1_UNIVERSALSTRING};
	static const char *const names[] = {
		"Corp Root", "Z\xc3\xbcrich", "\xc5\x81\xd0\xb0\xe4\xb8\xad"};

	(void)state;
	for (size_t n = 0; n < 3; n++) {
		auto_made root = make_cert(&(struct recipe){.cn = names[n], .is_ca = true});
		auto_made leaf = make_cert(&(struct recipe){.cn = "a.test", .issuer = &root});

		for (size_t t = 0; t < 4; t++) {
			auto_made other = {NULL, NULL};

			if (types[t] == V_ASN1_T61STRING && n == 2)
				continue; /* Latin-1 at most */
			other = make_cert(&(struct recipe){.cn = names[n],
				.cn_type = types[t],
				.is_ca = true,
				.same_key = &root});
			assert_true(cert_names_match(other.cert, leaf.cert));
			assert_true(cert_subjects_match(other.cert, root.cert));
			assert_true(cert_issued(other.cert, leaf.cert));
		}
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(names_are_compared_as_each_program_does),
	cmocka_unit_test(attributes_of_one_rdn_have_no_order_for_java),
	cmocka_unit_test(a_name_in_any_string_type_is_the_same_to_openssl),
};

int main(void)
{
	return run_group("dn", tests);
}
