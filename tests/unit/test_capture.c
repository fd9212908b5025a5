/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/find/capture.h"
#include "tests/unit/make_cert.h"
#include "tests/unit/site_case.h"

enum {
	ROOT,
	SUB,
	LEAF,
	OTHER_ROOT,
	OTHER_LEAF,
	LONE,
	OLD_ROOT,
	OLD_LEAF,
	REFUSAL,
	REFUSED,
	MADE_N
};

static struct made made[MADE_N];

static int make_pki(void **state)
{
	(void)state;
	made[ROOT] = make_cert(&(struct recipe){.cn = "Corp Root", .is_ca = true});
	made[SUB] = make_cert(
		&(struct recipe){.cn = "Corp Issuing", .is_ca = true, .issuer = &made[ROOT]});
	made[LEAF] = make_cert(&(struct recipe){.cn = "a.example.com", .issuer = &made[SUB]});
	made[OTHER_ROOT] = make_cert(&(struct recipe){.cn = "Other Root", .is_ca = true});
	made[OTHER_LEAF] =
		make_cert(&(struct recipe){.cn = "b.example.net", .issuer = &made[OTHER_ROOT]});
	made[LONE] = make_cert(&(struct recipe){.cn = "lone.test"});
	made[OLD_ROOT] = make_cert(&(struct recipe){
		.cn = "Old Root", .is_ca = true, .not_before = 1, .not_after = time(NULL) - 1});
	made[OLD_LEAF] = make_cert(&(struct recipe){.cn = "a.test", .issuer = &made[OLD_ROOT]});
	made[REFUSAL] =
		make_cert(&(struct recipe){.cn = "Not trusted by \"Corp Root\"", .is_ca = true});
	made[REFUSED] = make_cert(&(struct recipe){.cn = "a.test", .issuer = &made[REFUSAL]});
	return 0;
}

static int free_pki(void **state)
{
	(void)state;
	for (size_t i = 0; i < MADE_N; i++)
		made_free(&made[i]);
	return 0;
}

/* A finding of one chain, given by numbers that end in MADE_N. */
static struct finding finding_of(const struct url *target, struct probe *probe,
	enum verdict verdict, const int numbers[static 1])
{
	struct finding finding = {.target = target, .probe = probe};
	struct fault why = FAULT_INIT;

	finding.diagnosis.verdict = verdict;
	finding.diagnosis.why = strdup("the reason");
	for (size_t i = 0; numbers[i] != MADE_N; i++)
		assert_ok(certs_add(&probe->chain, made[numbers[i]].cert, &why), &why);
	return finding;
}

struct scene {
	struct url targets[2];
	struct probe probes[2];
	struct finding findings[2];
	struct survey survey;
	struct site site;
};

static void scene_make(struct scene *it, const int *first, const int *second)
{
	struct fault why = FAULT_INIT;

	*it = (struct scene){
		.survey = {.targets = it->targets, .at = it->findings, .n = second ? 2 : 1}};
	assert_ok(url_parse("a.example.com", URL_TARGET, &it->targets[0], &why), &why);
	assert_ok(url_parse("b.example.net", URL_TARGET, &it->targets[1], &why), &why);
	for (size_t i = 0; i < 2; i++)
		it->probes[i].host = it->targets[i].host;
	it->findings[0] = finding_of(&it->targets[0], &it->probes[0], VERDICT_UNTRUSTED, first);
	if (second)
		it->findings[1] =
			finding_of(&it->targets[1], &it->probes[1], VERDICT_UNTRUSTED, second);
	site_case_make(&it->site, NULL, 0);
}

static void scene_free(struct scene *it)
{
	for (size_t i = 0; i < 2; i++) {
		certs_free(&it->probes[i].chain);
		free(it->findings[i].diagnosis.why);
		url_free(&it->targets[i]);
	}
	site_close(&it->site);
}
CLEANUP_VALUE(scene, scene_free)

static int capture(struct scene *it, bool intermediate, struct cas *ret, struct fault *why)
{
	struct capture_options options = {.at = time(NULL), .allow_intermediate = intermediate};

	return capture_make(&it->survey, &it->site, &options, ret, why);
}

static void the_root_is_found_whatever_the_order(void **state)
{
	static const int orders[][6] = {
		{LEAF, SUB, ROOT, MADE_N},
		{LEAF, ROOT, SUB, MADE_N},
		{LEAF, ROOT, ROOT, SUB, SUB, MADE_N},
		{LEAF, OTHER_ROOT, SUB, OTHER_LEAF, ROOT, MADE_N},
		{SUB, LEAF, ROOT, MADE_N},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		CLEANUP(scene) struct scene it;
		auto_cas captures = {0};
		struct fault why = FAULT_INIT;

		scene_make(&it, orders[i], NULL);
		assert_ok(capture(&it, false, &captures, &why), &why);
		assert_int_equal(captures.n, 1);
		assert_true(cert_same(captures.at[0].cert, made[ROOT].cert));
	}
}

