/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <openssl/sha.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "stores/java/keystore.h"
#include "tests/unit/golden.h"
#include "tests/unit/make_cert.h"

#define JKS 0xfeedfeed
#define JCEKS 0xcececece

static void be(struct buf *out, uint64_t value, size_t n)
{
	while (n-- > 0)
		buf_add_byte(out, (uint8_t)(value >> (8 * n)));
}

static void utf(struct buf *out, const char *text)
{
	be(out, strlen(text), 2);
	buf_add_text(out, text);
}

/* A trusted certificate as version 2 writes it. */
static void entry(struct buf *out, const char *alias, const char *type, const void *der, size_t len)
{
	be(out, 2, 4);
	utf(out, alias);
	be(out, 1700000000000, 8);
	utf(out, type);
	be(out, len, 4);
	buf_add(out, der, len);
}

static void good_entry(struct buf *out, const char *alias)
{
	entry(out, alias, "X.509", "\x30\x03\x02\x01\x01", 5);
}

/* The entries between a header and a digest. */
static struct buf store(uint32_t magic, uint32_t version, uint32_t n, const struct buf *entries)
{
	static const char front[] = "\0c\0h\0a\0n\0g\0e\0i\0tMighty Aphrodite";
	struct buf out = buf_make(LIMIT_FILE_BYTES);
	auto_buf all = buf_make(LIMIT_FILE_BYTES);
	uint8_t digest[SHA_DIGEST_LENGTH];

	be(&out, magic, 4);
	be(&out, version, 4);
	be(&out, n, 4);
	buf_add(&out, entries->bytes, entries->len);
	buf_add(&all, front, sizeof(front) - 1);
	buf_add(&all, out.bytes, out.len);
	SHA1(all.bytes, all.len, digest);
	buf_add(&out, digest, sizeof(digest));
	return out;
}

static int read_store(const struct buf *bytes, struct keystore_facts *ret, struct fault *why)
{
	auto_names passwords = NAMES_INIT;
	struct keystore_source source =
		(struct keystore_source){bytes->bytes, bytes->len, &passwords, NULL};

	assert_ok(names_add(&passwords, "changeit", why), why);
	return keystore_read(&source, ret, NULL, why);
}

static void no_entries(struct buf *out)
{
	(void)out;
}

static void unknown_tag(struct buf *out)
{
	good_entry(out, "one");
	be(out, 7, 4);
	buf_add_text(out, "xxxxxxxxxxxxxxxx");
}

static void secret_in_jks(struct buf *out)
{
	be(out, 3, 4);
	utf(out, "secret");
	be(out, 0, 8);
	buf_add_text(out, "\xac\xed");
}

static void other_object(struct buf *out)
{
	secret_in_jks(out);
	buf_add(out, "\0\5w\2\0\0and more", 14);
}

static void long_alias(struct buf *out)
{
	char alias[65536];

	memset(alias, 'a', 65535);
	alias[65535] = 0;
	good_entry(out, alias);
}

static void latin1_alias(struct buf *out)
{
	good_entry(out, "m\xfcller");
}

static void four_byte_alias(struct buf *out)
{
	good_entry(out, "\xf0\x9f\x94\x92");
}

static void same_alias(struct buf *out)
{
	good_entry(out, "one");
	good_entry(out, "two");
	good_entry(out, "one");
}

static void not_der(struct buf *out)
{
	entry(out, "one", "X.509", "hello", 5);
}

static void longer_than_der(struct buf *out)
{
	entry(out, "one", "X.509", "\x30\x03\x02\x01\x01 ", 6);
}

static void not_x509(struct buf *out)
{
	entry(out, "one", "SPKI", "\x30\x03\x02\x01\x01", 5);
}

static void long_chain(struct buf *out)
{
	be(out, 1, 4);
	utf(out, "key");
	be(out, 0, 8);
	be(out, 2, 4);
	buf_add_text(out, "\x30\x01");
	be(out, 0xffffffff, 4);
}

static void long_key(struct buf *out)
{
	be(out, 1, 4);
	utf(out, "key");
	be(out, 0, 8);
	be(out, 0xfffffff0, 4);
}

