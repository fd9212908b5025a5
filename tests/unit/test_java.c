/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <openssl/sha.h>
#include <stdlib.h>

#include "src/base/limits.h"
#include "tests/unit/golden.h"
#include "tests/unit/make_cert.h"
#include "tests/unit/store_case.h"

#define CACERTS "/usr/lib/jvm/jdk/lib/security/cacerts"
#define DEBIAN "/etc/ssl/certs/java/cacerts"
#define REMADE "/etc/pki/ca-trust/extracted/java/cacerts"
#define BUNDLE "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"

static struct made shipped, corp;

static int make_all(void **state)
{
	(void)state;
	shipped = make_cert(&(struct recipe){.cn = "Shipped", .is_ca = true});
	corp = make_cert(&(struct recipe){.cn = "Corp Root", .is_ca = true});
	return 0;
}

static int free_all(void **state)
{
	(void)state;
	made_free(&shipped);
	made_free(&corp);
	return 0;
}

/* A JKS with one certificate under that password (JDK: JavaKeyStore.java). */
static void put_jks(struct store_case *it, const char *path, const char *password)
{
	static const uint8_t head[] = {0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, 0};
	struct fault why = FAULT_INIT;
	auto_names passwords = NAMES_INIT;
	auto_buf salted = buf_make(1024);
	auto_buf empty = buf_make(1024);
	auto_buf out = buf_make(LIMIT_MIB);
	struct keystore_source source;

	for (const char *at = password; *at; at++) {
		buf_add_byte(&salted, 0);
		buf_add_byte(&salted, (uint8_t)*at);
	}
	buf_add_text(&salted, "Mighty Aphrodite");
	buf_add(&salted, head, sizeof(head));
	buf_add(&empty, head, sizeof(head));
	SHA1(salted.bytes, salted.len, buf_extend(&empty, SHA_DIGEST_LENGTH));
	assert_ok(names_add(&passwords, password, &why), &why);
	source = (struct keystore_source){empty.bytes, empty.len, &passwords, NULL};
	assert_ok(golden_add(&source, shipped.cert, "shipped", 1, &out, &why), &why);
	memory_tree_set(it->tree, path, ENTRY_FILE, out.bytes, out.len, 0644);
}

static bool bytes_have(struct store_case *it, const char *path, const char *text)
{
	struct fault why = FAULT_INIT;
	auto_buf bytes = buf_make(LIMIT_MIB);
	bool found;

	assert_ok(view_read(&it->view, path, &bytes, &found, &why), &why);
	return found && memmem(bytes.bytes, bytes.len, text, strlen(text));
}

static int find(struct store_case *it, const char *path, struct fault *why)
{
	return store_kind_named("java", 4)->find(&it->view, path, &it->places, why);
}

static void it_is_added_once_and_taken_out_whole(void **state)
{
	auto_store_case it;
	auto_buf before = buf_make(LIMIT_MIB);
	auto_buf after = buf_make(LIMIT_MIB);
	struct fault why = FAULT_INIT;
	char alias[32] = "trustfix-";
	bool found;

	(void)state;
	store_case_make(&it);
	put_jks(&it, CACERTS, "changeit");
	assert_ok(view_read(&it.view, CACERTS, &before, &found, &why), &why);
	assert_string_equal(store_case_open(&it, "java")->label, "JKS");
	assert_string_equal(it.places.at[0].path, CACERTS);
	assert_null(it.places.at[0].note);
	assert_false(store_case_holds(&it, corp.cert));
	assert_int_equal(store_case_add(&it, corp.cert, NULL), 1);
	assert_true(store_case_holds(&it, corp.cert));
	for (int i = 0; i < 8; i++)
		snprintf(alias + 9 + 2 * i, 3, "%02x", corp.cert->sha256[i]);
	assert_true(bytes_have(&it, CACERTS, alias));
	assert_int_equal(store_case_add(&it, corp.cert, "other"), 1);
	assert_false(bytes_have(&it, CACERTS, "other"));
	assert_int_equal(store_case_remove(&it, corp.cert), 0);
	assert_ok(view_read(&it.view, CACERTS, &after, &found, &why), &why);
	assert_bytes(after.bytes, after.len, before.bytes, before.len);
}

static void a_given_name_is_the_alias_in_lower_case(void **state)
{
	auto_store_case it;

	(void)state;
	store_case_make(&it);
	put_jks(&it, CACERTS, "changeme");
	store_case_open(&it, "java");
	store_case_add(&it, corp.cert, "Corp-Root");
	assert_true(bytes_have(&it, CACERTS, "corp-root"));
}