static void two_cas_are_two_captures_and_one_is_seen_twice(void **state)
{
	CLEANUP(scene) struct scene two;
	CLEANUP(scene) struct scene same;
	auto_cas captures = {0};
	auto_cas again = {0};
	struct fault why = FAULT_INIT;

	(void)state;
	scene_make(&two, (const int[]){LEAF, SUB, ROOT, MADE_N},
		(const int[]){OTHER_LEAF, OTHER_ROOT, MADE_N});
	assert_ok(capture(&two, false, &captures, &why), &why);
	assert_int_equal(captures.n, 2);
	scene_make(&same, (const int[]){LEAF, SUB, ROOT, MADE_N},
		(const int[]){LEAF, SUB, ROOT, MADE_N});
	assert_ok(capture(&same, false, &again, &why), &why);
	assert_int_equal(again.n, 1);
	assert_int_equal(again.at[0].targets.n, 2);
	assert_int_equal(again.at[0].owners.n, 2);
}

static void a_root_that_was_not_sent_is_named(void **state)
{
	CLEANUP(scene) struct scene it;
	auto_cas captures = {0};
	struct fault why = FAULT_INIT;

	(void)state;
	scene_make(&it, (const int[]){LEAF, SUB, MADE_N}, NULL);
	assert_fault(capture(&it, false, &captures, &why), &why, FAULT_REFUSED, "CN = Corp Root'");
	assert_ok(capture(&it, true, &captures, &why), &why);
	assert_true(cert_same(captures.at[0].cert, made[SUB].cert));
	assert_true(captures.at[0].advice.n > 0);
}

static void a_leaf_is_never_taken(void **state)
{
	/* ROOT and SUB are CAs, and here what the server shows for its own. */
	static const int chains[][2] = {
		{LEAF, MADE_N}, {LONE, MADE_N}, {ROOT, MADE_N}, {SUB, MADE_N}};

	(void)state;
	for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++) {
		CLEANUP(scene) struct scene it;
		auto_cas captures = {0};
		struct fault why = FAULT_INIT;

		scene_make(&it, chains[i], NULL);
		assert_fault(
			capture(&it, true, &captures, &why), &why, FAULT_REFUSED, "certificate");
	}
}

static void a_ca_that_no_client_would_take_is_refused(void **state)
{
	CLEANUP(scene) struct scene it;
	auto_cas captures = {0};
	struct fault why = FAULT_INIT;

	(void)state;
	scene_make(&it, (const int[]){OLD_LEAF, OLD_ROOT, MADE_N}, NULL);
	assert_fault(capture(&it, false, &captures, &why), &why, FAULT_REFUSED, "expired");
}

static void the_proxys_own_refusal_is_no_ca(void **state)
{
	CLEANUP(scene) struct scene it;
	auto_cas captures = {0};
	struct fault why = FAULT_INIT;

	(void)state;
	scene_make(&it, (const int[]){REFUSED, REFUSAL, MADE_N}, NULL);
	assert_fault(capture(&it, false, &captures, &why), &why, FAULT_REFUSED,
		"the proxy itself does not trust the server");
}

static void other_verdicts_are_refused_with_their_reason(void **state)
{
	static const enum verdict verdicts[] = {VERDICT_INCOMPLETE, VERDICT_MISSING_ROOT,
		VERDICT_EXPIRED, VERDICT_NOT_YET_VALID, VERDICT_WRONG_HOST};

	(void)state;
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		CLEANUP(scene) struct scene it;
		auto_cas captures = {0};
		struct fault why = FAULT_INIT;

		scene_make(&it, (const int[]){LEAF, SUB, ROOT, MADE_N}, NULL);
		it.findings[0].diagnosis.verdict = verdicts[i];
		assert_fault(
			capture(&it, false, &captures, &why), &why, FAULT_REFUSED, "the reason");
	}
}

static void who_proves_no_key_shows_no_ca(void **state)
{
	CLEANUP(scene) struct scene it;
	auto_cas captures = {0};
	struct fault why = FAULT_INIT;

	(void)state;
	scene_make(&it, (const int[]){LEAF, SUB, ROOT, MADE_N}, NULL);
	it.probes[0].end = PROBE_UNPROVEN;
	assert_fault(capture(&it, true, &captures, &why), &why, FAULT_PEER, "the reason");
}

