/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/find/intermediates.h"
#include "tests/unit/make_cert.h"

struct scene {
	struct made root, middle, low, leaf;
	struct url targets[2];
	struct probe probes[2];
	struct finding findings[2];
	struct survey_options options;
	struct survey survey;
	struct fault why;
};

/* Two targets that send their leaf alone; all above it was fetched. */
static int setup(void **state)
{
	struct scene *it = calloc(1, sizeof(*it));

	it->root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	it->middle =
		make_cert(&(struct recipe){.cn = "Middle", .is_ca = true, .issuer = &it->root});
	it->low = make_cert(&(struct recipe){.cn = "Low", .is_ca = true, .issuer = &it->middle});
	it->leaf = make_cert(&(struct recipe){.cn = "a.test", .issuer = &it->low});
	it->options.at = time(NULL);
	it->survey = (struct survey){
		.options = &it->options, .targets = it->targets, .at = it->findings, .n = 2};
	for (size_t i = 0; i < 2; i++) {
		it->targets[i].label = (char *)(i ? "b.test:443" : "a.test:443");
		it->probes[i].chain = make_certs(it->leaf.cert, NULL);
		it->findings[i] = (struct finding){.target = &it->targets[i],
			.probe = &it->probes[i],
			.path = make_certs(
				it->leaf.cert, it->low.cert, it->middle.cert, it->root.cert, NULL)};
	}
	*state = it;
	return 0;
}

static int teardown(void **state)
{
	struct scene *it = *state;

	for (size_t i = 0; i < 2; i++) {
		certs_free(&it->probes[i].chain);
		certs_free(&it->findings[i].path);
	}
	certs_free(&it->survey.anchors);
	made_free(&it->root);
	made_free(&it->middle);
	made_free(&it->low);
	made_free(&it->leaf);
	free(it);
	return 0;
}

static void what_is_missing_comes_once_in_order_and_without_the_root(void **state)
{
	struct scene *it = *state;
	auto_cas found = {0};

	it->survey.anchors = make_certs(it->root.cert, NULL);
	assert_ok(intermediates_find(&it->survey, &found, &it->why), &it->why);
	assert_int_equal(found.n, 2);
	assert_true(cert_same(found.at[0].cert, it->low.cert));
	assert_true(cert_same(found.at[1].cert, it->middle.cert));
	assert_int_equal(found.at[0].targets.n, 2);
}

static void what_leads_to_no_trusted_root_is_refused(void **state)
{
	struct scene *it = *state;
	auto_cas found = {0};

	assert_fault(intermediates_find(&it->survey, &found, &it->why), &it->why, FAULT_REFUSED,
		"no root that is trusted here or public");
	assert_int_equal(found.n, 0);
}

static void what_is_out_of_date_is_refused(void **state)
{
	struct scene *it = *state;
	auto_made old = make_cert(&(struct recipe){.cn = "Low",
		.is_ca = true,
		.issuer = &it->middle,
		.same_key = &it->low,
		.not_before = 1000,
		.not_after = 2000});
	auto_cas found = {0};

	it->survey.anchors = make_certs(it->root.cert, NULL);
	certs_free(&it->findings[0].path);
	it->findings[0].path =
		make_certs(it->leaf.cert, old.cert, it->middle.cert, it->root.cert, NULL);
	assert_fault(intermediates_find(&it->survey, &found, &it->why), &it->why, FAULT_REFUSED,
		"expired");
}

static void what_could_not_be_fetched_is_named_with_the_reason(void **state)
{
	struct scene *it = *state;
	auto_cas found = {0};

	it->survey.anchors = make_certs(it->root.cert, NULL);
	certs_free(&it->findings[1].path);
	it->findings[1].path = make_certs(it->leaf.cert, NULL);
	it->findings[1].missed = (char *)"HTTP 407";
	assert_fault(intermediates_find(&it->survey, &found, &it->why), &it->why, FAULT_REFUSED,
		"b.test:443: the missing 'O = Trustfix Test, CN = Low' could not be fetched: HTTP "
		"407");
}

static void a_server_that_sends_all_left_nothing_out(void **state)
{
	struct scene *it = *state;
	auto_cas found = {0};

	it->survey.anchors = make_certs(it->root.cert, NULL);
	for (size_t i = 0; i < 2; i++) {
		certs_free(&it->probes[i].chain);
		it->probes[i].chain =
			make_certs(it->leaf.cert, it->low.cert, it->middle.cert, NULL);
	}
	assert_fault(intermediates_find(&it->survey, &found, &it->why), &it->why, FAULT_REFUSED,
		"no intermediate is missing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_is_missing_comes_once_in_order_and_without_the_root, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_leads_to_no_trusted_root_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_out_of_date_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_could_not_be_fetched_is_named_with_the_reason, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_server_that_sends_all_left_nothing_out, setup, teardown),
	};

	return run_group("intermediates", tests);
}
