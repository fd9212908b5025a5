/* SPDX-License-Identifier: Apache-2.0 */
/* What else lies in the directories of anchors: what would break the bundle, and what nobody asked
 * for. */
#include "tests/unit/tf_cmocka.h"

#include "src/base/advice.h"
#include "src/base/limits.h"
#include "src/x509/ca.h"
#include "stores/system/anchors.h"
#include "tests/unit/store_cas.h"
#include "tests/unit/store_case.h"

#define BUNDLE "/etc/ssl/certs/ca-certificates.crt"
#define LOCAL "/usr/local/share/ca-certificates"
#define SHIPPED "/usr/share/ca-certificates/mozilla"
#define ANCHORS "/etc/pki/ca-trust/source/anchors"
#define KEY "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n"

static void make_debian(struct store_case *it)
{
	store_case_make(it);
	store_case_file(it, "/etc/ca-certificates.conf", "mozilla/Shipped.crt\n");
	store_case_cert(it, SHIPPED "/Shipped.crt", shipped.cert);
	store_case_cert(it, BUNDLE, shipped.cert);
	store_case_dir(it, LOCAL);
	assert_string_equal(store_case_open(it, "system")->label, "Debian");
}

static void make_alpine(struct store_case *it)
{
	store_case_make(it);
	store_case_file(it, "/etc/alpine-release", "3.20\n");
	store_case_file(it, "/etc/ca-certificates.conf", "mozilla/Shipped.crt\n");
	store_case_cert(it, SHIPPED "/Shipped.crt", shipped.cert);
	store_case_cert(it, BUNDLE, shipped.cert);
	store_case_dir(it, LOCAL);
	assert_string_equal(store_case_open(it, "system")->label, "Alpine");
}

/*
 * A file made of a certificate: '@' is its PEM text, '$' the same without the last newline, '{' its
 * first three lines and '}' the rest, '~' a byte that is 0.
 */
static void put_spoiled(struct store_case *it, const char *path, const char *recipe)
{
	auto_free char *pem = store_case_pem(other.cert, NULL);
	auto_buf text = buf_make(LIMIT_PEM_BYTES);
	const char *half = pem;

	for (unsigned i = 0; i < 3; i++)
		half = strchr(half, '\n') + 1;
	for (; *recipe; recipe++) {
		if (*recipe == '@' || *recipe == '$')
			buf_add(&text, pem, strlen(pem) - (*recipe == '$'));
		else if (*recipe == '{')
			buf_add(&text, pem, (size_t)(half - pem));
		else if (*recipe == '}')
			buf_add_text(&text, half);
		else
			buf_add_byte(&text, *recipe == '~' ? '\0' : (uint8_t)*recipe);
	}
	memory_tree_set(it->tree, path, ENTRY_FILE, text.bytes, text.len, 0644);
}

/* As measured: OpenSSL 3.0.19, curl 7.88 and GnuTLS 3.7 on a bundle with such a file in it. */
static void what_would_break_the_bundle_is_refused(void **state)
{
	static const struct {
		const char *recipe, *why;
	} cases[] = {
		{"{", "OpenSSL loads nothing of '"},
		{"{", "line 1: no END line for this BEGIN"},
		{"-----BEGIN CERTIFICATE-----\n", "line 1: no END line for this BEGIN"},
		{"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
			"line 1: a damaged certificate"},
		{"{!!\n}", "line 1: a damaged certificate"},
		{"{AAAA\n}", "line 1: a damaged certificate"},
		{"\n{-----END X509 CRL-----\n", "line 2: no END line for this BEGIN"},
		{"{\n\n\n}", "line 1: blank lines inside the block"},
		{"$@", ": END and BEGIN on one line"},
		{"-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n",
			"GnuTLS loads nothing of"},
		{"> -----BEGIN CERTIFICATE-----\n> MAA=\n> -----END CERTIFICATE-----\n",
			"GnuTLS loads nothing of"},
		{"@~\n", "is not text"},
		{"\xff\xfe<~h~t~m~l~>~\n~", "is not text"},
		{KEY, "holds a private key"},
		{"@" KEY, "holds a private key"},
		{"-----BEGIN ENCRYPTED PRIVATE KEY-----\n", "holds a private key"},
		{"-----BEGIN EC PRIVATE KEY-----\n", "holds a private key"},
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		const char *why_text = cases[i / 2].why;
		struct fault why = FAULT_INIT;
		auto_store_case it;

		(i % 2 ? make_alpine : make_debian)(&it);
		put_spoiled(&it, LOCAL "/bad one.crt", cases[i / 2].recipe);
		if (store_add(&it.view, &it.places.at[0], corp.cert, "corp", &why) == 0 ||
			!strstr(why.text, why_text) ||
			!strstr(why.text, "'" LOCAL "/bad one.crt'") ||
			!strstr(why.text, "first: mv '" LOCAL "/bad one.crt' /usr/local/share/"))
			fail_msg("%s: %s", cases[i / 2].recipe, why.text);
		assert_int_equal(why.kind, FAULT_REFUSED);
	}
}

