/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <openssl/pkcs12.h>

#include "src/base/limits.h"
#include "src/x509/der.h"
#include "stores/java/keystore.h"
#include "tests/unit/golden.h"
#include "tests/unit/make_cert.h"
#include "tests/unit/make_p12.h"

/* No attribute, no trust; and a bag in a bag is one that Java does not see. */
static void only_what_java_sees_is_listed(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_buf bytes = buf_make(LIMIT_FILE_BYTES);
	auto_buf inner = buf_make(LIMIT_FILE_BYTES);
	auto_certs certs = CERTS_INIT;
	struct keystore_facts facts;
	struct fault why = FAULT_INIT;
	const uint8_t *der;
	size_t len;

	(void)state;
	len = root.cert->der.left;
	der = root.cert->der.at;
	make_p12_cert(&inner, der, len, "3118" TRUSTED);
	der_wrap(&inner, 0, DER_SEQUENCE);
	make_p12_bag(&bytes, "06", inner.bytes, inner.len, "");
	make_p12_cert(&bytes, der, len, "3117" NAME_ONE);
	make_p12_part(&bytes);
	make_p12(&bytes, "");
	assert_ok(make_p12_read(&bytes, &facts, &certs, &why), &why);
	assert_int_equal(certs.n, 0);
	assert_int_equal(facts.entries_n, 0);
	assert_false(facts.has_password);
	assert_true(facts.opens_without);
}

/* A ContentInfo for a public key stays as it is. */
static void what_cannot_be_looked_into_stays(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_buf bytes = buf_make(LIMIT_FILE_BYTES);
	auto_buf out = buf_make(LIMIT_FILE_BYTES);
	auto_certs certs = CERTS_INIT;
	const struct names none = NAMES_INIT;
	struct keystore_source source;
	struct fault why = FAULT_INIT;

	(void)state;
	make_p12_hex(&bytes, "3011" HEX_ENVELOPED "a00430020500");
	make_p12(&bytes, "");
	source = (struct keystore_source){bytes.bytes, bytes.len, &none, NULL};
	assert_ok(golden_add(&source, root.cert, "one", 0, &out, &why), &why);
	assert_true(golden_holds(&out, bytes.bytes + bytes.len - 19, 19));
	assert_ok(make_p12_read(&out, NULL, &certs, &why), &why);
	assert_int_equal(certs.n, 1);
}

/* Every element of indefinite length, strings in pieces: what old exporters write. */
static void add_ber(struct buf *out, struct bytes in)
{
	struct der it;

	while (in.left) {
		assert_true(der_take(&in, &it));
		if (it.tag & 0x20) {
			buf_add_byte(out, it.tag);
			buf_add_byte(out, 0x80);
			add_ber(out, it.inside);
			buf_add(out, "\0", 2);
		} else if (it.tag == DER_OCTET_STRING && it.inside.left > 8) {
			size_t at;

			buf_add(out, "\x24\x80", 2);
			at = out->len;
			buf_add(out, it.inside.at, 8);
			der_wrap(out, at, DER_OCTET_STRING);
			at = out->len;
			buf_add(out, it.inside.at + 8, it.inside.left - 8);
			der_wrap(out, at, DER_OCTET_STRING);
			buf_add(out, "\0", 2);
		} else {
			buf_add(out, it.at, it.len);
		}
	}
}

static void add_ber_of(struct buf *it)
{
	auto_buf copy = buf_make(LIMIT_FILE_BYTES);

	buf_add(&copy, it->bytes, it->len);
	buf_clear(it);
	add_ber(it, bytes_make(copy.bytes, copy.len));
}

static void frame_ber(struct buf *bags)
{
	auto_buf whole = buf_make(LIMIT_FILE_BYTES);
	size_t info;

	der_wrap(bags, 0, DER_SEQUENCE);
	add_ber_of(bags);
	make_p12_hex(&whole, HEX_DATA);
	info = whole.len;
	buf_add(&whole, bags->bytes, bags->len);
	der_wrap(&whole, info, DER_OCTET_STRING);
	der_wrap(&whole, info, DER_CONTEXT_0);
	der_wrap(&whole, 0, DER_SEQUENCE);
	der_wrap(&whole, 0, DER_SEQUENCE);
	add_ber_of(&whole);
	buf_clear(bags);
	make_p12_hex(bags, "020103");
	info = bags->len;
	make_p12_hex(bags, HEX_DATA);
	buf_add(bags, whole.bytes, whole.len);
	der_wrap(bags, info + 11, DER_OCTET_STRING);
	der_wrap(bags, info + 11, DER_CONTEXT_0);
	der_wrap(bags, info, DER_SEQUENCE);
	der_wrap(bags, 0, DER_SEQUENCE);
	add_ber_of(bags);
}

