/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "tests/unit/store_cas.h"
#include "tests/unit/store_case.h"

#define CERTS "/etc/ssl/certs"
#define BUNDLE CERTS "/ca-certificates.crt"
#define SHIPPED "/usr/share/ca-certificates/mozilla"
#define LOCAL "/usr/local/share/ca-certificates"

static void make_root(struct store_case *it)
{
	store_case_make(it);
	store_case_file(it, "/etc/alpine-release", "3.20\n");
	store_case_file(it, "/etc/ca-certificates.conf", "mozilla/Shipped.crt");
	store_case_cert(it, SHIPPED "/Shipped.crt", shipped.cert);
	store_case_cert(it, BUNDLE, shipped.cert);
	store_case_link(it, CERTS "/ca-cert-Shipped.pem", SHIPPED "/Shipped.crt");
	store_case_link(it, "/etc/ssl/cert.pem", "certs/ca-certificates.crt");
	store_case_dir(it, LOCAL);
	assert_string_equal(store_case_open(it, "system")->label, "Alpine");
}

static void adding_makes_anchor_link_and_bundle(void **state)
{
	auto_store_case it;
	auto_free char *bundle = store_case_pem(shipped.cert, corp.cert, NULL);

	(void)state;
	make_root(&it);
	assert_int_equal(store_case_add(&it, corp.cert, "corp") > 0, 1);
	assert_string_equal(store_case_target(&it, CERTS "/ca-cert-corp.pem"), LOCAL "/corp.crt");
	assert_string_equal(store_case_text(&it, BUNDLE), bundle);
	assert_string_equal(store_case_text(&it, "/etc/ssl/cert.pem"), bundle);
	assert_false(store_case_has(&it, store_case_hash(CERTS, corp.cert, 0)));
	assert_true(store_case_holds(&it, corp.cert));
}

static void any_name_counts_but_no_directory_below(void **state)
{
	auto_store_case it;
	auto_free char *bundle = store_case_pem(shipped.cert, corp.cert, other.cert, NULL);

	(void)state;
	make_root(&it);
	store_case_cert(&it, LOCAL "/other (1).txt", other.cert);
	store_case_cert(&it, LOCAL "/.hidden.crt", shipped.cert);
	store_case_cert(&it, LOCAL "/deep/below.crt", shipped.cert);
	store_case_add(&it, corp.cert, "corp");
	assert_string_equal(store_case_text(&it, BUNDLE), bundle);
	assert_string_equal(
		store_case_target(&it, CERTS "/ca-cert-other_=1=.txt.pem"), LOCAL "/other (1).txt");
}

static void hash_links_follow_where_there_are_some(void **state)
{
	auto_store_case it;

	(void)state;
	make_root(&it);
	store_case_link(&it, store_case_hash(CERTS, shipped.cert, 0), "ca-cert-Shipped.pem");
	store_case_add(&it, corp.cert, "corp");
	assert_string_equal(
		store_case_target(&it, store_case_hash(CERTS, corp.cert, 0)), "ca-cert-corp.pem");
	store_case_remove(&it, corp.cert);
	assert_false(store_case_has(&it, store_case_hash(CERTS, corp.cert, 0)));
}

static void removing_leaves_what_was_there(void **state)
{
	auto_store_case it;
	auto_free char *bundle = store_case_pem(shipped.cert, NULL);

	(void)state;
	make_root(&it);
	store_case_add(&it, corp.cert, "corp");
	store_case_remove(&it, corp.cert);
	assert_false(store_case_has(&it, LOCAL "/corp.crt"));
	assert_false(store_case_has(&it, CERTS "/ca-cert-corp.pem"));
	assert_string_equal(store_case_text(&it, BUNDLE), bundle);
}

static void a_bundle_alone_gets_the_anchors_file_too(void **state)
{
	auto_store_case it;
	auto_free char *both = store_case_pem(shipped.cert, corp.cert, NULL);

	(void)state;
	store_case_make(&it);
	store_case_file(&it, "/etc/os-release", "ID=wolfi\n");
	store_case_file(&it, "/etc/apk/world", "");
	store_case_cert(&it, BUNDLE, shipped.cert);
	store_case_open(&it, "system");
	assert_int_equal(store_case_add(&it, corp.cert, "corp") > 0, 1);
	assert_true(store_case_has(&it, LOCAL "/corp.crt"));
	assert_string_equal(store_case_text(&it, BUNDLE), both);
	store_case_remove(&it, corp.cert);
	assert_false(store_case_has(&it, LOCAL "/corp.crt"));
	assert_false(store_case_holds(&it, corp.cert));
	assert_true(store_case_holds(&it, shipped.cert));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(adding_makes_anchor_link_and_bundle),
	cmocka_unit_test(any_name_counts_but_no_directory_below),
	cmocka_unit_test(hash_links_follow_where_there_are_some),
	cmocka_unit_test(removing_leaves_what_was_there),
	cmocka_unit_test(a_bundle_alone_gets_the_anchors_file_too),
};

int main(void)
{
	return run_store_group("alpine", tests);
}