static void what_programs_pass_over_is_taken_as_it_is(void **state)
{
	static const char *const recipes[] = {"", "\n", "<html></html>\n", "@", "@@", "$",
		"\xef\xbb\xbf@", "a comment\n@", "-----BEGIN CERT",
		"-----BEGIN DH PARAMETERS-----\nMAA=\n-----END DH PARAMETERS-----\n",
		"-----END CERTIFICATE-----\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(recipes) / sizeof(recipes[0]); i++) {
		auto_store_case it;

		make_debian(&it);
		put_spoiled(&it, LOCAL "/fine.crt", recipes[i]);
		store_case_add(&it, corp.cert, "corp");
		assert_non_null(strstr(
			store_case_text(&it, BUNDLE), store_case_text(&it, LOCAL "/fine.crt")));
		assert_true(store_case_holds(&it, corp.cert));
	}
}

/* A link to /etc/shadow, or a file of passwords that has the wrong name. */
static void what_is_no_certificate_and_not_for_everybody_stays_where_it_is(void **state)
{

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct fault why = FAULT_INIT;
		auto_store_case it;

		make_debian(&it);
		memory_tree_set(it.tree, i ? LOCAL "/x.crt" : "/etc/shadow", ENTRY_FILE, "root:*",
			6, i == 1 ? 0640 : 0644);
		if (i == 0)
			store_case_link(&it, LOCAL "/x.crt", "/etc/shadow");
		if (i == 2)
			store_case_add(&it, corp.cert, "corp");
		else
			assert_fault(store_add(&it.view, &it.places.at[0], corp.cert, "corp", &why),
				&why, FAULT_REFUSED,
				"'" LOCAL "/x.crt' holds no certificate, and everybody can "
				"read the bundle; move it away first: mv ");
	}
}

static void a_selected_file_that_breaks_the_bundle_is_refused_as_well(void **state)
{
	struct fault why = FAULT_INIT;
	auto_store_case it;

	(void)state;
	make_debian(&it);
	put_spoiled(&it, SHIPPED "/Shipped.crt", "{");
	assert_fault(store_add(&it.view, &it.places.at[0], corp.cert, "corp", &why), &why,
		FAULT_REFUSED, "first: mv " SHIPPED "/Shipped.crt /usr/local/share/");
}

static void removing_rebuilds_the_bundle_and_is_refused_too(void **state)
{
	struct fault why = FAULT_INIT;
	auto_store_case it;
	const struct place *place;

	(void)state;
	make_debian(&it);
	place = &it.places.at[0];
	store_case_add(&it, corp.cert, "corp");
	put_spoiled(&it, LOCAL "/bad.crt", "{");
	assert_fault(store_remove(&it.view, place, corp.cert->sha256, &why), &why, FAULT_REFUSED,
		"bad.crt': line 1");
	/* What goes itself does no harm, and what is not there changes nothing. */
	put_spoiled(&it, LOCAL "/bad.crt", "@" KEY);
	why = (struct fault)FAULT_INIT;
	assert_ok(store_remove(&it.view, place, other.cert->sha256, &why), &why);
	put_spoiled(&it, LOCAL "/bad.crt", "{");
	assert_ok(store_remove(&it.view, place, corp2.cert->sha256, &why), &why);
}

static void in_a_directory_the_command_has_the_path_on_this_machine(void **state)
{
	struct fault why = FAULT_INIT;
	auto_store_case it;

	(void)state;
	make_debian(&it);
	put_spoiled(&it, LOCAL "/its.crt", "{");
	it.tree->advice = &(struct advice){
		.at = &(struct advice_option){.name = "root", .value = "/srv/a root"}, .n = 1};
	assert_fault(store_add(&it.view, &it.places.at[0], corp.cert, "corp", &why), &why,
		FAULT_REFUSED, "mv '/srv/a root" LOCAL "/its.crt' '/srv/a root/usr/local/share/'");
}

