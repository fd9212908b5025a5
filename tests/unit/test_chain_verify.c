/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <openssl/x509_vfy.h>
#include <stdio.h>

#include "src/client/chain_verify.h"
#include "src/x509/pem_quirks.h"
#include "tests/unit/make_cert.h"

/*
 * What the real programs did with these chains and anchors on Debian 12 (OpenSSL 3.0, curl 7.88,
 * GnuTLS 3.7, Python 3.11 and 3.13, Ruby 3.1, Node 20, Go 1.19, Java 17, Deno 2.9): a letter for
 * each that trusted.  tests/truth asks them again, and about much more.
 */
static const char letters[CLIENTS + 1] = {
	[CLIENT_OPENSSL] = 'O',
	[CLIENT_OPENSSL_STRICT] = 'S',
	[CLIENT_CURL] = 'C',
	[CLIENT_PYTHON] = 'P',
	[CLIENT_RUBY] = 'R',
	[CLIENT_NODE] = 'N',
	[CLIENT_GNUTLS] = 'T',
	[CLIENT_GO] = 'G',
	[CLIENT_JAVA] = 'J',
	[CLIENT_WEBPKI] = 'W',
};

#define ALL "OSCPRNTGJW"

static void assert_clients(const char *label, const struct verify_case *it, const char *wanted)
{
	char got[CLIENTS + 1] = "";
	size_t n = 0;

	for (size_t i = 0; i < CLIENTS; i++) {
		struct fault why = FAULT_INIT;
		struct verification verification;

		assert_ok(client_verify(it, (enum client)i, &verification, &why), &why);
		if (verification.trusts)
			got[n++] = letters[i];
		assert_int_equal(verification.trusts, verification.error == X509_V_OK);
		assert_int_equal(verification.trusts, verification.why[0] == 0);
		assert_int_equal(verification.trusts, verification.anchor != NULL);
		assert_true(!verification.anchor || certs_hold(it->anchors, verification.anchor));
	}
	for (size_t i = 0; i < CLIENTS; i++)
		if (!strchr(got, letters[i]) != !strchr(wanted, letters[i]))
			fail_msg("%s: trusted by %s, not %s", label, got, wanted);
}

/* As Zscaler does it: root, a long-lived intermediate, a short-lived one, the leaf. */
struct lab {
	struct made root, upper, lower, leaf;
};

static struct lab lab_make(void)
{
	const time_t day = 24 * 60 * 60;
	struct lab lab;

	lab.root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	lab.upper = make_cert(
		&(struct recipe){.cn = "Intermediate", .issuer = &lab.root, .is_ca = true});
	lab.lower = make_cert(&(struct recipe){.cn = "Intermediate (t) ",
		.issuer = &lab.upper,
		.is_ca = true,
		.not_after = time(NULL) + 14 * day});
	lab.leaf = make_cert(&(struct recipe){.cn = "a.test", .issuer = &lab.lower});
	return lab;
}

static void lab_free(struct lab *lab)
{
	made_free(&lab->root);
	made_free(&lab->upper);
	made_free(&lab->lower);
	made_free(&lab->leaf);
}

static void assert_lab(
	const char *label, struct certs chain, struct certs anchors, const char *wanted)
{
	struct verify_case it = {&chain, &anchors, "a.test", time(NULL)};

	assert_clients(label, &it, wanted);
	certs_free(&chain);
	certs_free(&anchors);
}

/* The same certificate with a byte changed so that OpenSSL no longer decodes it; its name stays. */
static struct cert *undecodable(struct cert *cert)
{
	size_t len = cert->der.left;
	const struct bytes *name = &cert->subject.der;
	struct fault why = FAULT_INIT;
	struct cert *ret = NULL;

	for (size_t i = len; i-- > 0;) {
		uint8_t copy[4096];
		X509 *x509;

		assert_true(len <= sizeof(copy));
		memcpy(copy, cert->der.at, len);
		copy[i] ^= 0x15;
		if (cert_make(copy, len, &ret, &why) == 0 &&
			memcmp(ret->subject.der.at, name->at, name->left) == 0 &&
			cert_parse(ret, &x509, &why) < 0)
			return ret;
		cert_free(ret);
		ret = NULL;
		fault_clear(&why);
	}
	fail_msg("no byte does it");
	return NULL;
}

