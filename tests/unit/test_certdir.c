/* SPDX-License-Identifier: Apache-2.0 */
/* Directories of hash links with no p11-kit or update-ca-certificates: Photon, OpenWrt, FreeBSD. */
#include "tests/unit/tf_cmocka.h"

#include <errno.h>

#include "tests/unit/store_cas.h"
#include "tests/unit/store_case.h"

#define CERTS "/etc/ssl/certs"
#define PHOTON "/etc/pki/tls/certs/ca-bundle.crt"
#define CERT_PEM "/etc/ssl/cert.pem"
#define FIRST CERTS "/ca-certificates.crt"
#define LOCAL "/usr/local/share/certs"
#define TRUSTED "/usr/share/certs/trusted"

static void photon(struct store_case *it)
{
	store_case_make(it);
	store_case_file(it, "/etc/os-release", "ID=photon\n");
	store_case_cert(it, CERTS "/1a2b3c4d.pem", shipped.cert);
	store_case_link(it, store_case_hash(CERTS, shipped.cert, 0), "1a2b3c4d.pem");
	store_case_cert(it, PHOTON, shipped.cert);
	assert_string_equal(store_case_open(it, "system")->label, "Photon");
}

static void openwrt(struct store_case *it)
{
	store_case_make(it);
	store_case_file(it, "/etc/os-release", "ID=\"openwrt\"\n");
	store_case_cert(it, CERTS "/Shipped.crt", shipped.cert);
	store_case_link(it, store_case_hash(CERTS, shipped.cert, 0), "Shipped.crt");
	assert_string_equal(store_case_open(it, "system")->label, "OpenWrt");
}

/* certctl, the script: links alone; ca_root_nss may have brought the bundle. */
static void freebsd14(struct store_case *it)
{
	store_case_make(it);
	store_case_dir(it, LOCAL);
	store_case_cert(it, TRUSTED "/Shipped.pem", shipped.cert);
	store_case_link(it, store_case_hash(CERTS, shipped.cert, 0),
		"../../../usr/share/certs/trusted/Shipped.pem");
	assert_string_equal(store_case_open(it, "system")->label, "FreeBSD");
}

/* certctl, the program of FreeBSD 15: copies, and a bundle of them. */
static void freebsd15(struct store_case *it)
{
	store_case_make(it);
	store_case_dir(it, LOCAL);
	store_case_cert(it, TRUSTED "/Shipped.pem", shipped.cert);
	store_case_cert(it, store_case_hash(CERTS, shipped.cert, 0), shipped.cert);
	store_case_cert(it, CERT_PEM, shipped.cert);
	assert_string_equal(store_case_open(it, "system")->label, "FreeBSD");
}

static const struct {
	void (*make)(struct store_case *it);
	const char *file, *link; /* the certificate's, and where the link with its hash leads */
	const char *bundle; /* the one it has; NULL: none */
} layouts[] = {
	{photon, CERTS "/corp.pem", "corp.pem", PHOTON},
	{openwrt, CERTS "/corp.crt", "corp.crt", NULL},
	{freebsd14, LOCAL "/corp.crt", "../../../usr/local/share/certs/corp.crt", NULL},
	{freebsd15, LOCAL "/corp.crt", "../../../usr/local/share/certs/corp.crt", CERT_PEM},
};
#define LAYOUTS_N (sizeof(layouts) / sizeof(layouts[0]))

static unsigned hidden_from(struct store_case *it, const struct cert *cert)
{
	const struct place *place = &it->places.at[0];
	struct fault why = FAULT_INIT;
	auto_certs seen = CERTS_INIT;
	size_t at;

	assert_ok(place->ops->anchors(&it->view, place, &seen, &why), &why);
	at = certs_find(&seen, cert);
	assert_true(at < seen.n);
	return seen.at[at]->hidden_from;
}

