/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <stdio.h>

#include "src/x509/pem_quirks.h"
#include "tests/unit/store_cas.h"
#include "tests/unit/store_case.h"

#define TRUST "/etc/pki/ca-trust"
#define ANCHORS TRUST "/source/anchors"
#define TLS TRUST "/extracted/pem/tls-ca-bundle.pem"
#define EMAIL TRUST "/extracted/pem/email-ca-bundle.pem"
#define CODE TRUST "/extracted/pem/objsign-ca-bundle.pem"
#define TRUSTED TRUST "/extracted/openssl/ca-bundle.trust.crt"
#define HASHED TRUST "/extracted/pem/directory-hash"
#define LINKS "/etc/pki/tls/certs"

static void fill_root(struct store_case *it)
{
	auto_free char *text = NULL;

	assert_true(asprintf(&text, "# Shipped\n%s", shipped_pem) > 0);
	store_case_make(it);
	store_case_cert(it, "/usr/share/pki/ca-trust-source/anchors/all.pem", shipped.cert);
	store_case_dir(it, ANCHORS);
	memory_tree_set(it->tree, TLS, ENTRY_FILE, text, strlen(text), 0444);
	store_case_file(it, EMAIL, text);
	store_case_file(it, CODE, text);
	store_case_file(it, TRUSTED, "");
}

static void make_root(struct store_case *it)
{
	fill_root(it);
	store_case_link(it, "/etc/pki/tls/cert.pem", TLS);
	assert_string_equal(store_case_open(it, "system")->label, "p11-kit");
	assert_string_equal(it->places.at[0].refresh, "refresh-p11kit");
}

static void the_anchor_and_what_is_extracted_get_it(void **state)
{
	auto_store_case it;
	auto_free char *wanted = NULL;
	auto_entry entry = ENTRY_INIT;
	struct fault why = FAULT_INIT;

	(void)state;
	make_root(&it);
	assert_true(asprintf(&wanted, "# Shipped\n%s# Corp Root\n%s", shipped_pem, corp_pem) > 0);
	assert_int_equal(store_case_add(&it, corp.cert, "corp"), 5);
	assert_string_equal(store_case_text(&it, ANCHORS "/corp.crt"), corp_pem);
	assert_string_equal(store_case_text(&it, TLS), wanted);
	assert_string_equal(store_case_text(&it, EMAIL), wanted);
	assert_string_equal(store_case_text(&it, CODE), wanted);
	assert_ok(view_entry(&it.view, TLS, VIEW_FOLLOW, &entry, NULL, &why), &why);
	assert_int_equal(entry.mode, 0444);
	assert_true(store_case_holds(&it, corp.cert));
	assert_int_equal(store_case_add(&it, corp.cert, "other"), 5);
}

/* `trust extract --format=openssl-bundle` 0.24.1 writes the certificate and the alias, nothing
 * else. */
static void the_trusted_block_has_the_alias(void **state)
{
	auto_store_case it;
	const char *text;

	(void)state;
	make_root(&it);
	store_case_add(&it, corp.cert, "corp");
	text = store_case_text(&it, TRUSTED);
	assert_ptr_equal(strstr(text, "# Corp Root\n-----BEGIN TRUSTED CERTIFICATE-----\n"), text);
	assert_non_null(strstr(text, "\n-----END TRUSTED CERTIFICATE-----\n"));
	store_case_remove(&it, corp.cert);
	assert_string_equal(store_case_text(&it, TRUSTED), "");
}

