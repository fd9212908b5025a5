/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/x509_vfy.h>
#include <stdlib.h>

#include "src/x509/chain_build.h"
#include "src/diagnose/diagnose.h"
#include "tests/unit/make_cert.h"
#include "tests/unit/tf_cmocka.h"

#define DAY_S 86400

/* What diagnose() says of this chain, as an owner of `host` sees it.  The caller frees it. */
static struct diagnosis look_with(const char *host, const struct certs *chain,
	const struct certs *fetched, int error, size_t same_ca_n)
{
	static const struct certs nothing = CERTS_INIT;
	auto_certs path = CERTS_INIT;
	struct probe probe = {
		.end = PROBE_CHAIN, .host = (char *)host, .chain = *chain, .completed = true};
	struct diagnose_facts facts = {.path = &path,
		.anchors = &nothing,
		.trusted_here = error == X509_V_OK,
		.untrusted_by = "openssl",
		.untrusted_why = X509_verify_cert_error_string(error),
		.error = error,
		.same_ca_n = same_ca_n,
		.at = time(NULL)};
	struct diagnosis it = {0};
	struct fault why = FAULT_INIT;

	assert_ok(chain_build(chain, fetched, facts.at, &path, &why), &why);
	assert_ok(diagnose(&probe, &facts, &it, &why), &why);
	assert_non_null(it.why);
	assert_non_null(it.todo);
	return it;
}

static struct diagnosis look(const char *host, const struct certs *chain,
	const struct certs *fetched, bool trusted, size_t same_ca_n)
{
	return look_with(host, chain, fetched,
		trusted ? X509_V_OK : X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, same_ca_n);
}

static void assert_verdict(struct diagnosis it, enum verdict verdict, const char *part)
{
	if (it.verdict != verdict || !(strstr(it.why, part) || strstr(it.todo, part)))
		fail_msg("%s: %s; %s", verdict_name(it.verdict), it.why, it.todo);
	assert_int_equal(it.evidence.n > 0, verdict == VERDICT_INTERCEPTED);
	diagnosis_free(&it);
}

/* A private chain whose leaf is old and lives long: no sign of interception in it. */
struct world {
	struct made root, middle, leaf;
};

static struct world world_make(const char *root, const char *host)
{
	time_t now = time(NULL);
	struct world it;

	it.root = make_cert(&(struct recipe){.cn = root,
		.is_ca = true,
		.not_before = now - 900 * DAY_S,
		.not_after = now + 900 * DAY_S});
	it.middle = make_cert(&(struct recipe){.cn = "Middle", .is_ca = true, .issuer = &it.root});
	it.leaf = make_cert(&(struct recipe){.cn = host,
		.issuer = &it.middle,
		.not_before = now - 30 * DAY_S,
		.not_after = now + 300 * DAY_S});
	return it;
}

static void world_free(struct world *it)
{
	made_free(&it->root);
	made_free(&it->middle);
	made_free(&it->leaf);
}

static void a_private_ca_is_no_interception_by_itself(void **state)
{
	struct world it = world_make("Corp Root", "a.test");
	auto_certs sent = make_certs(it.leaf.cert, it.middle.cert, it.root.cert, NULL);
	auto_certs less = make_certs(it.leaf.cert, it.middle.cert, NULL);

	(void)state;
	assert_verdict(look("a.test", &sent, NULL, false, 0), VERDICT_UNTRUSTED,
		"trustfix install --pin sha256:");
	assert_verdict(look("a.test", &less, NULL, false, 0), VERDICT_UNTRUSTED,
		"CN = Corp Root', key identifier");
	assert_verdict(look("a.test", &less, NULL, false, 0), VERDICT_UNTRUSTED,
		"trustfix install --ca FILE --verify a.test");
	assert_verdict(look("a.test", &sent, NULL, true, 0), VERDICT_TRUSTED, "private CA");
	assert_verdict(look("b.test", &sent, NULL, false, 0), VERDICT_WRONG_HOST, "'b.test'");
	world_free(&it);
}

static void one_strong_sign_is_enough_also_where_it_is_trusted(void **state)
{
	struct world it = world_make("Zscaler Root CA", "a.test");
	struct world plain = world_make("Corp Root", "pypi.org");
	struct world same = world_make("Corp Root", "a.test");
	auto_certs sent = make_certs(it.leaf.cert, it.middle.cert, NULL);
	auto_certs known = make_certs(plain.leaf.cert, plain.middle.cert, NULL);
	auto_certs shared = make_certs(same.leaf.cert, same.middle.cert, NULL);

	(void)state;
	assert_verdict(
		look("a.test", &sent, NULL, false, 0), VERDICT_INTERCEPTED, "ZIA admin portal");
	assert_verdict(
		look("a.test", &sent, NULL, true, 0), VERDICT_INTERCEPTED, "trustfix doctor");
	assert_verdict(
		look("pypi.org", &known, NULL, true, 0), VERDICT_INTERCEPTED, "a proxy answers");
	assert_verdict(look("a.test", &shared, NULL, false, 0), VERDICT_UNTRUSTED, "no other sign");
	assert_verdict(look("a.test", &shared, NULL, false, 1), VERDICT_INTERCEPTED, "Corp Root");
	world_free(&it);
	world_free(&plain);
	world_free(&same);
}

