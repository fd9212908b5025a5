/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "stores/system/families.h"
#include "tests/unit/make_cert.h"
#include "tests/unit/store_case.h"

#define OS_RELEASE "/etc/os-release"

static void evidence_comes_before_names(void **state)
{
	static const struct {
		const char *mark; /* a file that is there, or NULL */
		const char *os_release; /* or NULL */
		const char *label;
	} cases[] = {
		{NULL, NULL, "Debian"},
		{"/etc/ca-certificates.conf", NULL, "Debian"},
		{"/usr/sbin/update-ca-certificates", "ID=unheard-of\n", "Debian"},
		{NULL, "NAME=x\nID=ubuntu\nID_LIKE=debian\n", "Debian"},
		{NULL, "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", "Debian"},
		{"/etc/alpine-release", NULL, "Alpine"},
		{"/etc/apk/world", "ID=wolfi\n", "Alpine"},
		{"/etc/ca-certificates.conf", "ID=wolfi\n", "Alpine"},
		{"/lib/apk/db/installed", "ID=alpine\n", "Alpine"},
		{"/lib/apk/db/installed", NULL, "Debian"}, /* OpenWrt and Chimera have apk, too */
		{"/lib/apk/db/installed", "ID=\"openwrt\"\nID_LIKE=\"lede openwrt\"\n", "OpenWrt"},
		{"/usr/lib/apk/db/installed", "ID=chimera\n", "Chimera"},
		{"/etc/ca-certificates.conf", "ID=chimera\n", "Chimera"},
		{NULL, "ID=photon\n", "Photon"},
		{NULL, "ID=freebsd\n", "FreeBSD"},
		{"/usr/share/certs/trusted/x.pem", NULL, "FreeBSD"},
		{NULL, "ID=azurelinux\n", "p11-kit"},
		{"/etc/pki/ca-trust/README", "ID=mariner\n", "p11-kit"},
		{NULL, "ID=guix\n", "Guix"},
		{"/usr/share/ca-certs/trusted/x.pem", NULL, "Clear Linux"},
		{"/etc/openssl/certs.conf", NULL, "NetBSD"},
		{NULL, "ID='wolfi'\n", "Alpine"},
		{"/etc/pki/ca-trust/README", NULL, "p11-kit"},
		{"/etc/pki/ca-trust/README", "ID=debian\n", "p11-kit"},
		{NULL, "ID=\"rhel\"\nID_LIKE=\"fedora\"\n", "p11-kit"},
		{NULL, "ID=amzn\n", "p11-kit"},
		{NULL, "ID=eurolinux\nID_LIKE=\"rhel fedora centos\"\n", "p11-kit"},
		{"/run/ostree-booted", "ID=fedora\n", "Fedora CoreOS"},
		{"/etc/pki/trust/anchors/x", "ID=opensuse-leap\n", "SUSE"},
		{NULL, "ID=opensuse-tumbleweed\nID_LIKE=\"opensuse suse\"\n", "SUSE"},
		{"/etc/ca-certificates/trust-source/anchors/x", NULL, "Arch"},
		{NULL, "ID=arch\n", "Arch"},
		{NULL, "ID=cachyos\nID_LIKE=arch\n", "Arch"},
		{"/etc/gentoo-release", NULL, "Gentoo"},
		{NULL, "ID=void\n", "Void"},
		{"/etc/NIXOS", NULL, "NixOS"},
		{NULL, "ID=nixos\n", "NixOS"},
		{NULL, "ID=bottlerocket\n", "Bottlerocket"},
		{NULL, "ID=talos\n", "Talos"},
		{"/usr/sbin/update-ca-certificates", "ID=flatcar\nID_LIKE=coreos\n", "Flatcar"},
		{"/etc/pki/trust/anchors/x", "ID=\"opensuse-microos\"\n", "SUSE transactional"},
		{"/etc/pki/trust/anchors/x", "ID=sl-micro\n", "SUSE transactional"},
		{NULL, "ID=", "Debian"},
		{NULL, "ID=\xff\xfe\n\n=\n", "Debian"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_store_case it;
		const char *label;

		store_case_make(&it);
		if (cases[i].mark)
			store_case_file(&it, cases[i].mark, "x\n");
		if (cases[i].os_release)
			store_case_file(&it, OS_RELEASE, cases[i].os_release);
		label = store_case_open(&it, "system")->label;
		if (strcmp(label, cases[i].label) != 0)
			fail_msg("row %zu: %s, not %s", i, label, cases[i].label);
	}
}

static void systems_made_of_images_are_told_the_right_way(void **state)
{
	static const struct {
		const char *os_release, *way;
	} cases[] = {
		{"ID=nixos\n", "security.pki.certificateFiles"},
		{"ID=bottlerocket\n", "settings.pki.NAME.trusted=true"},
		{"ID=talos\n", "TrustedRootsConfig"},
		{"ID=flatcar\n", "Ignition"},
		{"ID=opensuse-microos\n", "transactional-update"},
		{"ID=guix\n", "guix system reconfigure"},
		{"ID=clear-linux-os\n", "clrtrust add"},
		{"ID=netbsd\n", "certctl rehash"},
	};
	auto_made corp = make_cert(&(struct recipe){.cn = "Corp", .is_ca = true});

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_store_case it;
		struct fault why = FAULT_INIT;
		const struct place *place;

		store_case_make(&it);
		store_case_file(&it, OS_RELEASE, cases[i].os_release);
		place = store_case_open(&it, "system");
		assert_non_null(strstr(place->blocked, cases[i].way));
		assert_fault(store_add(&it.view, place, corp.cert, "corp", &why), &why,
			FAULT_REFUSED, cases[i].way);
		assert_fault(store_remove(&it.view, place, corp.cert->sha256, &why), &why,
			FAULT_REFUSED, cases[i].way);
		assert_int_equal(it.plan.n, 0);
	}
}

