/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "tests/unit/store_cas.h"
#include "tests/unit/store_case.h"

#define CERTS "/etc/ssl/certs"
#define BUNDLE CERTS "/ca-certificates.crt"
#define SHIPPED "/usr/share/ca-certificates/mozilla"
#define LOCAL "/usr/local/share/ca-certificates"

/* A bundle as its program writes it: every file with a blank line after it. */
static char *spaced(struct cert *first, struct cert *second, struct cert *third)
{
	struct cert *const certs[] = {first, second, third};
	auto_buf text = buf_make(LIMIT_PEM_BYTES);
	size_t len;

	for (size_t i = 0; i < 3 && certs[i]; i++) {
		auto_free char *pem = store_case_pem(certs[i], NULL);

		buf_printf(&text, "%s\n", pem);
	}
	return (char *)buf_take(&text, &len);
}

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
	auto_free char *bundle = spaced(shipped.cert, corp.cert, NULL);

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
	auto_free char *bundle = spaced(shipped.cert, corp.cert, other.cert);

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
	auto_free char *bundle = spaced(shipped.cert, NULL, NULL);

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

static void an_image_keeps_the_blank_lines_of_its_bundle(void **state)
{
	auto_store_case it;
	auto_free char *before = spaced(shipped.cert, other.cert, NULL);
	auto_free char *after = spaced(shipped.cert, other.cert, corp.cert);
	auto_free char *rest = spaced(shipped.cert, corp.cert, NULL);

	(void)state;
	store_case_make(&it);
	it.tree->is_still = true;
	store_case_file(&it, "/etc/alpine-release", "3.20\n");
	store_case_file(&it, BUNDLE, before);
	store_case_link(&it, "/etc/ssl/cert.pem", "certs/ca-certificates.crt");
	store_case_open(&it, "system");
	store_case_add(&it, corp.cert, "corp");
	assert_string_equal(store_case_text(&it, BUNDLE), after);
	store_case_remove(&it, other.cert);
	assert_string_equal(store_case_text(&it, BUNDLE), rest);
}

static void a_new_store_has_the_file_and_the_links_of_libssl(void **state)
{
	static const char *const ids[] = {
		"ID=alpine\n", "ID=wolfi\n", "ID=chainguard\n", "ID=chimera\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		auto_store_case it;

		store_case_make(&it);
		store_case_file(&it, "/etc/os-release", ids[i]);
		store_case_file(&it, "/lib/apk/db/installed", "");
		store_case_open(&it, "system");
		store_case_add(&it, corp.cert, "corp");
		assert_string_equal(
			store_case_target(&it, "/etc/ssl/cert.pem"), "certs/ca-certificates.crt");
		assert_string_equal(store_case_target(&it, store_case_hash(CERTS, corp.cert, 0)),
			"ca-cert-corp.pem");
		assert_true(store_case_holds(&it, corp.cert));
		store_case_remove(&it, corp.cert);
		assert_false(store_case_holds(&it, corp.cert));
		assert_false(store_case_has(&it, store_case_hash(CERTS, corp.cert, 0)));
	}
}

/* Where there are hash links and no file, as on Chimera, nothing else is needed. */
static void libssl_without_its_file_reads_the_links_alone(void **state)
{
	(void)state;
	for (int has_links = 0; has_links < 2; has_links++) {
		auto_store_case it;
		auto_certs seen = CERTS_INIT;
		struct fault why = FAULT_INIT;
		const struct place *place;

		make_root(&it);
		memory_tree_remove(it.tree, "/etc/ssl/cert.pem");
		store_case_cert(&it, BUNDLE, other.cert);
		if (has_links)
			store_case_link(&it, store_case_hash(CERTS, shipped.cert, 0),
				"ca-cert-Shipped.pem");
		place = &it.places.at[0];
		assert_ok(place->ops->anchors(&it.view, place, &seen, &why), &why);
		assert_int_equal(seen.at[0]->hidden_from, PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL));
		store_case_add(&it, corp.cert, "corp");
		assert_int_equal(store_case_has(&it, "/etc/ssl/cert.pem"), !has_links);
		assert_int_equal(
			store_case_has(&it, store_case_hash(CERTS, corp.cert, 0)), has_links);
		assert_true(store_case_holds(&it, corp.cert));
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(adding_makes_anchor_link_and_bundle),
	cmocka_unit_test(any_name_counts_but_no_directory_below),
	cmocka_unit_test(hash_links_follow_where_there_are_some),
	cmocka_unit_test(removing_leaves_what_was_there),
	cmocka_unit_test(a_bundle_alone_gets_the_anchors_file_too),
	cmocka_unit_test(an_image_keeps_the_blank_lines_of_its_bundle),
	cmocka_unit_test(a_new_store_has_the_file_and_the_links_of_libssl),
	cmocka_unit_test(libssl_without_its_file_reads_the_links_alone),
};

int main(void)
{
	return run_store_group("alpine", tests);
}