static void purposes_decide_which_bundle(void **state)
{
	static const struct {
		const char *usage;
		bool tls, email, code;
	} cases[] = {
		{"serverAuth", true, false, false},
		{"critical,serverAuth,emailProtection", true, true, false},
		{"codeSigning", false, false, true},
		{"clientAuth", false, false, false},
		{"anyExtendedKeyUsage", true, true, true},
		{"", true, true, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_store_case it;
		auto_made made = make_cert(&(struct recipe){
			.cn = "Limited", .is_ca = true, .ext_key_usage = cases[i].usage});

		make_root(&it);
		store_case_add(&it, made.cert, "limited");
		if (!!strstr(store_case_text(&it, TLS), "Limited") != cases[i].tls ||
			!!strstr(store_case_text(&it, EMAIL), "Limited") != cases[i].email ||
			!!strstr(store_case_text(&it, CODE), "Limited") != cases[i].code ||
			!strstr(store_case_text(&it, TRUSTED), "Limited"))
			fail_msg("row %zu: %s", i, cases[i].usage);
		assert_true(store_case_has(&it, ANCHORS "/limited.crt"));
	}
}

static void removing_gives_the_text_back(void **state)
{
	static const char *const between[] = {"# More\n", "\n# More\n"}; /* older p11-kit */

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		auto_store_case it;
		auto_free char *text = NULL;

		make_root(&it);
		assert_true(asprintf(&text, "# Shipped\n%s%s%s", shipped_pem, between[i],
				    shipped_pem) > 0);
		store_case_file(&it, TLS, text);
		store_case_add(&it, corp.cert, "corp");
		assert_string_not_equal(store_case_text(&it, TLS), text);
		store_case_remove(&it, corp.cert);
		assert_string_equal(store_case_text(&it, TLS), text);
		assert_false(store_case_has(&it, ANCHORS "/corp.crt"));
	}
}

static void the_hash_directory_is_kept_where_it_is_in_use(void **state)
{
	auto_store_case it;

	(void)state;
	make_root(&it);
	store_case_cert(&it, HASHED "/Shipped.pem", shipped.cert);
	store_case_link(&it, store_case_hash(HASHED, shipped.cert, 0), "Shipped.pem");
	store_case_add(&it, corp.cert, "corp");
	assert_string_equal(store_case_text(&it, HASHED "/Corp_Root.pem"), corp_pem);
	assert_string_equal(
		store_case_target(&it, store_case_hash(HASHED, corp.cert, 0)), "Corp_Root.pem");
	assert_true(store_case_holds(&it, corp.cert));
	store_case_remove(&it, corp.cert);
	assert_false(store_case_has(&it, HASHED "/Corp_Root.pem"));
	assert_false(store_case_has(&it, store_case_hash(HASHED, corp.cert, 0)));
	assert_true(store_case_holds(&it, shipped.cert));
}

/* DIR/HHHHHHHH.N by the hash of before OpenSSL 1.0. */
static const char *old_hash(const char *dir, struct cert *cert, unsigned number)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%08x.%u", dir, cert_subject_hash_old(cert), number);
	return path;
}

/* As `trust extract` and update-ca-trust of Fedora 42 to 44 leave it. */
static void make_fedora(struct store_case *it)
{
	fill_root(it);
	store_case_cert(it, HASHED "/Shipped.pem", shipped.cert);
	store_case_link(it, store_case_hash(HASHED, shipped.cert, 0), "Shipped.pem");
	store_case_link(it, old_hash(HASHED, shipped.cert, 0), "Shipped.pem");
	store_case_link(it, HASHED "/ca-bundle.crt", "../tls-ca-bundle.pem");
	store_case_link(it, store_case_hash(LINKS, shipped.cert, 0), HASHED "/Shipped.pem");
	store_case_link(it, old_hash(LINKS, shipped.cert, 0), HASHED "/Shipped.pem");
	assert_string_equal(store_case_open(it, "system")->label, "p11-kit");
}

static void fedora_has_links_straight_to_the_files(void **state)
{
	auto_store_case it;

	(void)state;
	make_fedora(&it);
	store_case_add(&it, corp.cert, "corp");
	store_case_add(&it, corp2.cert, "corp2");
	for (unsigned i = 0; i < 2; i++) {
		struct cert *cert = i ? corp2.cert : corp.cert;
		const char *file = i ? "Corp_Root.1.pem" : "Corp_Root.pem";
		const char *straight = i ? HASHED "/Corp_Root.1.pem" : HASHED "/Corp_Root.pem";

		assert_string_equal(store_case_target(&it, store_case_hash(HASHED, cert, i)), file);
		assert_string_equal(store_case_target(&it, old_hash(HASHED, cert, i)), file);
		assert_string_equal(
			store_case_target(&it, store_case_hash(LINKS, cert, i)), straight);
		assert_string_equal(store_case_target(&it, old_hash(LINKS, cert, i)), straight);
	}
	assert_false(store_case_has(&it, LINKS "/Corp_Root.pem"));
	assert_false(store_case_has(&it, LINKS "/ca-bundle.crt"));
	store_case_remove(&it, corp.cert);
	assert_string_equal(store_case_target(&it, store_case_hash(LINKS, corp2.cert, 0)),
		HASHED "/Corp_Root.1.pem");
	assert_string_equal(
		store_case_target(&it, old_hash(LINKS, corp2.cert, 0)), HASHED "/Corp_Root.1.pem");
	assert_false(store_case_has(&it, store_case_hash(LINKS, corp2.cert, 1)));
	assert_false(store_case_has(&it, old_hash(LINKS, corp2.cert, 1)));
	store_case_remove(&it, corp2.cert);
	assert_false(store_case_has(&it, store_case_hash(LINKS, corp2.cert, 0)));
	assert_true(store_case_has(&it, store_case_hash(LINKS, shipped.cert, 0)));
}