/* With or without os-release, also in an image: /gnu/store is never written. */
static void a_bundle_among_guixs_packages_is_left_alone(void **state)
{
	auto_made corp = make_cert(&(struct recipe){.cn = "Corp", .is_ca = true});

	(void)state;
	for (int is_still = 0; is_still < 2; is_still++) {
		auto_store_case it;
		struct fault why = FAULT_INIT;

		store_case_make(&it);
		it.tree->is_still = is_still;
		store_case_cert(
			&it, "/gnu/store/x-profile/etc/ssl/certs/ca-certificates.crt", corp.cert);
		store_case_link(&it, "/run/current-system/profile", "/gnu/store/x-profile");
		store_case_link(&it, "/etc/ssl", "/run/current-system/profile/etc/ssl");
		store_case_file(&it, OS_RELEASE, "ID=debian\n");
		assert_fault(store_remove(&it.view, store_case_open(&it, "system"),
				     corp.cert->sha256, &why),
			&why, FAULT_REFUSED, "Guix");
		assert_true(store_case_holds(&it, corp.cert));
		assert_int_equal(it.plan.n, 0);
	}
}

/* Programs that take the first bundle they find must not find a new one before the real one. */
static void a_bundle_elsewhere_stays_the_only_one(void **state)
{
	static const char *const paths[] = {"/etc/pki/tls/certs/ca-bundle.crt",
		"/etc/ssl/ca-bundle.pem", "/etc/pki/tls/cacert.pem", "/etc/ssl/cert.pem",
		"/usr/lib/ssl/cert.pem"};
	static const char *const ids[] = {"ID=unheard-of\n", "ID=debian\n", "ID=alpine\n",
		"ID=photon\n", "ID=freebsd\n", "ID=openwrt\n"};
	auto_made shipped = make_cert(&(struct recipe){.cn = "Shipped", .is_ca = true});
	auto_made corp = make_cert(&(struct recipe){.cn = "Corp", .is_ca = true});
	auto_free char *both = store_case_pem(shipped.cert, corp.cert, NULL);
	auto_free char *one = store_case_pem(shipped.cert, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		for (size_t j = 0; j < sizeof(ids) / sizeof(ids[0]); j++) {
			auto_store_case it;

			store_case_make(&it);
			store_case_file(&it, OS_RELEASE, ids[j]);
			store_case_cert(&it, paths[i], shipped.cert);
			assert_null(store_case_open(&it, "system")->note);
			store_case_add(&it, corp.cert, "corp");
			assert_string_equal(store_case_text(&it, paths[i]), both);
			assert_true(store_case_holds(&it, corp.cert));
			for (size_t k = 0; family_bundles[k]; k++)
				if (strcmp(family_bundles[k], paths[i]) != 0 &&
					store_case_has(&it, family_bundles[k]))
					fail_msg("%.12s has %s, and gets %s", ids[j], paths[i],
						family_bundles[k]);
			store_case_remove(&it, corp.cert);
			assert_string_equal(store_case_text(&it, paths[i]), one);
			assert_false(store_case_holds(&it, corp.cert));
		}
}

static void a_bundle_alone_is_edited_and_loses_nothing(void **state)
{
	static const char *const ids[] = {"ID=debian\n", "ID=photon\n", "ID=alpine\n"};
	auto_made shipped = make_cert(&(struct recipe){.cn = "Shipped", .is_ca = true});
	auto_made corp = make_cert(&(struct recipe){.cn = "Corp", .is_ca = true});
	auto_free char *both = store_case_pem(shipped.cert, corp.cert, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		auto_store_case it;

		store_case_make(&it);
		store_case_file(&it, OS_RELEASE, ids[i]);
		store_case_cert(&it, "/etc/ssl/certs/ca-certificates.crt", shipped.cert);
		assert_null(store_case_open(&it, "system")->note);
		store_case_add(&it, corp.cert, "corp");
		assert_string_equal(
			store_case_text(&it, "/etc/ssl/certs/ca-certificates.crt"), both);
		assert_true(store_case_holds(&it, corp.cert));
		store_case_remove(&it, corp.cert);
		assert_false(store_case_holds(&it, corp.cert));
		assert_true(store_case_holds(&it, shipped.cert));
	}
}

static void a_bundle_made_here_is_known_again(void **state)
{
	auto_store_case it;
	auto_made corp = make_cert(&(struct recipe){.cn = "Corp", .is_ca = true});

	(void)state;
	store_case_make(&it);
	store_case_cert(&it, "/usr/local/share/ca-certificates/corp.crt", corp.cert);
	store_case_cert(&it, "/etc/ssl/certs/ca-certificates.crt", corp.cert);
	assert_string_equal(store_case_open(&it, "system")->label, "Debian");
}

static void only_where_nothing_stands_there_was_no_store(void **state)
{
	static const struct {
		enum entry_kind kind;
		const char *link;
		bool is_new;
	} cases[] = {
		{ENTRY_NONE, NULL, true},
		{ENTRY_SYMLINK, "nowhere", true},
		{ENTRY_SYMLINK, "ca-certificates.crt", false}, /* a circle */
		{ENTRY_DIR, NULL, false},
		{ENTRY_OTHER, NULL, false},
		{ENTRY_FILE, NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_store_case it;
		const char *link = cases[i].link;
		const char *note;

		store_case_make(&it);
		if (cases[i].kind != ENTRY_NONE)
			memory_tree_set(it.tree, "/etc/ssl/certs/ca-certificates.crt",
				cases[i].kind, link, link ? strlen(link) : 0, 0644);
		note = store_case_open(&it, "system")->note;
		if ((note && strstr(note, "no CA store found")) != cases[i].is_new)
			fail_msg("row %zu: %s", i, note);
	}
}

static void a_bundle_for_root_alone_is_told(void **state)
{
	auto_store_case it;

	(void)state;
	store_case_make(&it);
	memory_tree_set(it.tree, "/etc/ssl/certs/ca-certificates.crt", ENTRY_FILE, "", 0, 0600);
	assert_non_null(strstr(store_case_open(&it, "system")->note, "(mode 0600)"));
}

static void other_copies_of_the_bundle_follow(void **state)
{
	auto_store_case it;
	auto_made shipped = make_cert(&(struct recipe){.cn = "Shipped", .is_ca = true});
	auto_made corp = make_cert(&(struct recipe){.cn = "Corp", .is_ca = true});
	auto_free char *both = store_case_pem(shipped.cert, corp.cert, NULL);

	(void)state;
	store_case_make(&it);
	store_case_file(&it, "/etc/ca-certificates.conf", "Shipped.crt\n");
	store_case_cert(&it, "/usr/share/ca-certificates/Shipped.crt", shipped.cert);
	store_case_cert(&it, "/etc/ssl/certs/ca-certificates.crt", shipped.cert);
	store_case_cert(&it, "/etc/pki/tls/certs/ca-bundle.crt", shipped.cert);
	store_case_link(&it, "/etc/ssl/cert.pem", "certs/ca-certificates.crt");
	store_case_open(&it, "system");
	store_case_add(&it, corp.cert, "corp");
	assert_string_equal(store_case_text(&it, "/etc/pki/tls/certs/ca-bundle.crt"), both);
	assert_string_equal(store_case_text(&it, "/etc/ssl/cert.pem"), both);
	assert_string_equal(
		store_case_target(&it, "/etc/ssl/cert.pem"), "certs/ca-certificates.crt");
	store_case_remove(&it, corp.cert);
	assert_null(strstr(store_case_text(&it, "/etc/pki/tls/certs/ca-bundle.crt"),
		both + strlen(both) / 2 + 100));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(evidence_comes_before_names),
	cmocka_unit_test(systems_made_of_images_are_told_the_right_way),
	cmocka_unit_test(a_bundle_among_guixs_packages_is_left_alone),
	cmocka_unit_test(a_bundle_elsewhere_stays_the_only_one),
	cmocka_unit_test(a_bundle_alone_is_edited_and_loses_nothing),
	cmocka_unit_test(a_bundle_made_here_is_known_again),
	cmocka_unit_test(only_where_nothing_stands_there_was_no_store),
	cmocka_unit_test(a_bundle_for_root_alone_is_told),
	cmocka_unit_test(other_copies_of_the_bundle_follow),
};

int main(void)
{
	return run_group("families", tests);
}