/* The files of the strangers of the one place, one behind the other. */
static const char *strangers_of(struct store_case *it)
{
	static char text[LIMIT_PATH_LEN];
	const struct place *place = &it->places.at[0];
	struct fault why = FAULT_INIT;
	const struct cas nothing = {0};
	auto_names notes = NAMES_INIT;

	text[0] = '\0';
	assert_ok(store_note_strangers(&it->view, place, &nothing, false, &notes, &why), &why);
	for (size_t i = 0; i < notes.n; i++) {
		const char *path = strchr(notes.at[i], '\'') + 1, *end = strchr(path, '\'');
		const char *slash = memrchr(path, '/', (size_t)(end - path));
		size_t len = strlen(text);

		snprintf(text + len, sizeof(text) - len, "%s%.*s", len ? " " : "",
			(int)(end - slash - 1), slash + 1);
	}
	return text;
}

static void what_nobody_activated_is_a_stranger_before_the_change_and_after(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		auto_store_case it;

		(i ? make_alpine : make_debian)(&it);
		assert_string_equal(strangers_of(&it), "");
		store_case_cert(&it, LOCAL "/stray.crt", other.cert);
		put_spoiled(&it, LOCAL "/page.crt", "<html></html>");
		store_case_link(&it, LOCAL "/dead.crt", "/nowhere");
		assert_string_equal(strangers_of(&it), "stray.crt");
		store_case_add(&it, corp.cert, "corp");
		assert_true(store_case_holds(&it, other.cert));
		assert_string_equal(strangers_of(&it), "corp.crt stray.crt");
	}
}

static void a_selected_file_that_is_in_no_bundle_yet_is_one_too(void **state)
{
	auto_store_case it;

	(void)state;
	make_debian(&it);
	store_case_file(&it, "/etc/ca-certificates.conf", "mozilla/Shipped.crt\nown/New.crt\n");
	store_case_cert(&it, "/usr/share/ca-certificates/own/New.crt", other.cert);
	assert_string_equal(strangers_of(&it), "New.crt");
}

/* What stands in the bundle alone would be lost: it is only added to.  Debian has links, too. */
static void where_the_bundle_is_not_made_anew_links_alone_make_strangers(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		auto_store_case it;

		(i ? make_alpine : make_debian)(&it);
		store_case_cert(&it, LOCAL "/stray.crt", other.cert);
		store_case_cert(&it, BUNDLE, corp2.cert);
		it.tree->is_still = true;
		assert_string_equal(strangers_of(&it), i ? "" : "Shipped.crt stray.crt");
		store_case_add(&it, corp.cert, "corp");
		assert_int_equal(store_case_holds(&it, other.cert), i == 0);
	}
}

static void an_anchor_that_is_not_extracted_is_a_stranger(void **state)
{
	auto_made leaf = make_cert(&(struct recipe){.cn = "Leaf"});
	auto_made mail = make_cert(
		&(struct recipe){.cn = "Mail", .is_ca = true, .ext_key_usage = "emailProtection"});
	auto_store_case it;

	(void)state;
	store_case_make(&it);
	store_case_dir(&it, ANCHORS);
	store_case_file(&it, "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", shipped_pem);
	assert_string_equal(store_case_open(&it, "system")->label, "p11-kit");
	store_case_cert(&it, ANCHORS "/shipped.crt", shipped.cert);
	store_case_cert(&it, ANCHORS "/leaf.crt", leaf.cert);
	store_case_cert(&it, ANCHORS "/mail.crt", mail.cert);
	store_case_cert(&it, ANCHORS "/stray.pem", other.cert);
	store_case_cert(&it, ANCHORS "/blocked.crt", corp2.cert);
	store_case_cert(&it, "/etc/pki/ca-trust/source/blocklist/no.crt", corp2.cert);
	assert_string_equal(strangers_of(&it), "stray.pem");
	it.tree->is_still = true;
	assert_string_equal(strangers_of(&it), "");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(what_would_break_the_bundle_is_refused),
	cmocka_unit_test(what_programs_pass_over_is_taken_as_it_is),
	cmocka_unit_test(what_is_no_certificate_and_not_for_everybody_stays_where_it_is),
	cmocka_unit_test(a_selected_file_that_breaks_the_bundle_is_refused_as_well),
	cmocka_unit_test(removing_rebuilds_the_bundle_and_is_refused_too),
	cmocka_unit_test(in_a_directory_the_command_has_the_path_on_this_machine),
	cmocka_unit_test(what_nobody_activated_is_a_stranger_before_the_change_and_after),
	cmocka_unit_test(a_selected_file_that_is_in_no_bundle_yet_is_one_too),
	cmocka_unit_test(where_the_bundle_is_not_made_anew_links_alone_make_strangers),
	cmocka_unit_test(an_anchor_that_is_not_extracted_is_a_stranger),
};

int main(void)
{
	return run_store_group("neighbour", tests);
}