static const struct {
	uint32_t magic, version, n;
	void (*entries)(struct buf *out);
	enum fault_kind kind;
	const char *text;
} bad[] = {
	{JKS, 3, 0, no_entries, FAULT_FORMAT, "JKS: unknown version 3"},
	{JKS, 0, 0, no_entries, FAULT_FORMAT, "JKS: unknown version 0"},
	{JKS, 2, 0x80000000, no_entries, FAULT_LIMIT, "JKS: 2147483648 entries, more than"},
	{JKS, 2, 0xffffffff, no_entries, FAULT_LIMIT, "JKS: 4294967295 entries, more than"},
	{JKS, 2, 100000, no_entries, FAULT_FORMAT,
		"JKS: truncated: it has no room for 100000 entries"},
	{JKS, 2, 1, no_entries, FAULT_FORMAT, "JKS: "},
	{JKS, 2, 2, unknown_tag, FAULT_FORMAT, "JKS: entry 2: unknown tag 7"},
	{JKS, 2, 1, secret_in_jks, FAULT_FORMAT, "JKS: entry 1: unknown tag 3"},
	{JCEKS, 2, 1, secret_in_jks, FAULT_FORMAT, "JCEKS: entry 1: truncated in a secret key"},
	{JCEKS, 2, 1, other_object, FAULT_FORMAT, "JCEKS: entry 1: truncated in a secret key"},
	{JKS, 2, 1, long_alias, FAULT_LIMIT, "JKS: entry 1: an alias of 65535 bytes"},
	{JKS, 2, 1, latin1_alias, FAULT_FORMAT,
		"JKS: entry 1: the alias is not in Java's form of UTF-8"},
	{JKS, 2, 1, four_byte_alias, FAULT_FORMAT,
		"JKS: entry 1: the alias is not in Java's form of UTF-8"},
	{JKS, 2, 3, same_alias, FAULT_FORMAT, "JKS: two entries have the alias 'one'"},
	{JKS, 2, 1, not_der, FAULT_FORMAT, "JKS: entry 1: a certificate that is not DER"},
	{JKS, 2, 1, longer_than_der, FAULT_FORMAT, "JKS: entry 1: a certificate that is not DER"},
	{JKS, 2, 1, not_x509, FAULT_FORMAT, "JKS: entry 1: a certificate that is not X.509"},
	{JKS, 2, 1, long_chain, FAULT_FORMAT, "JKS: entry 1: truncated in a certificate"},
	{JKS, 2, 1, long_key, FAULT_FORMAT, "JKS: entry 1: truncated in a private key"},
};

static void each_damage_has_its_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		auto_buf entries = buf_make(LIMIT_FILE_BYTES);
		auto_buf bytes = {0};
		struct fault why = FAULT_INIT;

		bad[i].entries(&entries);
		bytes = store(bad[i].magic, bad[i].version, bad[i].n, &entries);
		assert_fault(read_store(&bytes, NULL, &why), &why, bad[i].kind, bad[i].text);
	}
}

static void a_wrong_digest_is_refused(void **state)
{
	auto_buf entries = buf_make(LIMIT_FILE_BYTES);
	auto_buf bytes = {0};
	struct fault why = FAULT_INIT;

	(void)state;
	good_entry(&entries, "one");
	bytes = store(JKS, 2, 1, &entries);
	assert_ok(read_store(&bytes, NULL, &why), &why);
	bytes.bytes[bytes.len - 1] ^= 1;
	assert_fault(read_store(&bytes, NULL, &why), &why, FAULT_REFUSED,
		"JKS: no password matches its digest, or it is damaged");
}

static void a_password_that_is_no_text_is_refused(void **state)
{
	auto_buf entries = buf_make(LIMIT_FILE_BYTES);
	auto_buf bytes = {0};
	auto_names passwords = NAMES_INIT;
	struct keystore_source source;
	struct fault why = FAULT_INIT;

	(void)state;
	bytes = store(JKS, 2, 0, &entries);
	assert_ok(names_add(&passwords, "\xff", &why), &why);
	source = (struct keystore_source){bytes.bytes, bytes.len, &passwords, NULL};
	assert_fault(keystore_read(&source, NULL, NULL, &why), &why, FAULT_REFUSED, "not UTF-8");
}

static struct buf added(struct buf *bytes, struct cert *cert)
{
	auto_names passwords = NAMES_INIT;
	struct keystore_source source =
		(struct keystore_source){bytes->bytes, bytes->len, &passwords, NULL};
	struct buf out = buf_make(LIMIT_FILE_BYTES);
	struct fault why = FAULT_INIT;

	assert_ok(names_add(&passwords, "changeit", &why), &why);
	assert_ok(golden_add(&source, cert, "ours", 1700000000, &out, &why), &why);
	return out;
}

/* The whole file, byte for byte. */
static void an_entry_is_written_as_java_writes_it(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_buf entries = buf_make(LIMIT_FILE_BYTES);
	auto_buf before = {0}, after = {0}, wanted = {0};
	const uint8_t *der;
	size_t len;

	(void)state;
	len = root.cert->der.left;
	der = root.cert->der.at;
	good_entry(&entries, "one");
	entry(&entries, "Go", "X509", "\x30\x00", 2);
	before = store(JKS, 2, 2, &entries);
	after = added(&before, root.cert);
	entry(&entries, "ours", "X.509", der, len);
	wanted = store(JKS, 2, 3, &entries);
	assert_bytes(after.bytes, after.len, wanted.bytes, wanted.len);
}