static void a_debug_proxy_needs_a_pin(void **state)
{
	static const struct interceptor mitmproxy = {
		.product = "mitmproxy", .class = INTERCEPTOR_DEBUG};
	CLEANUP(scene) struct scene it;
	struct capture_options options = {.at = time(NULL)};
	auto_cas captures = {0};
	struct fault why = FAULT_INIT;

	(void)state;
	scene_make(&it, (const int[]){LEAF, SUB, ROOT, MADE_N}, NULL);
	it.findings[0].diagnosis.interceptor = &mitmproxy;
	assert_fault(capture_make(&it.survey, &it.site, &options, &captures, &why), &why,
		FAULT_REFUSED, "--pin");
	options.pinned = true;
	assert_ok(capture_make(&it.survey, &it.site, &options, &captures, &why), &why);
	assert_ptr_equal(captures.at[0].interceptor, &mitmproxy);
}

/* The made root stands for one that has a public root's name and is not known. */
static void a_missing_public_root_is_taken_from_a_store_and_never_from_the_peer(void **state)
{
	CLEANUP(scene) struct scene it;
	auto_certs here = make_certs(made[ROOT].cert, NULL);
	auto_certs unmanaged = make_certs(made[OTHER_ROOT].cert, NULL);
	auto_certs issuing = make_certs(made[SUB].cert, NULL);
	struct capture_options options = {.at = time(NULL),
		.pinned = true,
		.public_roots = &unmanaged,
		.public_source = "the store"};
	auto_cas captures = {0};
	struct fault why = FAULT_INIT;

	(void)state;
	scene_make(&it, (const int[]){LEAF, SUB, ROOT, MADE_N}, NULL);
	it.findings[0].diagnosis.verdict = VERDICT_MISSING_ROOT;
	assert_fault(capture_make(&it.survey, &it.site, &options, &captures, &why), &why,
		FAULT_REFUSED, "is not in the store either");
	options.public_roots = &issuing;
	assert_fault(capture_make(&it.survey, &it.site, &options, &captures, &why), &why,
		FAULT_REFUSED, "is not in the store either");
	options.public_roots = &here;
	options.pinned = false;
	assert_fault(capture_make(&it.survey, &it.site, &options, &captures, &why), &why,
		FAULT_REFUSED, "explicit --pin");
	options.pinned = true;
	assert_ok(capture_make(&it.survey, &it.site, &options, &captures, &why), &why);
	assert_true(cert_same(captures.at[0].cert, made[ROOT].cert));
	assert_string_equal(captures.at[0].source, "the store");
}

static void nobody_who_is_trusted_needs_a_ca(void **state)
{
	CLEANUP(scene) struct scene it;
	auto_cas captures = {0};
	struct fault why = FAULT_INIT;

	(void)state;
	scene_make(&it, (const int[]){LEAF, SUB, MADE_N}, NULL);
	it.findings[0].diagnosis.verdict = VERDICT_TRUSTED;
	assert_ok(capture(&it, false, &captures, &why), &why);
	assert_int_equal(captures.n, 0);
}

static void a_trusted_ca_is_captured_when_it_must_fit_a_pin(void **state)
{
	CLEANUP(scene) struct scene it;
	struct capture_options options = {.at = time(NULL), .must_show = true};
	auto_cas captures = {0};
	struct fault why = FAULT_INIT;

	(void)state;
	scene_make(&it, (const int[]){LEAF, SUB, ROOT, MADE_N}, NULL);
	it.findings[0].diagnosis.verdict = VERDICT_TRUSTED;
	assert_ok(certs_add(&it.findings[0].path, made[ROOT].cert, &why), &why);
	assert_ok(capture_make(&it.survey, &it.site, &options, &captures, &why), &why);
	assert_int_equal(captures.n, 1);
	certs_free(&it.findings[0].path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_root_is_found_whatever_the_order),
		cmocka_unit_test(two_cas_are_two_captures_and_one_is_seen_twice),
		cmocka_unit_test(a_root_that_was_not_sent_is_named),
		cmocka_unit_test(a_leaf_is_never_taken),
		cmocka_unit_test(a_ca_that_no_client_would_take_is_refused),
		cmocka_unit_test(the_proxys_own_refusal_is_no_ca),
		cmocka_unit_test(other_verdicts_are_refused_with_their_reason),
		cmocka_unit_test(who_proves_no_key_shows_no_ca),
		cmocka_unit_test(a_debug_proxy_needs_a_pin),
		cmocka_unit_test(
			a_missing_public_root_is_taken_from_a_store_and_never_from_the_peer),
		cmocka_unit_test(nobody_who_is_trusted_needs_a_ca),
		cmocka_unit_test(a_trusted_ca_is_captured_when_it_must_fit_a_pin),
	};

	return _cmocka_run_group_tests(
		"capture", tests, sizeof(tests) / sizeof(tests[0]), make_pki, free_pki);
}