/* ca-certificates-java 20230710, UpdateCertificates.java: "debian:" and the link's name. */
static void debian_s_store_gets_debian_s_alias(void **state)
{
	auto_store_case it;

	(void)state;
	store_case_make(&it);
	put_jks(&it, DEBIAN, "changeit");
	store_case_cert(&it, "/usr/local/share/ca-certificates/Corp.crt", corp.cert);
	store_case_link(
		&it, "/etc/ssl/certs/Corp.pem", "/usr/local/share/ca-certificates/Corp.crt");
	store_case_link(&it, store_case_hash("/etc/ssl/certs", corp.cert, 0), "Corp.pem");
	store_case_open(&it, "java");
	store_case_add(&it, corp.cert, "name");
	assert_true(bytes_have(&it, DEBIAN, "debian:corp.pem"));
}

static void without_a_link_it_gets_ours(void **state)
{
	auto_store_case it;

	(void)state;
	store_case_make(&it);
	put_jks(&it, DEBIAN, "changeit");
	store_case_open(&it, "java");
	store_case_add(&it, corp.cert, NULL);
	assert_false(bytes_have(&it, DEBIAN, "debian:"));
	assert_true(bytes_have(&it, DEBIAN, "trustfix-"));
}

static void clients_of_a_shared_file_are_named(void **state)
{
	auto_store_case it;

	(void)state;
	store_case_make(&it);
	put_jks(&it, DEBIAN, "changeit");
	for (int i = 10; i < 24; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/usr/lib/jvm/jdk%d/lib/security/cacerts", i);
		store_case_link(&it, path, DEBIAN);
	}
	store_case_open(&it, "java");
	assert_string_equal(it.places.at[0].path, DEBIAN);
	assert_non_null(strstr(it.places.at[0].note, "read by /usr/lib/jvm/jdk10, "));
	assert_non_null(strstr(it.places.at[0].note, " and 2 more"));
}

static void a_damaged_one_is_told_and_stops_nothing(void **state)
{
	auto_store_case it;
	struct fault why = FAULT_INIT;

	(void)state;
	store_case_make(&it);
	put_jks(&it, CACERTS, "changeit");
	store_case_file(&it, "/opt/bad/lib/security/cacerts", "\xfe\xed\xfe\xed");
	assert_ok(find(&it, NULL, &why), &why);
	assert_int_equal(it.places.n, 1);
	assert_int_equal(it.places.unread.n, 1);
	assert_non_null(strstr(it.places.unread.at[0], "'/opt/bad/lib/security/cacerts' is left"));
}

static void one_is_named_by_path(void **state)
{
	auto_store_case it;
	struct fault why = FAULT_INIT;

	(void)state;
	store_case_make(&it);
	put_jks(&it, CACERTS, "changeit");
	put_jks(&it, "/srv/trust", "changeit");
	store_case_link(&it, "/srv/link", "trust");
	store_case_open(&it, "java:/srv/link");
	assert_string_equal(it.places.at[0].path, "/srv/trust");
	assert_true(it.places.at[0].is_named);
	assert_ok(find(&it, "/srv/trust", &why), &why);
	assert_int_equal(it.places.n, 1);
	assert_fault(
		find(&it, "/srv/gone", &why), &why, FAULT_FORMAT, "'/srv/gone' is not a keystore");
	assert_fault(find(&it, "/srv", &why), &why, FAULT_FORMAT, "'/srv' is not a keystore");
	store_case_file(&it, "/srv/text", "text");
	assert_fault(find(&it, "/srv/text", &why), &why, FAULT_FORMAT, "'/srv/text'");
}

static void a_password_is_asked_for(void **state)
{
	auto_store_case it;
	struct fault why = FAULT_INIT;

	(void)state;
	store_case_make(&it);
	put_jks(&it, CACERTS, "secret");
	assert_ok(find(&it, NULL, &why), &why);
	assert_int_equal(it.places.n, 0);
	assert_non_null(strstr(it.places.unread.at[0], "--storepass-file"));
	assert_fault(find(&it, CACERTS, &why), &why, FAULT_REFUSED, "--storepass-file");
	places_free(&it.places);
	assert_ok(keystore_cache_set(&it.keystore_cache, "secret", &why), &why);
	it.places.keystore_cache = &it.keystore_cache;
	assert_ok(find(&it, NULL, &why), &why);
	assert_int_equal(store_case_add(&it, corp.cert, NULL), 1);
	assert_true(store_case_holds(&it, corp.cert));
}

static void a_given_password_comes_before_the_usual_ones(void **state)
{
	auto_store_case it;
	struct fault why = FAULT_INIT;

	(void)state;
	store_case_make(&it);
	put_jks(&it, CACERTS, "changeit");
	put_jks(&it, "/opt/own/lib/security/cacerts", "secret");
	put_jks(&it, "/opt/third/lib/security/cacerts", "another");
	assert_ok(keystore_cache_set(&it.keystore_cache, "secret", &why), &why);
	assert_ok(find(&it, NULL, &why), &why);
	assert_int_equal(it.places.n, 2);
	assert_non_null(strstr(it.places.unread.at[0], "/opt/third/"));
	assert_non_null(strstr(it.places.unread.at[0], "in --storepass-file was tried, too"));
	assert_ok(keystore_cache_check(&it.keystore_cache, &why), &why);
}