static void version_1_names_no_type(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_buf entries = buf_make(LIMIT_FILE_BYTES);
	auto_buf before = {0}, after = {0}, wanted = {0};
	const uint8_t *der;
	size_t len;

	(void)state;
	before = store(JKS, 1, 0, &entries);
	after = added(&before, root.cert);
	len = root.cert->der.left;
	der = root.cert->der.at;
	be(&entries, 2, 4);
	utf(&entries, "ours");
	be(&entries, 1700000000000, 8);
	be(&entries, len, 4);
	buf_add(&entries, der, len);
	wanted = store(JKS, 1, 1, &entries);
	assert_bytes(after.bytes, after.len, wanted.bytes, wanted.len);
}

/* Java reads 20 bytes of digest and no further. */
static void what_is_behind_the_digest_stays(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_buf entries = buf_make(LIMIT_FILE_BYTES);
	auto_buf before = {0}, after = {0};
	struct keystore_facts facts;
	struct fault why = FAULT_INIT;

	(void)state;
	before = store(JKS, 2, 0, &entries);
	buf_add_text(&before, "trailer");
	after = added(&before, root.cert);
	assert_memory_equal(after.bytes + after.len - 7, "trailer", 7);
	assert_ok(read_store(&after, &facts, &why), &why);
	assert_int_equal(facts.entries_n, 1);
}

/* Everything of the old file between count and digest, keys and secret keys among it. */
static void old_entries_keep_their_bytes(void **state)
{
	static const char *const names[] = {"jks-17", "jks-25", "jceks-17", "jceks-25"};
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		auto_opened file = {0};
		auto_buf after = {0};

		golden_open(names[i], "changeit", &file);
		after = added(&file.bytes, root.cert);
		assert_memory_equal(after.bytes, file.bytes.bytes, 8);
		assert_memory_equal(after.bytes + 12, file.bytes.bytes + 12,
			file.bytes.len - 12 - SHA_DIGEST_LENGTH);
	}
}

/* As other programs write it; Java lists the alias and has no certificate for it. */
static void what_java_does_not_find_is_no_anchor(void **state)
{
	auto_made made = make_cert(&(struct recipe){.cn = "A", .is_ca = true});
	auto_certs certs = CERTS_INIT;
	auto_names passwords = NAMES_INIT;
	auto_buf entries = buf_make(LIMIT_FILE_BYTES);
	auto_buf out = buf_make(LIMIT_FILE_BYTES);
	auto_buf bytes = {0};
	struct keystore_source source = {.passwords = &passwords};
	struct keystore_facts facts;
	struct fault why = FAULT_INIT;
	size_t len = made.cert->der.left;
	const uint8_t *der = made.cert->der.at;

	(void)state;
	entry(&entries, "Corp", "X.509", der, len);
	bytes = store(JKS, 2, 1, &entries);
	assert_ok(names_add(&passwords, "changeit", &why), &why);
	source.bytes = bytes.bytes;
	source.len = bytes.len;
	assert_ok(keystore_read(&source, &facts, &certs, &why), &why);
	assert_int_equal(facts.lost_n, 1);
	assert_int_equal(certs.n, 0);
	assert_ok(golden_add(&source, made.cert, "corp", 0, &out, &why), &why);
	source.bytes = out.bytes;
	source.len = out.len;
	assert_ok(keystore_read(&source, &facts, &certs, &why), &why);
	assert_int_equal(facts.entries_n, 2);
	assert_int_equal(certs.n, 1);
}

static void a_new_one_holds_what_it_is_made_of(void **state)
{
	auto_made a = make_cert(&(struct recipe){.cn = "A", .is_ca = true});
	auto_made b = make_cert(&(struct recipe){.cn = "B", .is_ca = true});
	auto_certs certs = make_certs(a.cert, b.cert, NULL), read = CERTS_INIT;
	auto_names passwords = NAMES_INIT;
	auto_buf out = buf_make(LIMIT_FILE_BYTES);
	struct keystore_source source = {.passwords = &passwords};
	struct keystore_facts facts;
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(names_add(&passwords, "changeit", &why), &why);
	assert_ok(keystore_make(&certs, 1700000000, &out, &why), &why);
	source.bytes = out.bytes;
	source.len = out.len;
	assert_ok(keystore_read(&source, &facts, &read, &why), &why);
	assert_int_equal(facts.format, KEYSTORE_JKS);
	assert_int_equal(read.n, 2);
	assert_true(cert_same(read.at[0], a.cert));
	assert_true(cert_same(read.at[1], b.cert));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_damage_has_its_sentence),
		cmocka_unit_test(a_wrong_digest_is_refused),
		cmocka_unit_test(a_password_that_is_no_text_is_refused),
		cmocka_unit_test(an_entry_is_written_as_java_writes_it),
		cmocka_unit_test(version_1_names_no_type),
		cmocka_unit_test(what_is_behind_the_digest_stays),
		cmocka_unit_test(what_java_does_not_find_is_no_anchor),
		cmocka_unit_test(a_new_one_holds_what_it_is_made_of),
		cmocka_unit_test(old_entries_keep_their_bytes),
	};

	return run_group("jks", tests);
}