static void ber_is_read_and_written_as_der(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_made other = make_cert(&(struct recipe){.cn = "Other", .is_ca = true});
	auto_buf bytes = buf_make(LIMIT_FILE_BYTES);
	auto_buf out = buf_make(LIMIT_FILE_BYTES);
	auto_certs certs = CERTS_INIT;
	const struct names none = NAMES_INIT;
	struct keystore_source source;
	struct keystore_facts facts;
	struct fault why = FAULT_INIT;
	const uint8_t *der;
	size_t len;

	(void)state;
	len = root.cert->der.left;
	der = root.cert->der.at;
	make_p12_cert(&bytes, der, len, "312f" TRUSTED NAME_ONE);
	frame_ber(&bytes);
	buf_add_text(&bytes, "trailer");
	source = (struct keystore_source){bytes.bytes, bytes.len, &none, NULL};
	assert_ok(golden_add(&source, other.cert, "one", 0, &out, &why), &why);
	assert_memory_equal(out.bytes + out.len - 7, "trailer", 7);
	assert_ok(make_p12_read(&out, &facts, &certs, &why), &why);
	assert_int_equal(certs.n, 2);
	assert_true(cert_same(certs.at[0], root.cert));
	assert_true(cert_same(certs.at[1], other.cert));
}

/* As OpenSSL takes a PKCS#12 apart. */
struct apart {
	PKCS12 *pfx;
	STACK_OF(PKCS7) * parts;
	uint8_t *der[8];
	int len[8];
};

static struct apart take_apart(const uint8_t *bytes, size_t len)
{
	struct apart it = {.pfx = d2i_PKCS12(NULL, &bytes, (long)len)};

	assert_non_null(it.pfx);
	it.parts = PKCS12_unpack_authsafes(it.pfx);
	assert_in_range(sk_PKCS7_num(it.parts), 0, 8);
	for (int i = 0; i < sk_PKCS7_num(it.parts); i++)
		it.len[i] = i2d_PKCS7(sk_PKCS7_value(it.parts, i), &it.der[i]);
	return it;
}

static void apart_free(struct apart *it)
{
	for (size_t i = 0; i < 8; i++)
		OPENSSL_free(it->der[i]);
	sk_PKCS7_pop_free(it->parts, PKCS7_free);
	PKCS12_free(it->pfx);
}
CLEANUP_VALUE(apart, apart_free)
#define auto_apart CLEANUP(apart) struct apart

static void assert_same_mac(const struct apart *left, const struct apart *right)
{
	const ASN1_OCTET_STRING *digests[2] = {NULL}, *salts[2] = {NULL};
	const ASN1_INTEGER *rounds[2] = {NULL};
	const X509_ALGOR *algorithms[2] = {NULL};

	PKCS12_get0_mac(&digests[0], &algorithms[0], &salts[0], &rounds[0], left->pfx);
	PKCS12_get0_mac(&digests[1], &algorithms[1], &salts[1], &rounds[1], right->pfx);
	assert_int_equal(algorithms[0] == NULL, algorithms[1] == NULL);
	if (!algorithms[0])
		return;
	assert_int_equal(X509_ALGOR_cmp(algorithms[0], algorithms[1]), 0);
	assert_int_equal(ASN1_OCTET_STRING_cmp(salts[0], salts[1]), 0);
	assert_int_equal(ASN1_INTEGER_get(rounds[0]), ASN1_INTEGER_get(rounds[1]));
	assert_int_not_equal(ASN1_OCTET_STRING_cmp(digests[0], digests[1]), 0);
}

