/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/base/limits.h"
#include "stores/java/keystore_cache.h"
#include "tests/unit/golden.h"
#include "tests/unit/make_cert.h"

/* The keystore's bytes for the keyring to take; Java reads no further than to the digest of a JKS.
 */
static struct buf bytes_of(const struct opened *file, const char *behind, size_t behind_len)
{
	struct buf bytes = buf_make(LIMIT_FILE_BYTES);
	uint8_t *end;

	buf_add(&bytes, file->bytes.bytes, file->bytes.len);
	end = buf_extend(&bytes, behind_len);
	memset(end, *behind, behind_len);
	return bytes;
}

static void read_it(struct keystore_cache *keystore_cache, const struct opened *file,
	const char *behind, size_t behind_len)
{
	auto_buf bytes = bytes_of(file, behind, behind_len);
	struct fault why = FAULT_INIT;
	size_t len = bytes.len;

	assert_ok(keystore_cache_read(keystore_cache, &bytes, &why), &why);
	assert_null(bytes.bytes);
	assert_int_equal(keystore_cache->bytes.len, len);
	assert_memory_equal(keystore_cache->bytes.bytes, file->bytes.bytes, file->bytes.len);
}

/* The same list is still there, though a new one would share its certificates. */
static void what_the_same_bytes_held_is_remembered(void **state)
{
	auto_keystore_cache keystore_cache = {0};
	auto_opened one = {0}, other = {0};
	const struct cert *first;
	struct cert **list;

	(void)state;
	golden_open("jks-17", "changeit", &one);
	golden_open("jceks-25", "changeit", &other);
	read_it(&keystore_cache, &one, "", 0);
	list = keystore_cache.certs.at;
	first = list[0];
	read_it(&keystore_cache, &one, "", 0);
	assert_ptr_equal(keystore_cache.certs.at, list);
	read_it(&keystore_cache, &one, "x", 1);
	assert_ptr_not_equal(keystore_cache.certs.at, list);
	assert_ptr_equal(keystore_cache.certs.at[0], first);
	read_it(&keystore_cache, &other, "", 0);
	assert_int_equal(keystore_cache.facts.format, KEYSTORE_JCEKS);
	read_it(&keystore_cache, &one, "", 0);
	assert_int_equal(keystore_cache.facts.format, KEYSTORE_JKS);
	assert_int_equal(keystore_cache.certs.n, 3);
}

static void what_cannot_be_read_is_forgotten(void **state)
{
	auto_keystore_cache keystore_cache = {0};
	auto_opened file = {0};
	auto_buf bytes = {0}, none = buf_make(1);
	struct fault why = FAULT_INIT;

	(void)state;
	golden_open("jks-17", "changeit", &file);
	bytes = bytes_of(&file, "", 0);
	bytes.bytes[bytes.len - 1] ^= 1;
	assert_fault(
		keystore_cache_read(&keystore_cache, &bytes, &why), &why, FAULT_REFUSED, "digest");
	assert_null(bytes.bytes);
	assert_fault(keystore_cache_read(&keystore_cache, &none, &why), &why, FAULT_FORMAT, "");
	read_it(&keystore_cache, &file, "", 0);
}

/* Of a keystore that was changed, what it has already is not made a second time. */
static void what_stays_in_it_is_shared(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});

	(void)state;
	for (const struct golden *golden = goldens; golden->name; golden++) {
		auto_keystore_cache keystore_cache = {0};
		auto_opened file = {0};
		auto_buf changed = buf_make(LIMIT_FILE_BYTES);
		auto_certs before = CERTS_INIT;
		const struct certs *after = &keystore_cache.certs;
		struct keystore_source source;
		struct fault why = FAULT_INIT;
		size_t n;

		if (golden->is_slow)
			continue;
		golden_open(golden->name, golden->password, &file);
		assert_ok(keystore_cache_set(&keystore_cache, golden->password, &why), &why);
		read_it(&keystore_cache, &file, "", 0);
		assert_ok(certs_add_new(&before, after, &why), &why);
		source = keystore_cache_source(&keystore_cache);
		assert_ok(golden_add(&source, root.cert, "root", 5, &changed, &why), &why);
		assert_ok(keystore_cache_read(&keystore_cache, &changed, &why), &why);
		assert_int_equal(after->n, golden->certs_n + 1);
		n = certs_find(after, root.cert);
		assert_int_equal(n, before.n);
		for (size_t i = 0; i < n; i++)
			assert_ptr_equal(after->at[i], before.at[i]);
	}
}

/* The password is known by then, and the digest is not made a second time; nothing else differs. */
static void what_was_read_is_changed_as_what_was_not(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});

	(void)state;
	for (const struct golden *golden = goldens; golden->name; golden++) {
		auto_keystore_cache keystore_cache = {0};
		auto_opened file = {0};
		auto_buf ours = buf_make(LIMIT_FILE_BYTES), wanted = buf_make(LIMIT_FILE_BYTES);
		struct keystore_source source;
		struct fault why = FAULT_INIT;

		if (golden->is_slow)
			continue;
		golden_open(golden->name, golden->password, &file);
		assert_ok(keystore_cache_set(&keystore_cache, golden->password, &why), &why);
		read_it(&keystore_cache, &file, "", 0);
		source = keystore_cache_source(&keystore_cache);
		if (golden->has_password)
			assert_string_equal(source.opened_with, golden->password);
		assert_ok(golden_add(&source, root.cert, "root", 5, &ours, &why), &why);
		assert_ok(golden_add(&file.source, root.cert, "root", 5, &wanted, &why), &why);
		assert_bytes(ours.bytes, ours.len, wanted.bytes, wanted.len);
	}
}

static void a_password_that_is_no_text_is_refused(void **state)
{
	auto_keystore_cache keystore_cache = {0};
	struct fault why = FAULT_INIT;

	(void)state;
	assert_fault(keystore_cache_set(&keystore_cache, "\xff", &why), &why, FAULT_REFUSED,
		"not UTF-8");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(what_the_same_bytes_held_is_remembered),
	cmocka_unit_test(what_cannot_be_read_is_forgotten),
	cmocka_unit_test(what_stays_in_it_is_shared),
	cmocka_unit_test(a_password_that_is_no_text_is_refused),
	cmocka_unit_test(what_was_read_is_changed_as_what_was_not),
};

int main(void)
{
	return run_group("keyring", tests);
}