static void an_anchor_that_cannot_be_decoded_is_passed_over(void **state)
{
	struct lab lab = lab_make();
	auto_cert broken = undecodable(lab.root.cert);

	(void)state;
	assert_lab("beside the good one",
		make_certs(lab.leaf.cert, lab.lower.cert, lab.upper.cert, NULL),
		make_certs(broken, lab.root.cert, NULL), ALL);
	assert_lab("alone", make_certs(lab.leaf.cert, lab.lower.cert, lab.upper.cert, NULL),
		make_certs(broken, NULL), "");
	lab_free(&lab);
}

static void where_the_anchor_stands_decides(void **state)
{
	struct lab lab = lab_make();
	struct cert *root = lab.root.cert, *upper = lab.upper.cert;
	struct cert *lower = lab.lower.cert, *leaf = lab.leaf.cert;

	(void)state;
	assert_lab(
		"root not sent", make_certs(leaf, lower, upper, NULL), make_certs(root, NULL), ALL);
	assert_lab("root sent", make_certs(leaf, lower, upper, root, NULL), make_certs(root, NULL),
		ALL);
	assert_lab("intermediate", make_certs(leaf, lower, upper, NULL), make_certs(upper, NULL),
		"SCTGJW");
	assert_lab("intermediate, root sent", make_certs(leaf, lower, upper, root, NULL),
		make_certs(upper, NULL), "SCTGJW");
	assert_lab("short-lived issuer", make_certs(leaf, lower, upper, NULL),
		make_certs(lower, NULL), "SCGJW");
	assert_lab("leaf", make_certs(leaf, lower, upper, NULL), make_certs(leaf, NULL), "SCGJ");
	assert_lab("out of order", make_certs(leaf, root, upper, lower, NULL),
		make_certs(root, NULL), ALL);
	assert_lab("leaf alone", make_certs(leaf, NULL), make_certs(root, NULL), "");
	assert_lab("nothing trusted", make_certs(leaf, lower, upper, root, NULL),
		(struct certs)CERTS_INIT, "");
	lab_free(&lab);
}

/* One root that has a defect, and a leaf below it. */
struct defect {
	const char *label;
	struct recipe root;
	struct recipe leaf;
	const char *wanted;
	bool has_intermediate;
};