static void no_ca_cures_what_an_interceptor_does_wrong(void **state)
{
	struct world it = world_make("Zscaler Root CA", "a.test");
	time_t now = time(NULL);
	auto_made old = make_cert(&(struct recipe){.cn = "a.test",
		.issuer = &it.middle,
		.not_before = now - 30 * DAY_S,
		.not_after = now - DAY_S});
	auto_certs sent = make_certs(it.leaf.cert, it.middle.cert, it.root.cert, NULL);
	auto_certs expired = make_certs(old.cert, it.middle.cert, it.root.cert, NULL);

	(void)state;
	assert_verdict(look("a.test", &sent, NULL, false, 0), VERDICT_INTERCEPTED, "--pin sha256:");
	assert_verdict(look_with("a.test", &sent, NULL, X509_V_ERR_CERT_SIGNATURE_FAILURE, 0),
		VERDICT_INTERCEPTED, "--pin sha256:");
	assert_verdict(
		look("b.test", &sent, NULL, false, 0), VERDICT_INTERCEPTED, "is not for 'b.test')");
	assert_verdict(look("a.test", &expired, NULL, false, 0), VERDICT_INTERCEPTED, "expired at");
	assert_verdict(look_with("a.test", &sent, NULL, X509_V_ERR_CA_KEY_TOO_SMALL, 0),
		VERDICT_INTERCEPTED, "fix this (openssl: CA certificate key too weak)");
	world_free(&it);
}

static void weak_signs_must_be_two(void **state)
{
	time_t now = time(NULL);
	auto_made root = make_cert(&(struct recipe){.cn = "Corp Root", .is_ca = true});
	auto_made fresh = make_cert(&(struct recipe){.cn = "a.test",
		.issuer = &root,
		.alt_name = "DNS:a.test,DNS:www.a-shop.com",
		.not_before = now - 60,
		.not_after = now + 300 * DAY_S});
	auto_certs sent = make_certs(fresh.cert, root.cert, NULL);

	(void)state;
	assert_verdict(look("a.test", &sent, NULL, false, 0), VERDICT_UNTRUSTED, "private CA");
	assert_verdict(look("www.a-shop.com", &sent, NULL, false, 0), VERDICT_INTERCEPTED,
		"a proxy seems to");
}

static void a_missing_intermediate_is_named(void **state)
{
	struct world it = world_make("Corp Root", "a.test");
	auto_certs sent = make_certs(it.leaf.cert, NULL);
	auto_certs fetched = make_certs(it.middle.cert, it.root.cert, NULL);
	auto_certs chain = make_certs(it.leaf.cert, it.middle.cert, NULL);
	auto_certs root = make_certs(it.root.cert, NULL);

	(void)state;
	assert_verdict(
		look("a.test", &sent, &fetched, false, 0), VERDICT_INCOMPLETE, "CN = Middle");
	/* A root that is not sent is how it should be. */
	assert_verdict(look("a.test", &chain, &root, false, 0), VERDICT_UNTRUSTED, "private CA");
	world_free(&it);
}

static void dates_and_self_signed_leaves_are_told(void **state)
{
	time_t now = time(NULL);
	auto_made root = make_cert(
		&(struct recipe){.cn = "Root", .is_ca = true, .not_before = now - 900 * DAY_S});
	auto_made old = make_cert(&(struct recipe){.cn = "a.test",
		.issuer = &root,
		.not_before = now - 400 * DAY_S,
		.not_after = now - 10 * DAY_S});
	auto_made early = make_cert(&(struct recipe){.cn = "a.test",
		.issuer = &root,
		.not_before = now + 10 * DAY_S,
		.not_after = now + 400 * DAY_S});
	auto_made self = make_cert(&(struct recipe){.cn = "a.test"});
	auto_certs expired = make_certs(old.cert, root.cert, NULL);
	auto_certs unborn = make_certs(early.cert, root.cert, NULL);
	auto_made device = make_cert(&(struct recipe){.cn = "FortiGate CA", .is_ca = true});
	auto_certs alone = make_certs(self.cert, NULL);
	auto_certs labelled = make_certs(device.cert, NULL);

	(void)state;
	assert_verdict(look("a.test", &expired, NULL, false, 0), VERDICT_EXPIRED, "expired at");
	assert_verdict(look("a.test", &unborn, NULL, false, 0), VERDICT_NOT_YET_VALID, "clock");
	assert_verdict(
		look("a.test", &alone, NULL, false, 0), VERDICT_SELF_SIGNED, "a self-signed");
	assert_verdict(
		look("pypi.org", &alone, NULL, false, 0), VERDICT_SELF_SIGNED, "captive portal");
	/* A vendor's box as it came, and a portal that answers for everybody: no CA to install. */
	assert_verdict(look("a.test", &labelled, NULL, false, 0), VERDICT_SELF_SIGNED, "another");
	assert_verdict(look("a.test", &alone, NULL, false, 1), VERDICT_SELF_SIGNED, "self-signed");
}

