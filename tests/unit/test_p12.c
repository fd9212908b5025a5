/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/base/limits.h"
#include "src/cert/der.h"
#include "stores/keystore.h"
#include "stores/p12_file.h"
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
	der = cert_der(root.cert, &len);
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
	source = keystore_source_make(bytes.bytes, bytes.len, &none);
	assert_ok(keystore_add(&source, root.cert, "one", 0, &out, &why), &why);
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
	der = cert_der(root.cert, &len);
	make_p12_cert(&bytes, der, len, "312f" TRUSTED NAME_ONE);
	frame_ber(&bytes);
	buf_add_text(&bytes, "trailer");
	source = keystore_source_make(bytes.bytes, bytes.len, &none);
	assert_ok(keystore_add(&source, other.cert, "one", 0, &out, &why), &why);
	assert_memory_equal(out.bytes + out.len - 7, "trailer", 7);
	assert_ok(make_p12_read(&out, &facts, &certs, &why), &why);
	assert_int_equal(certs.n, 2);
	assert_true(cert_same(certs.at[0], root.cert));
	assert_true(cert_same(certs.at[1], other.cert));
}

/* Old ContentInfos byte for byte, and the new one protected as they are. */
static void old_parts_keep_their_bytes(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});

	(void)state;
	for (const struct golden *it = goldens; it->name; it++) {
		auto_opened file = {0};
		auto_buf made = buf_make(LIMIT_FILE_BYTES);
		auto_p12 before = {0}, after = {0};
		struct keystore_source source;
		struct fault why = FAULT_INIT;
		const struct p12_part *ours;

		if (it->format != KEYSTORE_PKCS12)
			continue;
		golden_open(it->name, it->password, &file);
		assert_ok(keystore_add(&file.source, root.cert, "ours", 0, &made, &why), &why);
		source = golden_source(&file, &made);
		assert_ok(p12_open(&file.source, &before, &why), &why);
		assert_ok(p12_open(&source, &after, &why), &why);
		assert_int_equal(after.n, before.n + 1);
		for (size_t i = 0; i < before.n; i++)
			assert_bytes(
				after.at[i].at, after.at[i].len, before.at[i].at, before.at[i].len);
		ours = &after.at[before.n];
		assert_int_equal(ours->kind, it->opens_without ? P12_PLAIN : P12_ENCRYPTED);
		assert_int_equal(after.mac.rounds, before.mac.rounds);
		assert_int_equal(after.mac.digest_len, before.mac.digest_len);
	}
}

/* The same algorithm and rounds, another salt and IV; and the same bytes whenever it is done. */
static void our_part_is_encrypted_as_the_others(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_buf made = buf_make(LIMIT_FILE_BYTES);
	auto_buf again = buf_make(LIMIT_FILE_BYTES);
	auto_opened file = {0};
	auto_p12 p12 = {0};
	struct keystore_source source;
	struct fault why = FAULT_INIT;
	const struct p12_secret *old, *ours;
	size_t differ_n = 0;

	(void)state;
	golden_open("p12-no-mac-17", "changeit", &file);
	assert_ok(keystore_add(&file.source, root.cert, "ours", 0, &made, &why), &why);
	assert_ok(keystore_add(&file.source, root.cert, "ours", 0, &again, &why), &why);
	assert_int_equal(made.len, again.len);
	assert_memory_equal(made.bytes, again.bytes, made.len);
	source = golden_source(&file, &made);
	assert_ok(p12_open(&source, &p12, &why), &why);
	old = &p12.at[0].secret;
	ours = &p12.at[1].secret;
	assert_int_equal(old->algorithm_len, ours->algorithm_len);
	for (size_t i = 0; i < old->algorithm_len; i++)
		differ_n += old->algorithm[i] != ours->algorithm[i];
	/* 20 bytes of salt and 16 of IV. */
	assert_in_range(differ_n, 20, 36);
}

/* Two zeros and nothing at all are both empty passwords. */
static void an_empty_password_has_two_forms(void **state)
{
	static const char *const forms[] = {"", NULL};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		static const uint8_t parts[] = {0x30, 0x00};
		static const uint8_t oid[] = {0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1};
		struct p12_mac mac = {.oid = oid,
			.oid_len = sizeof(oid),
			.digest_len = 32,
			.salt = (const uint8_t *)"salt",
			.salt_len = 4,
			.rounds = 1};
		struct p12_crypt crypt = P12_CRYPT_INIT;
		auto_buf bytes = buf_make(LIMIT_FILE_BYTES);
		uint8_t digest[P12_MAC_MOST];
		struct keystore_facts facts;
		struct fault why = FAULT_INIT;
		char text[256];
		int len;

		assert_ok(p12_mac_key(&crypt, &mac, forms[i], &why), &why);
		assert_ok(p12_mac_make(&mac, parts, sizeof(parts), digest, &why), &why);
		len = snprintf(text, sizeof(text), "30393031" HEX_SHA256 "0420");
		for (size_t j = 0; j < 32; j++)
			len += snprintf(text + len, sizeof(text) - (size_t)len, "%02x", digest[j]);
		snprintf(text + len, sizeof(text) - (size_t)len, "040473616c74");
		make_p12(&bytes, text);
		assert_ok(make_p12_read(&bytes, &facts, NULL, &why), &why);
		assert_true(facts.has_password);
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