/* Old ContentInfos byte for byte, and the new one protected as they are. */
static void old_parts_keep_their_bytes(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});

	(void)state;
	for (const struct golden *it = goldens; it->name; it++) {
		auto_opened file = {0};
		auto_buf made = buf_make(LIMIT_FILE_BYTES);
		auto_apart before = {0}, after = {0};
		struct fault why = FAULT_INIT;
		int n;

		if (it->format != KEYSTORE_PKCS12)
			continue;
		golden_open(it->name, it->password, &file);
		assert_ok(golden_add(&file.source, root.cert, "ours", 0, &made, &why), &why);
		before = take_apart(file.bytes.bytes, file.bytes.len);
		after = take_apart(made.bytes, made.len);
		n = sk_PKCS7_num(before.parts);
		assert_int_equal(sk_PKCS7_num(after.parts), n + 1);
		for (int i = 0; i < n; i++)
			assert_bytes(after.der[i], (size_t)after.len[i], before.der[i],
				(size_t)before.len[i]);
		assert_int_equal(OBJ_obj2nid(sk_PKCS7_value(after.parts, n)->type),
			it->opens_without ? NID_pkcs7_data : NID_pkcs7_encrypted);
		assert_same_mac(&before, &after);
		assert_true(!it->has_password || !PKCS12_mac_present(after.pfx) ||
			    PKCS12_verify_mac(after.pfx, it->password, -1));
	}
}

/* The same algorithm and rounds, another salt and IV; and the same bytes whenever it is done. */
static void our_part_is_encrypted_as_the_others(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_buf made = buf_make(LIMIT_FILE_BYTES);
	auto_buf again = buf_make(LIMIT_FILE_BYTES);
	auto_opened file = {0};
	auto_apart parts = {0};
	struct fault why = FAULT_INIT;
	const X509_ALGOR *algorithms[2];
	uint8_t *der[2] = {NULL};
	int len = 0, differ_n = 0;

	(void)state;
	golden_open("p12-no-mac-17", "changeit", &file);
	assert_ok(golden_add(&file.source, root.cert, "ours", 0, &made, &why), &why);
	assert_ok(golden_add(&file.source, root.cert, "ours", 0, &again, &why), &why);
	assert_bytes(made.bytes, made.len, again.bytes, again.len);
	parts = take_apart(made.bytes, made.len);
	for (int i = 0; i < 2; i++) {
		algorithms[i] = sk_PKCS7_value(parts.parts, i)->d.encrypted->enc_data->algorithm;
		len = i2d_X509_ALGOR(algorithms[i], &der[i]);
	}
	assert_int_equal(i2d_X509_ALGOR(algorithms[0], NULL), len);
	for (int i = 0; i < len; i++)
		differ_n += der[0][i] != der[1][i];
	/* 20 bytes of salt and 16 of IV. */
	assert_in_range(differ_n, 20, 36);
	OPENSSL_free(der[0]);
	OPENSSL_free(der[1]);
}

/* Two zeros and nothing at all are both empty passwords. */
static void an_empty_password_has_two_forms(void **state)
{
	static const char *const forms[] = {"", NULL};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		uint8_t salt[] = "salt", *der = NULL;
		PKCS12 *pfx = PKCS12_init(NID_pkcs7_data);
		STACK_OF(PKCS7) *parts = sk_PKCS7_new_null();
		auto_buf bytes = buf_make(LIMIT_FILE_BYTES);
		struct keystore_facts facts;
		struct fault why = FAULT_INIT;
		int len;

		assert_true(PKCS12_pack_authsafes(pfx, parts));
		assert_true(PKCS12_set_mac(pfx, forms[i], -1, salt, 4, 2, EVP_sha256()));
		len = i2d_PKCS12(pfx, &der);
		buf_add(&bytes, der, (size_t)len);
		assert_ok(make_p12_read(&bytes, &facts, NULL, &why), &why);
		assert_true(facts.has_password);
		OPENSSL_free(der);
		sk_PKCS7_free(parts);
		PKCS12_free(pfx);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_java_sees_is_listed),
		cmocka_unit_test(what_cannot_be_looked_into_stays),
		cmocka_unit_test(ber_is_read_and_written_as_der),
		cmocka_unit_test(old_parts_keep_their_bytes),
		cmocka_unit_test(our_part_is_encrypted_as_the_others),
		cmocka_unit_test(an_empty_password_has_two_forms),
	};

	return run_group("p12", tests);
}