static void a_defect_of_the_root_is_seen_by_some(void **state)
{
	const time_t day = 24 * 60 * 60, now = time(NULL);
	const struct defect defects[] = {
		{"good", .wanted = ALL},
		{"basicConstraints not critical", {.basic_constraints = "CA:TRUE"},
			.wanted = "OCPRNTGJW"},
		{"no keyUsage", {.key_usage = ""}, .wanted = "OCPRNTGJW"},
		{"no key identifiers", {.no_key_ids = true}, {.no_key_ids = true},
			.wanted = "OCPRNTGJW"},
		{"leaf without authority key identifier", .leaf = {.no_authority_key_id = true},
			.wanted = "OCPRNTGJW"},
		{"version 1", {.is_v1 = true}, {.no_authority_key_id = true},
			.wanted = "OCPRNTGJW"},
		{"CA:FALSE", {.basic_constraints = "critical,CA:FALSE"}, .wanted = "W"},
		{"clientAuth only", {.ext_key_usage = "clientAuth"}, .wanted = "TJW"},
		{"pathlen:0", {.basic_constraints = "critical,CA:TRUE,pathlen:0"},
			.has_intermediate = true, .wanted = "JW"},
		{"name constraints", {.name_constraints = "critical,permitted;DNS:other.test"},
			.wanted = "J"},
		{"expired", {.not_before = now - 9 * day, .not_after = now - day}, .wanted = "JW"},
		{"SHA-1", {.digest = "SHA1"}, .wanted = ALL},
		{"RSA 1024", {.rsa_bits = 1024}, .wanted = "TGJ"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(defects) / sizeof(defects[0]); i++) {
		struct recipe recipe = defects[i].root;
		auto_made root = {NULL, NULL};
		auto_made middle = {NULL, NULL};
		auto_made leaf = {NULL, NULL};

		recipe.cn = "Root";
		recipe.is_ca = true;
		root = make_cert(&recipe);
		middle =
			make_cert(&(struct recipe){.cn = "Middle", .issuer = &root, .is_ca = true});
		recipe = defects[i].leaf;
		recipe.cn = "a.test";
		recipe.issuer = defects[i].has_intermediate ? &middle : &root;
		leaf = make_cert(&recipe);
		assert_lab(defects[i].label,
			defects[i].has_intermediate ? make_certs(leaf.cert, middle.cert, NULL)
						    : make_certs(leaf.cert, NULL),
			make_certs(root.cert, NULL), defects[i].wanted);
	}
}

static void a_defect_of_the_leaf_is_seen_by_some(void **state)
{
	const time_t day = 24 * 60 * 60, now = time(NULL);
	const struct defect defects[] = {
		{"a CA",
			.leaf = {.basic_constraints = "critical,CA:TRUE",
				.key_usage = "digitalSignature,keyCertSign"},
			.wanted = "OSCPRNTGJ"},
		{"any purpose", .leaf = {.ext_key_usage = "anyExtendedKeyUsage"}, .wanted = "TGJ"},
		{"for clients", .leaf = {.ext_key_usage = "clientAuth"}, .wanted = "T"},
		{"for no signatures", .leaf = {.key_usage = "keyEncipherment"},
			.wanted = "OSCPRNGW"},
		{"SHA-1", .leaf = {.digest = "SHA1"}, .wanted = "J"},
		{"MD5", .root = {.rsa_bits = 2048}, .leaf = {.digest = "MD5"}, .wanted = ""},
		{"RSA 1024", .leaf = {.rsa_bits = 1024}, .wanted = "TGJ"},
		{"version 1", .leaf = {.is_v1 = true}, .wanted = "OSCPRNTJ"},
		{"expired", .leaf = {.not_before = now - 9 * day, .not_after = now - day},
			.wanted = ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(defects) / sizeof(defects[0]); i++) {
		struct recipe recipe = defects[i].root;
		auto_made root = {NULL, NULL};
		auto_made leaf = {NULL, NULL};

		recipe.cn = "Root";
		recipe.is_ca = true;
		root = make_cert(&recipe);
		recipe = defects[i].leaf;
		recipe.cn = "a.test";
		recipe.issuer = &root;
		leaf = make_cert(&recipe);
		assert_lab(defects[i].label, make_certs(leaf.cert, NULL),
			make_certs(root.cert, NULL), defects[i].wanted);
	}
}

/* Seven CAs are too many for rustls, and for Java when they are not in order. */
static void a_long_chain_is_too_long_for_some(void **state)
{
	struct made made[9] = {make_cert(&(struct recipe){.cn = "Root", .is_ca = true})};
	auto_certs down = CERTS_INIT, up = CERTS_INIT;
	struct fault why = FAULT_INIT;

	(void)state;
	for (size_t i = 1; i < 9; i++) {
		char cn[] = {(char)('A' + i), 0};

		made[i] = make_cert(&(struct recipe){
			.cn = i < 8 ? cn : "a.test", .issuer = &made[i - 1], .is_ca = i < 8});
	}
	assert_ok(certs_add(&down, made[8].cert, &why), &why);
	assert_ok(certs_add(&up, made[8].cert, &why), &why);
	for (size_t i = 1; i < 8; i++) {
		assert_ok(certs_add(&down, made[8 - i].cert, &why), &why);
		assert_ok(certs_add(&up, made[i].cert, &why), &why);
	}
	assert_lab("in order", down, make_certs(made[0].cert, NULL), "OSCPRNTGJ");
	assert_lab("out of order", up, make_certs(made[0].cert, NULL), "OSCPRNTG");
	down = up = (struct certs)CERTS_INIT;
	for (size_t i = 0; i < 9; i++)
		made_free(&made[i]);
}

/* OpenSSL takes the first that it was given, GnuTLS the last; Go and Java try them all. */
static void a_superseded_root_of_the_same_name_blinds_some(void **state)
{
	auto_made old = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_made new = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_made leaf = make_cert(
		&(struct recipe){.cn = "a.test", .issuer = &new, .no_authority_key_id = true});

	(void)state;
	assert_lab("new first", make_certs(leaf.cert, NULL), make_certs(new.cert, old.cert, NULL),
		"OCPRNGJW");
	assert_lab("old first", make_certs(leaf.cert, NULL), make_certs(old.cert, new.cert, NULL),
		"TGJW");
}

static void a_renewed_root_works_beside_its_expired_copy(void **state)
{
	const time_t day = 24 * 60 * 60, now = time(NULL);
	auto_made old = make_cert(&(struct recipe){
		.cn = "Root", .is_ca = true, .not_before = now - 9 * day, .not_after = now - day});
	auto_made new = make_cert(&(struct recipe){.cn = "Root", .is_ca = true, .same_key = &old});
	auto_made leaf = make_cert(&(struct recipe){.cn = "a.test", .issuer = &new});

	(void)state;
	assert_lab("new first", make_certs(leaf.cert, NULL), make_certs(new.cert, old.cert, NULL),
		ALL);
	assert_lab("old first", make_certs(leaf.cert, NULL), make_certs(old.cert, new.cert, NULL),
		ALL);
}

static void the_name_is_checked_as_each_client_does(void **state)
{
	static const struct {
		const char *label, *cn, *alt_name, *name, *wanted;
	} rows[] = {
		{"DNS", "x", "DNS:a.test", "a.test", ALL},
		{"any case", "x", "DNS:A.test", "a.TEST", ALL},
		{"another", "x", "DNS:a.test", "b.test", ""},
		{"wildcard", "x", "DNS:*.test.example", "a.test.example", ALL},
		{"wildcard is one label", "x", "DNS:*.example", "a.test.example", ""},
		{"common name alone", "a.test", "", "a.test", "OSCPRNTJ"},
		{"common name beside DNS", "a.test", "DNS:b.test", "a.test", ""},
		{"IPv4", "x", "IP:192.0.2.1", "192.0.2.1", ALL},
		{"IPv6", "x", "IP:2001:db8::1", "2001:db8::1", ALL},
		{"another IP", "x", "IP:192.0.2.1", "192.0.2.2", ""},
		{"IP as DNS", "x", "DNS:192.0.2.1", "192.0.2.1", "R"},
		{"unasked", "x", "DNS:a.test", NULL, ALL},
	};
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_certs anchors = make_certs(root.cert, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_made leaf = make_cert(&(struct recipe){
			.cn = rows[i].cn, .issuer = &root, .alt_name = rows[i].alt_name});
		auto_certs chain = make_certs(leaf.cert, NULL);
		struct verify_case it = {&chain, &anchors, rows[i].name, time(NULL)};

		assert_clients(rows[i].label, &it, rows[i].wanted);
	}
}

static void the_time_asked_for_counts(void **state)
{
	const time_t day = 24 * 60 * 60;
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_made leaf = make_cert(&(struct recipe){.cn = "a.test", .issuer = &root});
	auto_certs anchors = make_certs(root.cert, NULL);
	auto_certs chain = make_certs(leaf.cert, NULL);
	struct verify_case it = {&chain, &anchors, "a.test", time(NULL) + 31 * day};

	(void)state;
	assert_clients("too late", &it, "");
	it.at = time(NULL) - 2 * day;
	assert_clients("too early", &it, "");
	it.at = time(NULL) + 29 * day;
	assert_clients("in time", &it, ALL);
}

static void a_judgment_says_why_and_whom(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_made leaf = make_cert(&(struct recipe){.cn = "a.test", .issuer = &root});
	auto_certs none = CERTS_INIT;
	auto_certs chain = make_certs(leaf.cert, NULL);
	struct verify_case it = {&chain, &none, "a.test", time(NULL)};
	struct fault why = FAULT_INIT;
	struct verification verification;

	(void)state;
	assert_ok(client_verify(&it, CLIENT_OPENSSL, &verification, &why), &why);
	assert_int_equal(verification.error, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
	assert_string_equal(verification.why,
		"unable to get local issuer certificate: 'O = Trustfix Test, CN = a.test'");
	it.chain = &none;
	assert_ok(client_verify(&it, CLIENT_OPENSSL, &verification, &why), &why);
	assert_string_equal(verification.why, "no certificate was sent");
}

static void an_anchor_in_a_file_that_it_cannot_read_is_none(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_made leaf = make_cert(&(struct recipe){.cn = "a.test", .issuer = &root});
	auto_certs anchors = make_certs(root.cert, NULL);
	auto_certs chain = make_certs(leaf.cert, NULL);
	struct verify_case it = {&chain, &anchors, "a.test", time(NULL)};
	struct fault why = FAULT_INIT;
	struct verification verification;

	(void)state;
	root.cert->hidden_from = PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL) | PEM_QUIRK_BIT(PEM_QUIRK_CURL) |
				 PEM_QUIRK_BIT(PEM_QUIRK_GO);
	assert_clients("blind", &it, "NTJW");
	assert_ok(client_verify(&it, CLIENT_CURL, &verification, &why), &why);
	assert_string_equal(verification.why,
		"this client does not see the anchor in its file, which is damaged, unusual, or "
		"not one that it reads: 'O = Trustfix Test, CN = Root'");
}

static void a_trusted_block_makes_an_anchor_for_openssl(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_made middle = make_cert(&(struct recipe){.cn = "M", .issuer = &root, .is_ca = true});
	auto_made leaf = make_cert(&(struct recipe){.cn = "a.test", .issuer = &middle});
	auto_certs anchors = make_certs(middle.cert, NULL);
	auto_certs chain = make_certs(leaf.cert, middle.cert, NULL);
	struct verify_case it = {&chain, &anchors, "a.test", time(NULL)};
	struct fault why = FAULT_INIT;
	struct verification verification;

	(void)state;
	assert_ok(client_verify(&it, CLIENT_OPENSSL, &verification, &why), &why);
	assert_false(verification.trusts);
	middle.cert->is_trusted = true;
	assert_ok(client_verify(&it, CLIENT_OPENSSL, &verification, &why), &why);
	assert_true(verification.trusts);
}

static void client_names_make_a_set(void **state)
{
	struct fault why = FAULT_INIT;
	client_set set = 0;

	(void)state;
	assert_ok(client_set_parse("openssl", &set, &why), &why);
	assert_int_equal(set, CLIENT_BIT(CLIENT_OPENSSL));
	assert_ok(client_set_parse("go,openssl-strict", &set, &why), &why);
	assert_int_equal(set, CLIENT_BIT(CLIENT_GO) | CLIENT_BIT(CLIENT_OPENSSL_STRICT));
	assert_fault(client_set_parse("go,", &set, &why), &why, FAULT_USAGE, "unknown client ''");
	assert_fault(client_set_parse("ie6", &set, &why), &why, FAULT_USAGE,
		"unknown client 'ie6'; the clients are openssl, openssl-strict, curl, python, "
		"ruby, node, "
		"gnutls, go, java, webpki");
	assert_string_equal(client_name(CLIENT_JAVA), "java");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_the_anchor_stands_decides),
		cmocka_unit_test(an_anchor_that_cannot_be_decoded_is_passed_over),
		cmocka_unit_test(a_defect_of_the_root_is_seen_by_some),
		cmocka_unit_test(a_defect_of_the_leaf_is_seen_by_some),
		cmocka_unit_test(a_long_chain_is_too_long_for_some),
		cmocka_unit_test(a_superseded_root_of_the_same_name_blinds_some),
		cmocka_unit_test(a_renewed_root_works_beside_its_expired_copy),
		cmocka_unit_test(the_name_is_checked_as_each_client_does),
		cmocka_unit_test(the_time_asked_for_counts),
		cmocka_unit_test(a_judgment_says_why_and_whom),
		cmocka_unit_test(an_anchor_in_a_file_that_it_cannot_read_is_none),
		cmocka_unit_test(a_trusted_block_makes_an_anchor_for_openssl),
		cmocka_unit_test(client_names_make_a_set),
	};

	return run_group("judge", tests);
}
