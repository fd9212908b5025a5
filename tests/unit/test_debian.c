/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <stdio.h>

#include "tests/unit/store_cas.h"
#include "tests/unit/store_case.h"

#define CONF "/etc/ca-certificates.conf"
#define CERTS "/etc/ssl/certs"
#define BUNDLE CERTS "/ca-certificates.crt"
#define SHIPPED "/usr/share/ca-certificates/mozilla"
#define LOCAL "/usr/local/share/ca-certificates"

/* A root as the package leaves it: one certificate selected, linked, hashed and in the bundle. */
static void make_root(struct store_case *it)
{
	store_case_make(it);
	store_case_file(it, CONF, "# list\nmozilla/Shipped.crt\n");
	store_case_cert(it, SHIPPED "/Shipped.crt", shipped.cert);
	store_case_cert(it, BUNDLE, shipped.cert);
	store_case_link(it, CERTS "/Shipped.pem", SHIPPED "/Shipped.crt");
	store_case_link(it, store_case_hash(CERTS, shipped.cert, 0), "Shipped.pem");
	store_case_dir(it, LOCAL);
	assert_string_equal(store_case_open(it, "system")->label, "Debian");
}

static void adding_makes_anchor_links_and_bundle(void **state)
{
	auto_store_case it;
	auto_free char *anchor = store_case_pem(corp.cert, NULL);
	auto_free char *bundle = store_case_pem(shipped.cert, corp.cert, NULL);

	(void)state;
	make_root(&it);
	assert_false(store_case_holds(&it, corp.cert));
	assert_int_equal(store_case_add(&it, corp.cert, "corp"), 4);
	assert_string_equal(store_case_text(&it, LOCAL "/corp.crt"), anchor);
	assert_string_equal(store_case_target(&it, CERTS "/corp.pem"), LOCAL "/corp.crt");
	assert_string_equal(
		store_case_target(&it, store_case_hash(CERTS, corp.cert, 0)), "corp.pem");
	assert_string_equal(store_case_text(&it, BUNDLE), bundle);
	assert_true(store_case_holds(&it, corp.cert));
	assert_true(store_case_holds(&it, shipped.cert));
}

static void adding_twice_plans_nothing_more(void **state)
{
	auto_store_case it;

	(void)state;
	make_root(&it);
	store_case_add(&it, corp.cert, "corp");
	assert_int_equal(store_case_add(&it, corp.cert, "corp"), 4);
	assert_int_equal(store_case_add(&it, corp.cert, "another-name"), 4);
	assert_int_equal(store_case_add(&it, shipped.cert, "shipped"), 4);
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
	assert_false(store_case_has(&it, CERTS "/corp.pem"));
	assert_false(store_case_has(&it, store_case_hash(CERTS, corp.cert, 0)));
	assert_string_equal(store_case_text(&it, BUNDLE), bundle);
}

static void removing_what_is_not_there_plans_nothing(void **state)
{
	auto_store_case it;

	(void)state;
	make_root(&it);
	store_case_file(&it, BUNDLE, "not what the sources make");
	assert_int_equal(store_case_remove(&it, corp.cert), 0);
}

static void a_missing_part_is_repaired(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		auto_free char *both = store_case_pem(shipped.cert, corp.cert, NULL);
		auto_store_case it;

		make_root(&it);
		store_case_cert(&it, LOCAL "/corp.crt", corp.cert);
		store_case_link(&it, CERTS "/corp.pem", LOCAL "/corp.crt");
		store_case_link(&it, store_case_hash(CERTS, corp.cert, 0), "corp.pem");
		store_case_file(&it, BUNDLE, both);
		if (i == 0)
			store_case_file(&it, BUNDLE, "");
		if (i == 1)
			memory_tree_remove(it.tree, CERTS "/corp.pem");
		if (i == 2)
			memory_tree_remove(it.tree, store_case_hash(CERTS, corp.cert, 0));
		assert_int_not_equal(store_case_add(&it, corp.cert, "corp"), 0);
		assert_string_equal(store_case_text(&it, BUNDLE), both);
		assert_string_equal(
			store_case_target(&it, store_case_hash(CERTS, corp.cert, 0)), "corp.pem");
	}
}

static void a_rotated_certificate_is_hashed_anew(void **state)
{
	auto_store_case it;

	(void)state;
	make_root(&it);
	/* As the script leaves it: under the name there is another certificate now. */
	store_case_cert(&it, LOCAL "/corp.crt", other.cert);
	store_case_link(&it, CERTS "/corp.pem", LOCAL "/corp.crt");
	store_case_link(&it, store_case_hash(CERTS, corp.cert, 0), "corp.pem");
	store_case_add(&it, other.cert, "corp");
	assert_false(store_case_has(&it, store_case_hash(CERTS, corp.cert, 0)));
	assert_string_equal(
		store_case_target(&it, store_case_hash(CERTS, other.cert, 0)), "corp.pem");
	assert_false(store_case_holds(&it, corp.cert));
	assert_true(store_case_holds(&it, other.cert));
}