/* As trustfix 0.1.0 and `trust extract` left them between them; links to elsewhere are not ours. */
static void hash_links_to_files_that_are_gone_go(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		auto_store_case it;

		make_fedora(&it);
		store_case_link(&it, old_hash(HASHED, other.cert, 0), "Other_Root.pem");
		store_case_link(&it, old_hash(LINKS, other.cert, 0), HASHED "/Other_Root.pem");
		store_case_link(&it, HASHED "/0000abcd.0", "/srv/gone.pem");
		if (i != 1)
			store_case_add(&it, corp.cert, "corp");
		if (i != 0)
			store_case_remove(&it, corp.cert);
		assert_false(store_case_has(&it, old_hash(HASHED, other.cert, 0)));
		assert_false(store_case_has(&it, old_hash(LINKS, other.cert, 0)));
		assert_true(store_case_has(&it, HASHED "/0000abcd.0"));
		assert_true(store_case_has(&it, old_hash(LINKS, shipped.cert, 0)));
	}
}

/* A damaged block in front: what is built on OpenSSL finds it by its hash all the same. */
static void a_hash_link_helps_whatever_the_bundle_looks_like(void **state)
{
	auto_free char *pem = store_case_pem(shipped.cert, NULL);
	auto_free char *text = NULL;
	auto_certs got = CERTS_INIT;
	const struct place *place;
	struct fault why = FAULT_INIT;
	auto_store_case it;

	(void)state;
	make_fedora(&it);
	assert_true(
		asprintf(&text, "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n%s",
			pem) > 0);
	store_case_file(&it, TLS, text);
	place = &it.places.at[0];
	assert_ok(place->ops->anchors(&it.view, place, &got, &why), &why);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.at[0]->hidden_from &
				 (PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL) | PEM_QUIRK_BIT(PEM_QUIRK_CURL)),
		0);
	assert_int_not_equal(got.at[0]->hidden_from & PEM_QUIRK_BIT(PEM_QUIRK_GNUTLS), 0);
}

/* Without cert.pem, what no link leads to is not there for OpenSSL. */
static void without_a_file_openssl_sees_the_links_alone(void **state)
{
	const unsigned openssl = PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL) | PEM_QUIRK_BIT(PEM_QUIRK_CURL);

	(void)state;
	for (int has_file = 0; has_file < 2; has_file++) {
		auto_store_case it;
		auto_free char *pem = store_case_pem(shipped.cert, corp.cert, NULL);
		auto_certs got = CERTS_INIT;
		const struct place *place;
		struct fault why = FAULT_INIT;

		make_fedora(&it);
		store_case_file(&it, TLS, pem);
		if (has_file)
			store_case_link(&it, "/etc/pki/tls/cert.pem", TLS);
		place = &it.places.at[0];
		assert_ok(place->ops->anchors(&it.view, place, &got, &why), &why);
		assert_int_equal(got.n, 2);
		assert_int_equal(got.at[0]->hidden_from & openssl, 0);
		assert_int_equal(got.at[1]->hidden_from & openssl, has_file ? 0 : openssl);
		certs_free(&got);
	}
}

static void without_a_file_and_links_openssl_gets_links(void **state)
{
	const unsigned openssl = PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL) | PEM_QUIRK_BIT(PEM_QUIRK_CURL);
	auto_store_case it;
	auto_certs got = CERTS_INIT;
	struct fault why = FAULT_INIT;
	const struct place *place;

	(void)state;
	fill_root(&it);
	place = store_case_open(&it, "system");
	store_case_add(&it, corp.cert, "corp");
	assert_true(store_case_has(&it, store_case_hash(HASHED, corp.cert, 0)));
	assert_true(store_case_has(&it, store_case_hash(LINKS, corp.cert, 0)));
	assert_ok(place->ops->anchors(&it.view, place, &got, &why), &why);
	assert_int_equal(got.n, 2);
	assert_int_equal(got.at[0]->hidden_from & openssl, openssl);
	assert_int_equal(got.at[1]->hidden_from & openssl, 0);
	store_case_remove(&it, corp.cert);
	assert_false(store_case_has(&it, store_case_hash(LINKS, corp.cert, 0)));
}

