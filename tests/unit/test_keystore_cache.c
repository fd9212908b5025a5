/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/base/limits.h"
#include "stores/java/keystore_cache.h"
#include "tests/unit/golden.h"
#include "tests/unit/make_cert.h"

/* What was read before does not matter, also not that it was damaged. */
static void each_keystore_is_read_as_it_is(void **state)
{
	static const char *const names[] = {"jks-17", "jceks-25", "jks-17"};
	static const enum keystore_format formats[] = {KEYSTORE_JKS, KEYSTORE_JCEKS, KEYSTORE_JKS};
	auto_keystore_cache cache = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		auto_opened file = {0};
		auto_certs certs = CERTS_INIT;
		struct keystore_facts facts;
		struct fault why = FAULT_INIT;

		golden_open(names[i], "changeit", &file);
		assert_ok(keystore_cache_read(&cache, &file.bytes, &facts, &certs, &why), &why);
		assert_int_equal(facts.format, formats[i]);
		assert_int_equal(certs.n, 3);
		file.bytes.bytes[file.bytes.len - 1] ^= 1;
		assert_fault(keystore_cache_read(&cache, &file.bytes, &facts, &certs, &why), &why,
			FAULT_REFUSED, "digest");
	}
}

/* The keys are derived by then; nothing else differs. */
static void what_was_read_is_changed_as_what_was_not(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});

	(void)state;
	for (const struct golden *golden = goldens; golden->name; golden++) {
		auto_keystore_cache cache = {0};
		auto_opened file = {0};
		auto_buf ours = buf_make(LIMIT_FILE_BYTES), wanted = buf_make(LIMIT_FILE_BYTES);
		auto_certs before = CERTS_INIT, after = CERTS_INIT;
		struct keystore_facts facts;
		struct keystore_source source;
		struct fault why = FAULT_INIT;

		if (golden->is_slow)
			continue;
		golden_open(golden->name, golden->password, &file);
		assert_ok(keystore_cache_set(&cache, golden->password, &why), &why);
		assert_ok(keystore_cache_read(&cache, &file.bytes, &facts, &before, &why), &why);
		if (golden->has_password)
			assert_string_equal(facts.opened_with, golden->password);
		source = keystore_cache_source(&cache, &file.bytes);
		assert_ok(golden_add(&source, root.cert, "root", 5, &ours, &why), &why);
		assert_ok(golden_add(&file.source, root.cert, "root", 5, &wanted, &why), &why);
		assert_bytes(ours.bytes, ours.len, wanted.bytes, wanted.len);
		assert_ok(keystore_cache_read(&cache, &ours, &facts, &after, &why), &why);
		assert_int_equal(before.n, golden->certs_n);
		assert_int_equal(after.n, golden->certs_n + 1);
		for (size_t i = 0; i < before.n; i++)
			assert_true(cert_same(after.at[i], before.at[i]));
		assert_int_equal(certs_find(&after, root.cert), before.n);
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
	cmocka_unit_test(each_keystore_is_read_as_it_is),
	cmocka_unit_test(a_password_that_is_no_text_is_refused),
	cmocka_unit_test(what_was_read_is_changed_as_what_was_not),
};

int main(void)
{
	return run_group("keystore_cache", tests);
}
