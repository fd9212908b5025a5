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

static const struct keystore_cache_read *read_it(struct keystore_cache *keystore_cache,
	const struct opened *file, const char *behind, size_t behind_len)
{
	auto_buf bytes = bytes_of(file, behind, behind_len);
	const struct keystore_cache_read *read = NULL;
	struct fault why = FAULT_INIT;
	size_t len = bytes.len;

	assert_ok(keystore_cache_read(keystore_cache, &bytes, &read, &why), &why);
	assert_null(bytes.bytes);
	assert_int_equal(read->bytes.len, len);
	assert_memory_equal(read->bytes.bytes, file->bytes.bytes, file->bytes.len);
	return read;
}

static void what_the_same_bytes_held_is_remembered(void **state)
{
	auto_keystore_cache keystore_cache = {0};
	auto_opened one = {0}, other = {0};
	const struct keystore_cache_read *first;

	(void)state;
	golden_open("jks-17", "changeit", &one);
	golden_open("jceks-17", "changeit", &other);
	first = read_it(&keystore_cache, &one, "", 0);
	assert_ptr_not_equal(read_it(&keystore_cache, &other, "", 0), first);
	assert_ptr_not_equal(read_it(&keystore_cache, &one, "x", 1), first);
	assert_ptr_equal(read_it(&keystore_cache, &one, "", 0), first);
}

/* They would fill the memory; the small ones stay. */
static void one_large_keystore_makes_room_for_the_next(void **state)
{
	auto_keystore_cache keystore_cache = {0};
	auto_opened file = {0};
	const struct keystore_cache_read *small, *large;

	(void)state;
	golden_open("jks-17", "changeit", &file);
	small = read_it(&keystore_cache, &file, "", 0);
	large = read_it(&keystore_cache, &file, "a", LIMIT_KEYSTORE_CACHE_BYTES);
	assert_ptr_equal(read_it(&keystore_cache, &file, "a", LIMIT_KEYSTORE_CACHE_BYTES), large);
	for (unsigned i = 0; i < 2 * KEYSTORE_CACHE_READS_N; i++)
		assert_ptr_equal(read_it(&keystore_cache, &file, i % 2 ? "a" : "b",
					 LIMIT_KEYSTORE_CACHE_BYTES),
			large);
	assert_ptr_equal(read_it(&keystore_cache, &file, "", 0), small);
}

static void more_than_it_remembers_are_read_all_the_same(void **state)
{
	auto_keystore_cache keystore_cache = {0};
	auto_opened file = {0};

	(void)state;
	golden_open("jks-17", "changeit", &file);
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i <= KEYSTORE_CACHE_READS_N; i++)
			read_it(&keystore_cache, &file, "x", i);
}

static void what_cannot_be_read_is_forgotten(void **state)
{
	auto_keystore_cache keystore_cache = {0};
	auto_opened file = {0};
	auto_buf bytes = {0}, none = buf_make(1);
	const struct keystore_cache_read *read = NULL;
	struct fault why = FAULT_INIT;

	(void)state;
	golden_open("jks-17", "changeit", &file);
	bytes = bytes_of(&file, "", 0);
	bytes.bytes[bytes.len - 1] ^= 1;
	assert_fault(keystore_cache_read(&keystore_cache, &bytes, &read, &why), &why, FAULT_REFUSED,
		"digest");
	assert_null(bytes.bytes);
	assert_fault(
		keystore_cache_read(&keystore_cache, &none, &read, &why), &why, FAULT_FORMAT, "");
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
		const struct keystore_cache_read *before, *after;
		struct keystore_source source;
		struct fault why = FAULT_INIT;
		size_t n;

		if (golden->is_slow)
			continue;
		golden_open(golden->name, golden->password, &file);
		assert_ok(keystore_cache_set(&keystore_cache, golden->password, &why), &why);
		before = read_it(&keystore_cache, &file, "", 0);
		source = keystore_cache_source(&keystore_cache, before);
		assert_ok(golden_add(&source, root.cert, "root", 5, &changed, &why), &why);
		assert_ok(keystore_cache_read(&keystore_cache, &changed, &after, &why), &why);
		assert_int_equal(after->certs.n, golden->certs_n + 1);
		n = certs_find(&after->certs, root.cert);
		assert_true(n < after->certs.n);
		for (size_t i = 0; i < n; i++)
			assert_ptr_equal(after->certs.at[i], before->certs.at[i]);
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

		if (golden->format == KEYSTORE_PKCS12) /* salts differ each time */
			continue;
		golden_open(golden->name, golden->password, &file);
		assert_ok(keystore_cache_set(&keystore_cache, golden->password, &why), &why);
		source = keystore_cache_source(
			&keystore_cache, read_it(&keystore_cache, &file, "", 0));
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
	cmocka_unit_test(one_large_keystore_makes_room_for_the_next),
	cmocka_unit_test(more_than_it_remembers_are_read_all_the_same),
	cmocka_unit_test(what_cannot_be_read_is_forgotten),
	cmocka_unit_test(what_stays_in_it_is_shared),
	cmocka_unit_test(a_password_that_is_no_text_is_refused),
	cmocka_unit_test(what_was_read_is_changed_as_what_was_not),
};

int main(void)
{
	return run_group("keyring", tests);
}