static void a_given_password_that_fits_nothing_is_refused(void **state)
{
	static const char *const passwords[] = {"changeit", "secret"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		auto_store_case it;
		struct fault why = FAULT_INIT;

		store_case_make(&it);
		put_jks(&it, CACERTS, passwords[i]);
		assert_ok(keystore_cache_set(&it.keystore_cache, "wrong", &why), &why);
		assert_ok(find(&it, NULL, &why), &why);
		assert_fault(keystore_cache_check(&it.keystore_cache, &why), &why, FAULT_REFUSED,
			"the password in --storepass-file opens none of the keystores");
	}
}

static void put_golden(struct store_case *it, const char *path, const char *name)
{
	auto_opened file = {0};

	golden_open(name, "changeit", &file);
	memory_tree_set(it->tree, path, ENTRY_FILE, file.bytes.bytes, file.bytes.len, 0644);
}

/* However it was found; an application says the type and the password of its own. */
static void a_default_keystore_that_java_cannot_use_is_told(void **state)
{
	static const char *const rows[][2] = {
		{"p12-17", "sees nothing in this one"},
		{"jceks-17", "cannot read this one"},
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		auto_store_case it;
		struct fault why = FAULT_INIT;

		store_case_make(&it);
		put_golden(&it, "/srv/trust", rows[i][0]);
		store_case_link(&it, CACERTS, "/srv/trust");
		assert_non_null(strstr(store_case_open(&it, "java")->note, rows[i][1]));
		places_free(&it.places);
		it.places.keystore_cache = &it.keystore_cache;
		assert_ok(find(&it, CACERTS, &why), &why);
		assert_string_equal(it.places.at[0].path, "/srv/trust");
		assert_non_null(it.places.at[0].note);
		assert_non_null(strstr(it.places.at[0].note, rows[i][1]));
		places_free(&it.places);
		it.places.keystore_cache = &it.keystore_cache;
		assert_ok(find(&it, "/srv/trust", &why), &why);
		assert_null(it.places.at[0].note);
	}
}

static void make_p11kit(struct store_case *it)
{
	store_case_make(it);
	put_jks(it, REMADE, "changeit");
	store_case_link(it, "/etc/pki/java/cacerts", REMADE);
	store_case_cert(it, BUNDLE, shipped.cert);
}

static void what_the_distribution_remakes_is_not_edited(void **state)
{
	auto_store_case it;
	auto_free char *pem = store_case_pem(shipped.cert, corp.cert, NULL);
	struct fault why = FAULT_INIT;
	const struct place *place;

	(void)state;
	make_p11kit(&it);
	it.tree->is_live = true;
	place = store_case_open(&it, "java");
	assert_true(place->is_remade);
	assert_string_equal(place->refresh, "refresh-p11kit");
	assert_non_null(strstr(place->note, "update-ca-trust generates it"));
	assert_fault(store_add(&it.view, place, corp.cert, NULL, &why), &why, FAULT_REFUSED,
		"choose the store 'system' as well");
	assert_fault(store_remove(&it.view, place, shipped.cert->sha256, &why), &why, FAULT_REFUSED,
		"run update-ca-trust");
	assert_ok(view_put_file(&it.view, BUNDLE, pem, strlen(pem), 0444, &why), &why);
	assert_int_equal(store_case_add(&it, corp.cert, NULL), 1);
	assert_true(store_case_holds(&it, corp.cert));
}

static void in_a_bare_root_it_is_edited(void **state)
{
	auto_store_case it;
	const struct place *place;

	(void)state;
	make_p11kit(&it);
	place = store_case_open(&it, "java");
	assert_false(place->is_remade);
	assert_null(place->refresh);
	assert_int_equal(store_case_add(&it, corp.cert, NULL), 1);
	assert_true(bytes_have(&it, REMADE, "trustfix-"));
}