static void adding_makes_a_file_a_link_and_no_bundle(void **state)
{
	auto_free char *both = store_case_pem(shipped.cert, corp.cert, NULL);

	(void)state;
	for (size_t i = 0; i < LAYOUTS_N; i++) {
		auto_store_case it;
		size_t edits_n;

		layouts[i].make(&it);
		edits_n = store_case_add(&it, corp.cert, "corp");
		assert_string_equal(store_case_text(&it, layouts[i].file), corp_pem);
		assert_string_equal(store_case_target(&it, store_case_hash(CERTS, corp.cert, 0)),
			layouts[i].link);
		if (layouts[i].bundle)
			assert_string_equal(store_case_text(&it, layouts[i].bundle), both);
		assert_int_equal(edits_n, 2 + (layouts[i].bundle != NULL));
		assert_int_equal(hidden_from(&it, corp.cert), 0);
		assert_int_equal(hidden_from(&it, shipped.cert), 0);
		assert_int_equal(store_case_add(&it, corp.cert, "corp"), edits_n);
	}
}

static void removing_leaves_what_was_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < LAYOUTS_N; i++) {
		auto_store_case it;

		layouts[i].make(&it);
		store_case_add(&it, corp.cert, "corp");
		store_case_add(&it, corp2.cert, "corp2");
		assert_string_equal(store_case_target(&it, store_case_hash(CERTS, corp.cert, 1)) +
					    strlen(layouts[i].link) - strlen("corp.xxx"),
			i ? "corp2.crt" : "corp2.pem");
		store_case_remove(&it, corp.cert);
		assert_false(store_case_has(&it, layouts[i].file));
		assert_false(store_case_holds(&it, corp.cert));
		assert_int_equal(hidden_from(&it, corp2.cert), 0); /* no gap in the numbers */
		store_case_remove(&it, corp2.cert);
		assert_false(store_case_has(&it, store_case_hash(CERTS, corp.cert, 0)));
		assert_true(store_case_holds(&it, shipped.cert));
		if (layouts[i].bundle)
			assert_string_equal(store_case_text(&it, layouts[i].bundle), shipped_pem);
	}
}

static void a_new_store_gets_the_bundle_of_its_programs(void **state)
{
	static const struct {
		const char *os_release, *bundle;
	} rows[] = {
		{"ID=photon\n", PHOTON},
		{"ID=openwrt\n", FIRST},
		{"ID=freebsd\n", CERT_PEM},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_store_case it;

		store_case_make(&it);
		store_case_file(&it, "/etc/os-release", rows[i].os_release);
		assert_non_null(strstr(store_case_open(&it, "system")->note, "no CA store found"));
		store_case_add(&it, corp.cert, "corp");
		assert_string_equal(store_case_text(&it, rows[i].bundle), corp_pem);
		assert_int_equal(hidden_from(&it, corp.cert), 0);
	}
}

/* Put there by hand: linked, but in no bundle, which is all that curl and GnuTLS read. */
static void a_file_without_the_bundle_is_not_for_all(void **state)
{
	auto_store_case it;

	(void)state;
	photon(&it);
	store_case_cert(&it, CERTS "/own.pem", corp.cert);
	store_case_link(&it, store_case_hash(CERTS, corp.cert, 0), "own.pem");
	assert_int_equal(hidden_from(&it, corp.cert), PEM_QUIRK_BIT(PEM_QUIRK_CURL) |
							      PEM_QUIRK_BIT(PEM_QUIRK_GNUTLS) |
							      PEM_QUIRK_BIT(PEM_QUIRK_NODE));
	assert_int_equal(store_case_add(&it, corp.cert, "corp"), 1);
	assert_int_equal(hidden_from(&it, corp.cert), 0);
	store_case_remove(&it, corp.cert);
	assert_false(store_case_has(&it, CERTS "/own.pem"));
	assert_false(store_case_holds(&it, corp.cert));
}

/* And the other way: OpenSSL has only the links. */
static void a_bundle_without_the_link_is_not_for_openssl(void **state)
{
	auto_free char *both = store_case_pem(shipped.cert, corp.cert, NULL);
	auto_store_case it;

	(void)state;
	photon(&it);
	store_case_file(&it, PHOTON, both);
	assert_int_equal(hidden_from(&it, corp.cert), PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL));
	assert_int_equal(store_case_add(&it, corp.cert, "corp"), 2);
	assert_int_equal(hidden_from(&it, corp.cert), 0);
}