static void a_name_that_another_certificate_has_is_refused(void **state)
{
	auto_store_case it;
	const struct place *place;
	struct fault why = FAULT_INIT;

	(void)state;
	make_root(&it);
	place = &it.places.at[0];
	store_case_add(&it, corp.cert, "corp");
	assert_fault(store_add(&it.view, place, other.cert, "corp", &why), &why, FAULT_REFUSED,
		LOCAL "/corp.crt' holds another certificate");
	assert_true(store_case_holds(&it, corp.cert));
}

static void one_subject_three_times_gets_three_numbers(void **state)
{
	auto_store_case it;

	(void)state;
	make_root(&it);
	store_case_add(&it, corp.cert, "b");
	store_case_add(&it, corp2.cert, "a");
	store_case_add(&it, corp3.cert, "c");
	assert_string_equal(store_case_target(&it, store_case_hash(CERTS, corp.cert, 0)), "b.pem");
	assert_string_equal(store_case_target(&it, store_case_hash(CERTS, corp.cert, 1)), "a.pem");
	assert_string_equal(store_case_target(&it, store_case_hash(CERTS, corp.cert, 2)), "c.pem");
	store_case_remove(&it, corp.cert);
	assert_true(store_case_holds(&it, corp2.cert));
	assert_true(store_case_holds(&it, corp3.cert));
	assert_string_equal(store_case_target(&it, store_case_hash(CERTS, corp.cert, 0)), "c.pem");
}

static void the_bundle_is_in_the_order_of_paths(void **state)
{
	auto_store_case it;
	auto_free char *bundle =
		store_case_pem(shipped.cert, other.cert, corp3.cert, corp.cert, corp2.cert, NULL);

	(void)state;
	make_root(&it);
	store_case_cert(&it, LOCAL "/b.crt", corp2.cert);
	store_case_cert(&it, LOCAL "/a/z.crt", corp3.cert);
	store_case_cert(&it, LOCAL "/B.crt", other.cert);
	store_case_add(&it, corp.cert, "ab");
	assert_string_equal(store_case_text(&it, BUNDLE), bundle);
}

static void names_are_made_fit_for_links(void **state)
{
	auto_store_case it;

	(void)state;
	make_root(&it);
	store_case_cert(&it, LOCAL "/my (old), ca.crt", other.cert);
	store_case_add(&it, corp.cert, "corp");
	assert_string_equal(
		store_case_target(&it, CERTS "/my_=old=__ca.pem"), LOCAL "/my (old), ca.crt");
}

/* The script stops with an error at either name: sed(1) cannot read what read(1) makes of it. */
static void names_that_stop_the_script_are_survived(void **state)
{
	auto_free char *bundle = store_case_pem(shipped.cert, other.cert, corp.cert, NULL);
	auto_store_case it;

	(void)state;
	store_case_make(&it);
	store_case_file(&it, CONF, "mozilla/Shipped.crt\n");
	store_case_cert(&it, SHIPPED "/Shipped.crt", shipped.cert);
	store_case_cert(&it, LOCAL "/a\\b.crt", other.cert);
	store_case_cert(&it, LOCAL "/a\nb.crt", corp2.cert);
	assert_non_null(
		strstr(store_case_open(&it, "system")->note, "has a backslash in its name"));
	store_case_add(&it, corp.cert, "corp");
	assert_string_equal(store_case_text(&it, BUNDLE), bundle);
	assert_string_equal(store_case_target(&it, CERTS "/a\\b.pem"), LOCAL "/a\\b.crt");
	assert_false(store_case_has(&it, CERTS "/a\nb.pem"));
}

static void a_missing_last_newline_is_added(void **state)
{
	auto_store_case it;
	auto_free char *text = store_case_pem(other.cert, NULL);
	auto_free char *bundle = store_case_pem(shipped.cert, corp.cert, other.cert, NULL);

	(void)state;
	make_root(&it);
	text[strlen(text) - 1] = '\0';
	store_case_file(&it, LOCAL "/z.crt", text);
	store_case_add(&it, corp.cert, "corp");
	assert_string_equal(store_case_text(&it, BUNDLE), bundle);
}

