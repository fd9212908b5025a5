/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <stdio.h>

#include "stores/system/hashdir.h"
#include "tests/unit/store_cas.h"
#include "tests/unit/store_case.h"

#define DIR "/certs"

static void rehash_but(struct store_case *it, const char *except)
{
	struct fault why = FAULT_INIT;
	auto_hashdir dir = HASHDIR_INIT;

	assert_ok(hashdir_read(&it->view, DIR, &dir, &why), &why);
	assert_ok(hashdir_rehash(&it->view, &dir, except, &why), &why);
	assert_ok(hashdir_plan(&it->view, &dir, &why), &why);
}

static void rehash(struct store_case *it)
{
	rehash_but(it, NULL);
}

static bool is_right(struct store_case *it, const char *except)
{
	struct fault why = FAULT_INIT;
	auto_hashdir dir = HASHDIR_INIT;

	assert_ok(hashdir_read(&it->view, DIR, &dir, &why), &why);
	assert_ok(hashdir_rehash(&it->view, &dir, except, &why), &why);
	return !hashdir_is_changed(&dir);
}

static void only_files_with_one_certificate_count(void **state)
{
	auto_free char *two = store_case_pem(other.cert, corp.cert, NULL);
	auto_free char *single = store_case_pem(other.cert, NULL);
	auto_free char *damaged = NULL;
	auto_free char *one_line = store_case_pem(other.cert, NULL);
	struct {
		const char *name, *text;
		bool counts;
	} cases[] = {
		{"a.pem", single, true},
		{"a.CRT", single, true},
		{"a.cer", single, true},
		{"a.txt", single, false},
		{"a", single, false},
		{"a.pem.bak", single, false},
		{"a.pem", two, false},
		{"a.pem", "", false},
		{"a.pem", "no certificate", false},
		{"a.pem", NULL, false},
		{"a.pem", one_line, false},
	};

	(void)state;
	for (char *at = one_line; *at; at++)
		*at = *at == '\n' ? '\r' : *at; /* which OpenSSL passes over */
	assert_true(asprintf(&damaged, "%s%.100s", single, single) > 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_store_case it;
		char path[64];

		store_case_make(&it);
		snprintf(path, sizeof(path), DIR "/%s", cases[i].name);
		store_case_file(&it, path, cases[i].text ? cases[i].text : damaged);
		rehash(&it);
		if (store_case_has(&it, store_case_hash(DIR, other.cert, 0)) != cases[i].counts)
			fail_msg("row %zu: '%s'", i, cases[i].name);
	}
}

static void links_that_fit_keep_their_number(void **state)
{
	auto_store_case it;

	(void)state;
	store_case_make(&it);
	store_case_cert(&it, DIR "/a.pem", corp.cert);
	store_case_cert(&it, DIR "/b.pem", corp2.cert);
	store_case_link(&it, store_case_hash(DIR, corp.cert, 0), "b.pem");
	rehash(&it);
	assert_string_equal(store_case_target(&it, store_case_hash(DIR, corp.cert, 0)), "b.pem");
	assert_string_equal(store_case_target(&it, store_case_hash(DIR, corp.cert, 1)), "a.pem");
	assert_int_equal(it.plan.n, 1);
}

static void a_link_too_high_gets_a_low_number(void **state)
{
	auto_store_case it;

	(void)state;
	store_case_make(&it);
	store_case_cert(&it, DIR "/a.pem", other.cert);
	store_case_link(&it, store_case_hash(DIR, other.cert, 3), "a.pem");
	rehash(&it);
	assert_string_equal(store_case_target(&it, store_case_hash(DIR, other.cert, 0)), "a.pem");
}

static void the_same_certificate_gets_one_link(void **state)
{
	auto_store_case it;

	(void)state;
	store_case_make(&it);
	store_case_cert(&it, DIR "/b.pem", other.cert);
	store_case_cert(&it, DIR "/a.pem", other.cert);
	rehash(&it);
	assert_string_equal(store_case_target(&it, store_case_hash(DIR, other.cert, 0)), "a.pem");
	assert_false(store_case_has(&it, store_case_hash(DIR, other.cert, 1)));
	assert_true(is_right(&it, NULL));
}

static void links_to_what_no_longer_has_the_hash_go(void **state)
{
	auto_store_case it;

	(void)state;
	store_case_make(&it);
	store_case_cert(&it, DIR "/a.pem", other.cert);
	store_case_link(&it, DIR "/0000abcd.0", "a.pem");
	store_case_link(&it, DIR "/0000abcd.r0", "crl.pem");
	assert_false(is_right(&it, NULL));
	rehash(&it);
	assert_false(store_case_has(&it, DIR "/0000abcd.0"));
	assert_true(store_case_has(&it, DIR "/0000abcd.r0"));
	assert_true(is_right(&it, NULL));
}