static void each_end_without_a_chain_has_its_verdict(void **state)
{
	static const struct {
		enum probe_end end;
		enum verdict verdict;
	} ends[] = {
		{PROBE_CLIENT_CERT_REQUIRED, VERDICT_CLIENT_CERT_REQUIRED},
		{PROBE_UNPROVEN, VERDICT_UNPROVEN},
		{PROBE_PROXY_AUTH_REQUIRED, VERDICT_PROXY_AUTH_REQUIRED},
		{PROBE_PROXY_REFUSED, VERDICT_PROXY_REFUSED},
		{PROBE_NOT_TLS, VERDICT_NOT_TLS},
		{PROBE_TIMEOUT, VERDICT_TIMEOUT},
		{PROBE_UNREACHABLE, VERDICT_UNREACHABLE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct probe probe = {.end = ends[i].end, .host = (char *)"a.test"};
		struct diagnose_facts facts = {.at = time(NULL)};
		struct diagnosis it = {0};
		struct fault why = FAULT_INIT;

		fault_set(&probe.why, FAULT_PEER, "the reason");
		assert_ok(diagnose(&probe, &facts, &it, &why), &why);
		assert_verdict(it, ends[i].verdict, "the reason");
	}
}

static void a_chain_without_its_key_says_nothing(void **state)
{
	struct world it = world_make("Zscaler Root CA", "pypi.org");
	auto_certs sent = make_certs(it.leaf.cert, it.middle.cert, it.root.cert, NULL);
	struct probe probe = {.end = PROBE_UNPROVEN, .host = (char *)"pypi.org", .chain = sent};
	struct diagnose_facts facts = {.path = &sent,
		.anchors = &sent,
		.trusted_here = true,
		.same_ca_n = 3,
		.at = time(NULL)};
	struct diagnosis diagnosis = {0};
	struct fault why = FAULT_INIT;

	(void)state;
	fault_set(&probe.why, FAULT_PEER, "the handshake did not complete");
	assert_false(probe_is_proven(&probe));
	assert_ok(diagnose(&probe, &facts, &diagnosis, &why), &why);
	assert_false(diagnosis.trusted_here);
	assert_null(diagnosis.interceptor);
	assert_verdict(diagnosis, VERDICT_UNPROVEN, "did not complete");
	world_free(&it);
}

static void a_proxy_that_does_not_answer_is_what_to_look_at(void **state)
{
	static const enum probe_end ends[] = {PROBE_TIMEOUT, PROBE_UNREACHABLE};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct probe probe = {.end = ends[i], .via = (char *)"http://proxy:3128"};
		struct diagnose_facts facts = {.at = time(NULL)};
		struct diagnosis it = {0};
		struct fault why = FAULT_INIT;

		assert_ok(diagnose(&probe, &facts, &it, &why), &why);
		assert_non_null(strstr(it.todo, "check the proxy's address"));
		assert_null(strstr(it.todo, "give --proxy"));
		diagnosis_free(&it);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_private_ca_is_no_interception_by_itself),
		cmocka_unit_test(one_strong_sign_is_enough_also_where_it_is_trusted),
		cmocka_unit_test(no_ca_cures_what_an_interceptor_does_wrong),
		cmocka_unit_test(weak_signs_must_be_two),
		cmocka_unit_test(a_missing_intermediate_is_named),
		cmocka_unit_test(dates_and_self_signed_leaves_are_told),
		cmocka_unit_test(each_end_without_a_chain_has_its_verdict),
		cmocka_unit_test(a_chain_without_its_key_says_nothing),
		cmocka_unit_test(a_proxy_that_does_not_answer_is_what_to_look_at),
	};

	return run_group("diagnose", tests);
}