static void der_is_left_out_of_the_bundle_and_told(void **state)
{
	auto_store_case it;
	auto_free char *bundle = store_case_pem(shipped.cert, corp.cert, NULL);
	size_t len = other.cert->der.left;
	const uint8_t *der = other.cert->der.at;

	(void)state;
	store_case_make(&it);
	store_case_file(&it, CONF, "mozilla/Shipped.crt\n");
	store_case_cert(&it, SHIPPED "/Shipped.crt", shipped.cert);
	memory_tree_set(it.tree, LOCAL "/der.crt", ENTRY_FILE, der, len, 0644);
	assert_non_null(strstr(store_case_open(&it, "system")->note, "der.crt' is not PEM"));
	store_case_add(&it, corp.cert, "corp");
	assert_string_equal(store_case_text(&it, BUNDLE), bundle);
}

static void two_in_one_file_are_in_the_bundle_but_not_hashed(void **state)
{
	auto_store_case it;
	auto_free char *two = store_case_pem(corp.cert, other.cert, NULL);

	(void)state;
	make_root(&it);
	store_case_file(&it, LOCAL "/two.crt", two);
	store_case_add(&it, corp3.cert, "x");
	assert_false(store_case_has(&it, store_case_hash(CERTS, other.cert, 0)));
	assert_non_null(strstr(store_case_text(&it, BUNDLE), two));
	/* One that only shares a file gets a file of its own. */
	store_case_add(&it, other.cert, "own");
	assert_true(store_case_has(&it, store_case_hash(CERTS, other.cert, 0)));
	assert_true(store_case_holds(&it, other.cert));
	store_case_remove(&it, other.cert);
	assert_false(store_case_has(&it, LOCAL "/own.crt"));
	assert_true(store_case_holds(&it, corp.cert));
}

static void conf_is_read_as_the_shell_does(void **state)
{
	auto_store_case it;
	auto_free char *bundle = store_case_pem(shipped.cert, corp.cert, NULL);

	(void)state;
	make_root(&it);
	store_case_cert(&it, SHIPPED "/Off.crt", other.cert);
	store_case_cert(&it, SHIPPED "/Cut.crt", corp2.cert);
	store_case_link(&it, CERTS "/Off.pem", SHIPPED "/Off.crt");
	store_case_file(&it, CONF,
		"\n# comment\n \t mozilla/Shipped.crt \n!mozilla/Off.crt\nmozilla/none.crt\n"
		"mozilla/Cut.crt");
	store_case_add(&it, corp.cert, "corp");
	assert_false(store_case_has(&it, CERTS "/Off.pem"));
	assert_string_equal(store_case_text(&it, BUNDLE), bundle);
}

static void what_the_distribution_ships_is_refused(void **state)
{
	auto_store_case it;
	struct fault why = FAULT_INIT;

	(void)state;
	make_root(&it);
	assert_fault(store_remove(&it.view, &it.places.at[0], shipped.cert->sha256, &why), &why,
		FAULT_REFUSED, "put '!' before its line");
	assert_int_equal(it.plan.n, 0);
}

static void any_file_with_the_certificate_goes(void **state)
{
	auto_store_case it;

	(void)state;
	make_root(&it);
	store_case_cert(&it, LOCAL "/deep/one.crt", corp.cert);
	store_case_cert(&it, LOCAL "/two.crt", corp.cert);
	store_case_cert(&it, CERTS "/by-hand.pem", corp.cert);
	store_case_remove(&it, corp.cert);
	assert_false(store_case_has(&it, LOCAL "/deep/one.crt"));
	assert_false(store_case_has(&it, LOCAL "/two.crt"));
	assert_false(store_case_has(&it, CERTS "/by-hand.pem"));
}

/* Those below belong to somebody else. */
static void links_that_lead_nowhere_go_with_the_next_change(void **state)
{
	auto_store_case it;

	(void)state;
	make_root(&it);
	store_case_link(&it, CERTS "/12345678.0", "gone.pem");
	store_case_link(&it, CERTS "/sub/loop", "loop");
	store_case_add(&it, corp.cert, "corp");
	assert_false(store_case_has(&it, CERTS "/12345678.0"));
	assert_true(store_case_has(&it, CERTS "/sub/loop"));
}

static void a_linked_anchor_is_replaced_and_its_target_kept(void **state)
{
	auto_store_case it;
	auto_free char *text = store_case_pem(corp.cert, corp.cert, NULL);

	(void)state;
	make_root(&it);
	store_case_file(&it, "/opt/corp.pem", text);
	store_case_link(&it, LOCAL "/corp.crt", "/opt/corp.pem");
	store_case_add(&it, corp.cert, "corp");
	assert_string_equal(store_case_text(&it, "/opt/corp.pem"), text);
	assert_true(store_case_holds(&it, corp.cert));
}