/* rehash.c would unlink number 1 after giving it to b.pem. */
static void a_new_link_survives_the_old_one_of_its_number(void **state)
{
	auto_store_case it;
	char taken[64];

	(void)state;
	store_case_make(&it);
	store_case_cert(&it, DIR "/z.pem", corp2.cert);
	store_case_cert(&it, DIR "/old.pem", other.cert);
	store_case_link(&it, store_case_hash(DIR, corp.cert, 0), "old.pem");
	store_case_link(&it, store_case_hash(DIR, corp.cert, 1), "older.pem");
	rehash(&it);
	snprintf(taken, sizeof(taken), "%s", store_case_hash(DIR, corp.cert, 1));
	assert_string_equal(store_case_target(&it, taken), "z.pem");
}

static void the_exception_does_not_count(void **state)
{
	auto_store_case it;

	(void)state;
	store_case_make(&it);
	store_case_cert(&it, DIR "/bundle.crt", other.cert);
	assert_false(is_right(&it, NULL));
	assert_true(is_right(&it, "bundle.crt"));
	store_case_link(&it, store_case_hash(DIR, other.cert, 0), "bundle.crt");
	assert_false(is_right(&it, "bundle.crt"));
	rehash_but(&it, "bundle.crt");
	assert_false(store_case_has(&it, store_case_hash(DIR, other.cert, 0)));
	store_case_cert(&it, DIR "/same.pem", other.cert);
	assert_false(is_right(&it, "bundle.crt"));
	rehash_but(&it, "bundle.crt");
	assert_string_equal(
		store_case_target(&it, store_case_hash(DIR, other.cert, 0)), "same.pem");
	assert_true(is_right(&it, "bundle.crt"));
}

static bool finds(struct store_case *it, struct cert *cert)
{
	struct fault why = FAULT_INIT;
	auto_hashdir dir = HASHDIR_INIT;
	bool found;

	assert_ok(hashdir_read(&it->view, DIR, &dir, &why), &why);
	assert_ok(hashdir_holds(&it->view, &dir, cert, &found, &why), &why);
	return found;
}

static void finding_stops_at_the_first_missing_number(void **state)
{
	auto_store_case it;

	(void)state;
	store_case_make(&it);
	store_case_cert(&it, DIR "/a.pem", corp.cert);
	store_case_cert(&it, DIR "/b.pem", corp2.cert);
	store_case_link(&it, store_case_hash(DIR, corp.cert, 0), "b.pem");
	store_case_link(&it, store_case_hash(DIR, corp.cert, 2), "a.pem");
	assert_true(finds(&it, corp2.cert));
	assert_false(finds(&it, corp.cert));
}

static void dropping_closes_the_gap(void **state)
{
	auto_store_case it;
	auto_hashdir dir = HASHDIR_INIT;
	struct fault why = FAULT_INIT;

	(void)state;
	store_case_make(&it);
	store_case_cert(&it, DIR "/a.pem", corp.cert);
	store_case_cert(&it, DIR "/b.pem", corp2.cert);
	assert_ok(hashdir_read(&it.view, DIR, &dir, &why), &why);
	assert_ok(hashdir_give(&dir, corp.cert, "a.pem", true, &why), &why);
	assert_ok(hashdir_give(&dir, corp2.cert, "b.pem", true, &why), &why);
	assert_ok(hashdir_take(&dir, "a.pem", &why), &why);
	assert_ok(hashdir_plan(&it.view, &dir, &why), &why);
	assert_string_equal(store_case_target(&it, store_case_hash(DIR, corp2.cert, 0)), "b.pem");
	assert_false(store_case_has(&it, store_case_hash(DIR, corp2.cert, 1)));
}

static void too_many_of_one_hash_are_a_fault(void **state)
{
	auto_store_case it;
	auto_hashdir dir = HASHDIR_INIT;
	struct fault why = FAULT_INIT;

	(void)state;
	store_case_make(&it);
	for (unsigned i = 0; i < 4000; i++) {
		char path[64];
		char target[64];

		snprintf(path, sizeof(path), DIR "/00000001.%u", i);
		snprintf(target, sizeof(target), "%u.pem", i);
		store_case_link(&it, path, target);
	}
	assert_ok(hashdir_read(&it.view, DIR, &dir, &why), &why);
	assert_fault(hashdir_rehash(&it.view, &dir, NULL, &why), &why, FAULT_LIMIT, "00000001");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(only_files_with_one_certificate_count),
	cmocka_unit_test(links_that_fit_keep_their_number),
	cmocka_unit_test(a_link_too_high_gets_a_low_number),
	cmocka_unit_test(the_same_certificate_gets_one_link),
	cmocka_unit_test(links_to_what_no_longer_has_the_hash_go),
	cmocka_unit_test(a_new_link_survives_the_old_one_of_its_number),
	cmocka_unit_test(the_exception_does_not_count),
	cmocka_unit_test(finding_stops_at_the_first_missing_number),
	cmocka_unit_test(dropping_closes_the_gap),
	cmocka_unit_test(too_many_of_one_hash_are_a_fault),
};

int main(void)
{
	return run_store_group("hashdir", tests);
}