static void two_of_one_label_get_two_names(void **state)
{
	auto_store_case it;
	auto_made again = make_cert(&(struct recipe){.cn = "Corp Root", .is_ca = true});

	(void)state;
	make_root(&it);
	store_case_cert(&it, HASHED "/Corp_Root.pem", again.cert);
	store_case_link(&it, store_case_hash(HASHED, again.cert, 0), "Corp_Root.pem");
	store_case_add(&it, corp.cert, "corp");
	assert_string_equal(
		store_case_target(&it, store_case_hash(HASHED, corp.cert, 1)), "Corp_Root.1.pem");
}

static void shipped_and_distrusted_certificates_are_refused(void **state)
{
	auto_store_case it;
	struct fault why = FAULT_INIT;
	const struct place *place;

	(void)state;
	make_root(&it);
	place = &it.places.at[0];
	store_case_cert(&it, TRUST "/source/blocklist/no.pem", corp.cert);
	assert_fault(store_remove(&it.view, place, shipped.cert->sha256, &why), &why, FAULT_REFUSED,
		"source/blocklist and run update-ca-trust");
	assert_fault(store_add(&it.view, place, corp.cert, "corp", &why), &why, FAULT_REFUSED,
		"distrusted");
	assert_int_equal(it.plan.n, 0);
	assert_int_equal(store_case_add(&it, shipped.cert, "shipped"), 1); /* TRUSTED lacked it */
	assert_false(store_case_has(&it, ANCHORS "/shipped.crt"));
}

static void arch_has_links_to_every_name(void **state)
{
	static const char certs[] = "/etc/ssl/certs";
	static const char cadir[] = "/etc/ca-certificates/extracted/cadir";
	auto_store_case it;

	(void)state;
	store_case_make(&it);
	store_case_dir(&it, "/etc/ca-certificates/trust-source/anchors");
	store_case_file(&it, "/etc/ca-certificates/extracted/tls-ca-bundle.pem", shipped_pem);
	store_case_cert(&it, "/etc/ca-certificates/extracted/cadir/Shipped.pem", shipped.cert);
	store_case_link(&it, store_case_hash(cadir, shipped.cert, 0), "Shipped.pem");
	store_case_link(&it, "/etc/ssl/certs/Shipped.pem",
		"../../ca-certificates/extracted/cadir/Shipped.pem");
	store_case_link(&it, "/etc/ssl/certs/ca-certificates.crt",
		"../../ca-certificates/extracted/tls-ca-bundle.pem");
	assert_string_equal(store_case_open(&it, "system")->label, "Arch");
	assert_string_equal(it.places.at[0].refresh, "refresh-arch");
	store_case_add(&it, corp.cert, "corp");
	assert_string_equal(store_case_target(&it, "/etc/ssl/certs/Corp_Root.pem"),
		"../../ca-certificates/extracted/cadir/Corp_Root.pem");
	assert_string_equal(store_case_target(&it, store_case_hash(certs, corp.cert, 0)),
		"../../ca-certificates/extracted/cadir/Corp_Root.pem");
	assert_true(store_case_holds(&it, corp.cert));
	store_case_remove(&it, corp.cert);
	assert_false(store_case_has(&it, "/etc/ssl/certs/Corp_Root.pem"));
	assert_true(store_case_has(&it, "/etc/ssl/certs/ca-certificates.crt"));
}

