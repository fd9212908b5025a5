/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle and a directory of hash links that do not hold the same. */
#include "tests/unit/tf_cmocka.h"

#include "src/x509/pem_quirks.h"
#include "stores/system/certpaths.h"
#include "tests/unit/store_cas.h"
#include "tests/unit/store_case.h"

#define DIR "/etc/ssl/certs"
#define BUNDLE DIR "/ca-certificates.crt"
#define DEFAULT "/usr/lib/ssl/cert.pem"
#define DAMAGED "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"

static const char letters[PEM_READERS + 1] = {
	[PEM_QUIRK_OPENSSL] = 'O',
	[PEM_QUIRK_CURL] = 'C',
	[PEM_QUIRK_NODE] = 'N',
	[PEM_QUIRK_GNUTLS] = 'T',
	[PEM_QUIRK_GO] = 'G',
	[PEM_QUIRK_WEBPKI] = 'W',
	[PEM_QUIRK_KEYSTORE] = 'K',
};
#define ALL "OCNTGWK"

enum { IN_BUNDLE = 1, IN_DIR = 2, OTHER_IN_BUNDLE = 4, DEFAULT_FILE = 8, DAMAGE = 16 };

/* As seen with the real programs. */
static const struct {
	const char *label;
	unsigned what;
	const char *wanted; /* who sees it */
} rows[] = {
	{"both", IN_BUNDLE | IN_DIR | DEFAULT_FILE, ALL},
	{"both, no default file", IN_BUNDLE | IN_DIR, ALL},
	{"no link", IN_BUNDLE | DEFAULT_FILE, ALL},
	{"no link, no default file", IN_BUNDLE, "CNTGWK"},
	{"not in the bundle", IN_DIR | OTHER_IN_BUNDLE | DEFAULT_FILE, "OCGWK"},
	{"no bundle", IN_DIR, "OGWK"},
	{"damaged bundle, linked", IN_BUNDLE | IN_DIR | DAMAGE | DEFAULT_FILE, "OGWK"},
	{"damaged bundle, no link", IN_BUNDLE | DAMAGE | DEFAULT_FILE, "GK"},
	{"nowhere", OTHER_IN_BUNDLE | DEFAULT_FILE, ""},
};

static void read_anchors(struct store_case *it, struct certs *ret)
{
	const struct certpaths paths = {
		.bundle = BUNDLE,
		.dir = DIR,
		.has_file = view_is_file(&it->view, DEFAULT),
		.in_dir = CERTPATHS_IN_DIR | PEM_QUIRK_BIT(PEM_QUIRK_CURL),
		.lost = PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL),
		.is_alone = true,
	};
	struct fault why = FAULT_INIT;

	assert_ok(certpaths_anchors(&it->view, &paths, ret, &why), &why);
}

static void link_to(struct store_case *it, struct cert *cert, const char *file, unsigned number)
{
	store_case_cert(it, file, cert);
	store_case_link(it, store_case_hash(DIR, cert, number), file);
}

static void each_client_sees_what_it_looks_into(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_free char *pem = store_case_pem(
			rows[i].what & OTHER_IN_BUNDLE ? other.cert : corp.cert, NULL);
		auto_free char *text = NULL;
		auto_certs got = CERTS_INIT;
		auto_store_case it;
		char seen[PEM_READERS + 1] = "";
		size_t at, n = 0;

		store_case_make(&it);
		store_case_dir(&it, DIR);
		assert_true(asprintf(&text, "%s%s", rows[i].what & DAMAGE ? DAMAGED : "", pem) > 0);
		if (rows[i].what & (IN_BUNDLE | OTHER_IN_BUNDLE))
			store_case_file(&it, BUNDLE, text);
		if (rows[i].what & IN_DIR)
			link_to(&it, corp.cert, DIR "/corp.pem", 0);
		if (rows[i].what & DEFAULT_FILE)
			store_case_link(&it, DEFAULT, BUNDLE);
		read_anchors(&it, &got);
		at = certs_find(&got, corp.cert);
		for (unsigned client = 0; at < got.n && client < PEM_READERS; client++)
			if (!(got.at[at]->hidden_from & PEM_QUIRK_BIT(client)))
				seen[n++] = letters[client];
		if (strcmp(seen, rows[i].wanted) != 0)
			fail_msg("%s: '%s' see it, not '%s'", rows[i].label, seen, rows[i].wanted);
		assert_int_equal(got.n, (rows[i].what & (IN_BUNDLE | OTHER_IN_BUNDLE) ? 1 : 0) +
						((rows[i].what & (IN_BUNDLE | IN_DIR)) == IN_DIR));
	}
}

/* corp and corp2 have one name, and so one hash. */
static void a_link_counts_when_those_before_it_are_there(void **state)
{
	auto_certs got = CERTS_INIT, more = CERTS_INIT;
	auto_store_case it;

	(void)state;
	store_case_make(&it);
	store_case_cert(&it, BUNDLE, corp.cert);
	link_to(&it, corp.cert, DIR "/corp.pem", 0);
	link_to(&it, corp2.cert, DIR "/corp2.pem", 2);
	read_anchors(&it, &got);
	assert_false(certs_hold(&got, corp2.cert));
	link_to(&it, corp2.cert, DIR "/again.pem", 1);
	read_anchors(&it, &more);
	assert_true(certs_hold(&more, corp2.cert));
	assert_int_equal(more.n, 2);
}

static void a_link_that_misleads_finds_nothing(void **state)
{
	auto_certs got = CERTS_INIT;
	auto_store_case it;

	(void)state;
	store_case_make(&it);
	store_case_file(&it, BUNDLE, "");
	store_case_cert(&it, DIR "/other.pem", other.cert);
	store_case_link(&it, store_case_hash(DIR, corp.cert, 0), "other.pem");
	store_case_link(&it, DIR "/00000000.0", "nothing.pem");
	store_case_dir(&it, DIR "/00000001.0");
	read_anchors(&it, &got);
	assert_int_equal(got.n, 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(each_client_sees_what_it_looks_into),
	cmocka_unit_test(a_link_counts_when_those_before_it_are_there),
	cmocka_unit_test(a_link_that_misleads_finds_nothing),
};

int main(void)
{
	return run_store_group("certpaths", tests);
}