static void options_that_lead_elsewhere_are_told(void **state)
{
	static const struct {
		const char *options;
		const char *note; /* "": none */
	} rows[] = {
		{"-Xmx1g -Djavax.net.ssl.trustStore=/srv/t.jks -Dx=y",
			"read '/srv/t.jks' instead; to change that one, use --store "
			"java:/srv/t.jks"},
		{"-Djavax.net.ssl.trustStore='/srv/a b' -Dx", "read '/srv/a b' instead; "},
		{"\"-Djavax.net.ssl.trustStore=/srv/a 'b'\"", "read '/srv/a 'b'' instead; "},
		{"-Djavax.net.ssl.trustStore=/a\t-Djavax.net.ssl.trustStore=/b", "read '/b' "},
		{"-Djavax.net.ssl.trustStore=NONE", "read 'NONE' instead"},
		{"-Djavax.net.ssl.trustStore=" CACERTS, ""},
		{"-Djavax.net.ssl.trustStorePassword=x", ""},
		{"x-Djavax.net.ssl.trustStore=/srv/t.jks \"", ""},
		{"", ""},
	};
	auto_store_case it;
	struct fault why = FAULT_INIT;

	(void)state;
	store_case_make(&it);
	put_jks(&it, CACERTS, "changeit");
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		bool is_live = i % 2;
		const char *note = is_live ? rows[i / 2].note : "";

		setenv("MAVEN_OPTS", rows[i / 2].options, 1);
		places_free(&it.places);
		it.places.keystore_cache = &it.keystore_cache;
		it.tree->is_live = is_live;
		assert_ok(find(&it, NULL, &why), &why);
		assert_int_equal(it.places.notes.n, *note ? 1 : 0);
		assert_true(!*note || strstr(it.places.notes.at[0], note));
	}
	unsetenv("MAVEN_OPTS");
}

/* Whatever look the disk refuses: the keystore is found, or it is told that one may be there. */
static void what_the_disk_refuses_is_not_taken_for_missing(void **state)
{
	static const char *const paths[] = {CACERTS, "/opt/jdk/lib/security/cacerts",
		"/home/ann/.jdks/17/lib/security/cacerts"};
	static const enum memory_call calls[] = {MEMORY_ENTRY, MEMORY_READ, MEMORY_LIST};

	(void)state;
	for (size_t i = 0; i < 9; i++) {
		size_t n = 0, calls_n = 0;

		for (; n <= calls_n; n++) {
			auto_store_case it;
			struct fault why = FAULT_INIT;
			size_t before;

			store_case_make(&it);
			put_jks(&it, paths[i / 3], "changeit");
			before = memory_tree_calls(it.tree, calls[i % 3]);
			memory_tree_fail(it.tree, calls[i % 3], n);
			assert_ok(find(&it, NULL, &why), &why);
			if (n == 0)
				calls_n = memory_tree_calls(it.tree, calls[i % 3]) - before;
			if (it.places.n == 0 && it.places.unread.n == 0 && !it.view.unread.kind)
				fail_msg("%s: call %zu of %zu", paths[i / 3], n, calls_n);
		}
		assert_true(n > 1 || i % 3 == 1);
	}
}

static void the_date_can_be_given(void **state)
{
	/* 1000000000 seconds in milliseconds, big-endian, as it stands before the certificate. */
	static const char date[] = {0x00, 0x00, 0x00, (char)0xe8, (char)0xd4, (char)0xa5, 0x10};
	auto_store_case it;
	auto_buf bytes = buf_make(LIMIT_MIB);
	struct fault why = FAULT_INIT;
	bool found;

	(void)state;
	store_case_make(&it);
	put_jks(&it, CACERTS, "changeit");
	store_case_open(&it, "java");
	setenv("SOURCE_DATE_EPOCH", "1000000000", 1);
	store_case_add(&it, corp.cert, NULL);
	unsetenv("SOURCE_DATE_EPOCH");
	assert_ok(view_read(&it.view, CACERTS, &bytes, &found, &why), &why);
	assert_non_null(memmem(bytes.bytes, bytes.len, date, sizeof(date)));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(it_is_added_once_and_taken_out_whole),
	cmocka_unit_test(a_given_name_is_the_alias_in_lower_case),
	cmocka_unit_test(debian_s_store_gets_debian_s_alias),
	cmocka_unit_test(without_a_link_it_gets_ours),
	cmocka_unit_test(clients_of_a_shared_file_are_named),
	cmocka_unit_test(a_damaged_one_is_told_and_stops_nothing),
	cmocka_unit_test(one_is_named_by_path),
	cmocka_unit_test(a_password_is_asked_for),
	cmocka_unit_test(a_given_password_comes_before_the_usual_ones),
	cmocka_unit_test(a_default_keystore_that_java_cannot_use_is_told),
	cmocka_unit_test(a_given_password_that_fits_nothing_is_refused),
	cmocka_unit_test(what_the_distribution_remakes_is_not_edited),
	cmocka_unit_test(in_a_bare_root_it_is_edited),
	cmocka_unit_test(options_that_lead_elsewhere_are_told),
	cmocka_unit_test(what_the_disk_refuses_is_not_taken_for_missing),
	cmocka_unit_test(the_date_can_be_given),
};

int main(void)
{
	return _cmocka_run_group_tests(
		"java", tests, sizeof(tests) / sizeof(tests[0]), make_all, free_all);
}