static void suse_has_its_own_places(void **state)
{
	auto_store_case it;
	const char *text;

	(void)state;
	store_case_make(&it);
	store_case_dir(&it, "/etc/pki/trust/anchors");
	store_case_file(&it, "/var/lib/ca-certificates/ca-bundle.pem", shipped_pem);
	store_case_link(
		&it, "/etc/ssl/ca-bundle.pem", "../../var/lib/ca-certificates/ca-bundle.pem");
	store_case_cert(&it, "/var/lib/ca-certificates/pem/Shipped.pem", shipped.cert);
	store_case_link(&it, store_case_hash("/var/lib/ca-certificates/pem", shipped.cert, 0),
		"Shipped.pem");
	assert_string_equal(store_case_open(&it, "system")->label, "SUSE");
	store_case_cert(&it, "/var/lib/ca-certificates/openssl/Shipped.pem", shipped.cert);
	store_case_link(&it, store_case_hash("/var/lib/ca-certificates/openssl", shipped.cert, 0),
		"Shipped.pem");
	assert_int_equal(store_case_add(&it, corp.cert, "corp"), 8);
	assert_true(store_case_has(&it, "/etc/pki/trust/anchors/corp.crt"));
	assert_true(
		store_case_has(&it, old_hash("/var/lib/ca-certificates/openssl", corp.cert, 0)));
	text = store_case_text(&it, "/var/lib/ca-certificates/openssl/Corp_Root.pem");
	assert_ptr_equal(strstr(text, "-----BEGIN TRUSTED CERTIFICATE-----\n"), text);
	assert_true(store_case_holds(&it, corp.cert));
}

/* SUSE extracts without --comment, below a comment of its own. */
static void suses_bundle_has_no_comments_but_its_own(void **state)
{
	static const char bundle[] = "/var/lib/ca-certificates/ca-bundle.pem";
	auto_free char *before = NULL, *after = NULL, *again = NULL;
	auto_store_case it;

	(void)state;
	store_case_make(&it);
	store_case_dir(&it, "/etc/pki/trust/anchors");
	assert_true(asprintf(&before, "#\n# Do not edit!\n#\n%s%s", corp_pem, shipped_pem) > 0);
	assert_true(asprintf(&after, "#\n# Do not edit!\n#\n%s", shipped_pem) > 0);
	assert_true(asprintf(&again, "%s%s", after, corp_pem) > 0);
	store_case_file(&it, bundle, before);
	store_case_open(&it, "system");
	store_case_remove(&it, corp.cert);
	assert_string_equal(store_case_text(&it, bundle), after);
	store_case_add(&it, corp.cert, "corp");
	assert_string_equal(store_case_text(&it, bundle), again);
}

/* `trust extract` 0.24.1 passes over any file that it cannot read, and never ends at a FIFO. */
static void a_fifo_among_the_anchors_is_refused_where_the_command_runs(void **state)
{
	struct fault why = FAULT_INIT;
	auto_store_case it;
	const struct place *place;

	(void)state;
	make_root(&it);
	place = &it.places.at[0];
	store_case_file(&it, ANCHORS "/broken.crt", "-----BEGIN CERTIFICATE-----\n");
	memory_tree_set(it.tree, ANCHORS "/pipe", ENTRY_OTHER, NULL, 0, 0644);
	it.tree->is_live = true;
	assert_fault(store_add(&it.view, place, corp.cert, "corp", &why), &why, FAULT_REFUSED,
		"would hang reading it; move it away first: mv " ANCHORS "/pipe " TRUST "/");
	it.tree->is_live = false;
	store_case_add(&it, corp.cert, "corp");
	assert_true(store_case_holds(&it, corp.cert));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_anchor_and_what_is_extracted_get_it),
	cmocka_unit_test(the_trusted_block_has_the_alias),
	cmocka_unit_test(purposes_decide_which_bundle),
	cmocka_unit_test(removing_gives_the_text_back),
	cmocka_unit_test(the_hash_directory_is_kept_where_it_is_in_use),
	cmocka_unit_test(hash_links_to_files_that_are_gone_go),
	cmocka_unit_test(a_hash_link_helps_whatever_the_bundle_looks_like),
	cmocka_unit_test(fedora_has_links_straight_to_the_files),
	cmocka_unit_test(without_a_file_and_links_openssl_gets_links),
	cmocka_unit_test(without_a_file_openssl_sees_the_links_alone),
	cmocka_unit_test(two_of_one_label_get_two_names),
	cmocka_unit_test(shipped_and_distrusted_certificates_are_refused),
	cmocka_unit_test(arch_has_links_to_every_name),
	cmocka_unit_test(suse_has_its_own_places),
	cmocka_unit_test(suses_bundle_has_no_comments_but_its_own),
	cmocka_unit_test(a_fifo_among_the_anchors_is_refused_where_the_command_runs),
};

int main(void)
{
	return run_store_group("p11kit", tests);
}