static void directories_that_lead_into_themselves_are_walked_once(void **state)
{
	auto_store_case it;
	auto_free char *bundle = store_case_pem(shipped.cert, corp.cert, other.cert, NULL);

	(void)state;
	make_root(&it);
	store_case_cert(&it, LOCAL "/sub/ca.crt", other.cert);
	store_case_link(&it, LOCAL "/sub/again", "..");
	store_case_add(&it, corp.cert, "corp");
	assert_string_equal(store_case_text(&it, BUNDLE), bundle);
}

static void a_store_is_made_where_there_is_none(void **state)
{
	auto_store_case it;

	(void)state;
	store_case_make(&it);
	assert_non_null(strstr(store_case_open(&it, "system")->note, "no CA store found"));
	store_case_add(&it, corp.cert, "corp");
	assert_true(store_case_holds(&it, corp.cert));
	store_case_add(&it, other.cert, "other");
	assert_true(store_case_holds(&it, corp.cert));
	assert_true(store_case_holds(&it, other.cert));
	store_case_remove(&it, corp.cert);
	store_case_remove(&it, other.cert);
	assert_string_equal(store_case_text(&it, BUNDLE), "");
}

/* OpenSSL finds a certificate by the bundle's own hash link, made while it had only that one. */
static void the_last_one_that_goes_takes_the_bundles_hash_link_along(void **state)
{
	auto_store_case it;
	auto_free char *link = NULL;

	(void)state;
	store_case_make(&it);
	store_case_cert(&it, BUNDLE, corp.cert);
	link = strdup(store_case_hash(CERTS, corp.cert, 0));
	store_case_link(&it, link, "ca-certificates.crt");
	store_case_file(&it, "/etc/ca-certificates.conf", "# none\n");
	store_case_open(&it, "system");
	store_case_remove(&it, corp.cert);
	assert_string_equal(store_case_text(&it, BUNDLE), "");
	assert_false(store_case_has(&it, link));
}

static void a_device_in_the_bundles_place_is_a_fault(void **state)
{
	auto_store_case it;
	struct fault why = FAULT_INIT;

	(void)state;
	make_root(&it);
	memory_tree_set(it.tree, BUNDLE, ENTRY_OTHER, NULL, 0, 0644);
	assert_fault(store_add(&it.view, &it.places.at[0], corp.cert, "corp", &why), &why,
		FAULT_FORMAT, "ca-certificates.crt");
}

static void garbage_in_conf_is_survived(void **state)
{
	auto_store_case it;
	char garbage[4096];

	(void)state;
	make_root(&it);
	for (size_t i = 0; i < sizeof(garbage); i++)
		garbage[i] = (char)(i * 37 + i / 256);
	memory_tree_set(it.tree, CONF, ENTRY_FILE, garbage, sizeof(garbage), 0644);
	store_case_add(&it, corp.cert, "corp");
	assert_true(store_case_holds(&it, corp.cert));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(adding_makes_anchor_links_and_bundle),
	cmocka_unit_test(adding_twice_plans_nothing_more),
	cmocka_unit_test(removing_leaves_what_was_there),
	cmocka_unit_test(removing_what_is_not_there_plans_nothing),
	cmocka_unit_test(a_missing_part_is_repaired),
	cmocka_unit_test(a_rotated_certificate_is_hashed_anew),
	cmocka_unit_test(a_name_that_another_certificate_has_is_refused),
	cmocka_unit_test(one_subject_three_times_gets_three_numbers),
	cmocka_unit_test(the_bundle_is_in_the_order_of_paths),
	cmocka_unit_test(names_are_made_fit_for_links),
	cmocka_unit_test(names_that_stop_the_script_are_survived),
	cmocka_unit_test(a_missing_last_newline_is_added),
	cmocka_unit_test(der_is_left_out_of_the_bundle_and_told),
	cmocka_unit_test(two_in_one_file_are_in_the_bundle_but_not_hashed),
	cmocka_unit_test(conf_is_read_as_the_shell_does),
	cmocka_unit_test(what_the_distribution_ships_is_refused),
	cmocka_unit_test(any_file_with_the_certificate_goes),
	cmocka_unit_test(links_that_lead_nowhere_go_with_the_next_change),
	cmocka_unit_test(a_linked_anchor_is_replaced_and_its_target_kept),
	cmocka_unit_test(directories_that_lead_into_themselves_are_walked_once),
	cmocka_unit_test(a_store_is_made_where_there_is_none),
	cmocka_unit_test(the_last_one_that_goes_takes_the_bundles_hash_link_along),
	cmocka_unit_test(a_device_in_the_bundles_place_is_a_fault),
	cmocka_unit_test(garbage_in_conf_is_survived),
};

int main(void)
{
	return run_store_group("debian", tests);
}