static void shipped_and_distrusted_certificates_are_refused(void **state)
{
	auto_store_case it;
	struct fault why = FAULT_INIT, again = FAULT_INIT;

	(void)state;
	freebsd14(&it);
	store_case_cert(&it, "/etc/ssl/untrusted/00000000.0", corp.cert);
	assert_fault(store_add(&it.view, &it.places.at[0], corp.cert, "corp", &why), &why,
		FAULT_REFUSED, "/etc/ssl/untrusted");
	assert_fault(store_remove(&it.view, &it.places.at[0], shipped.cert->sha256, &again), &again,
		FAULT_REFUSED, "certctl");
	assert_int_equal(it.plan.n, 0);
}

/* certctl may have replaced the link by a copy. */
static void a_copy_goes_with_its_certificate(void **state)
{
	auto_store_case it;

	(void)state;
	freebsd15(&it);
	store_case_cert(&it, LOCAL "/corp.crt", corp.cert);
	store_case_cert(&it, store_case_hash(CERTS, corp.cert, 0), corp.cert);
	store_case_remove(&it, corp.cert);
	assert_false(store_case_has(&it, store_case_hash(CERTS, corp.cert, 0)));
	assert_false(store_case_holds(&it, corp.cert));
}

/* A tree of no known family whose libssl reads links. */
static void an_unknown_directory_of_links_is_used_as_it_is(void **state)
{
	auto_store_case it;

	(void)state;
	store_case_make(&it);
	store_case_cert(&it, CERTS "/Shipped.pem", shipped.cert);
	store_case_link(&it, store_case_hash(CERTS, shipped.cert, 0), "Shipped.pem");
	assert_null(store_case_open(&it, "system")->note);
	assert_int_equal(store_case_add(&it, corp.cert, "corp"), 2);
	assert_string_equal(
		store_case_target(&it, store_case_hash(CERTS, corp.cert, 0)), "corp.pem");
	assert_true(store_case_holds(&it, shipped.cert));
}

/* Each listing fails once: the fault is told, or what is planned is all that should be. */
static void a_directory_that_cannot_be_listed_is_not_an_empty_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < LAYOUTS_N; i++) {
		bool is_reached = true;

		for (size_t n = 1; is_reached; n++) {
			auto_store_case it;
			struct fault why = FAULT_INIT;
			size_t before;
			int rc;

			layouts[i].make(&it);
			before = memory_tree_calls(it.tree, MEMORY_LIST);
			memory_tree_fail(it.tree, MEMORY_LIST, n);
			rc = store_add(&it.view, &it.places.at[0], corp.cert, "corp", &why);
			is_reached = memory_tree_calls(it.tree, MEMORY_LIST) - before >= n;
			memory_tree_fail(it.tree, MEMORY_LIST, 0);
			if (rc < 0) {
				assert_true(is_reached);
				assert_int_equal(why.sys, ENOSPC);
				continue;
			}
			assert_string_equal(
				store_case_target(&it, store_case_hash(CERTS, corp.cert, 0)),
				layouts[i].link);
		}
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(adding_makes_a_file_a_link_and_no_bundle),
	cmocka_unit_test(removing_leaves_what_was_there),
	cmocka_unit_test(a_new_store_gets_the_bundle_of_its_programs),
	cmocka_unit_test(a_file_without_the_bundle_is_not_for_all),
	cmocka_unit_test(a_bundle_without_the_link_is_not_for_openssl),
	cmocka_unit_test(shipped_and_distrusted_certificates_are_refused),
	cmocka_unit_test(a_copy_goes_with_its_certificate),
	cmocka_unit_test(an_unknown_directory_of_links_is_used_as_it_is),
	cmocka_unit_test(a_directory_that_cannot_be_listed_is_not_an_empty_one),
};

int main(void)
{
	return run_store_group("certdir", tests);
}
