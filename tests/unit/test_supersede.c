/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/install/install.h"
#include "src/install/supersede.h"
#include "src/journal/journal.h"
#include "src/find/survey.h"
#include "stores/kinds.h"
#include "tests/unit/make_cert.h"
#include "tests/unit/site_case.h"

enum { OLD, REKEYED, RENEWED, RENAMED, OTHER, MADE_N };

struct fixture {
	struct made made[MADE_N];
	struct site site;
	struct names none;
	struct cas cas; /* of the last run */
	const struct store_ops *ops; /* instead of the first store's own; NULL: those */
	struct outcome outcome;
	struct fault why;
};

static int setup(void **state)
{
	struct fixture *it = calloc(1, sizeof(*it));
	const char *cn = "Corp Root";

	it->made[OLD] = make_cert(&(struct recipe){.cn = cn, .is_ca = true});
	it->made[REKEYED] = make_cert(&(struct recipe){.cn = cn, .is_ca = true});
	it->made[RENEWED] = make_cert(&(struct recipe){.cn = cn,
		.is_ca = true,
		.same_key = &it->made[OLD],
		.not_after = time(NULL) + 999999});
	it->made[RENAMED] = make_cert(
		&(struct recipe){.cn = "Corp Root G2", .is_ca = true, .same_key = &it->made[OLD]});
	it->made[OTHER] = make_cert(&(struct recipe){.cn = "Other Root", .is_ca = true});
	site_case_make(&it->site, site_case_debian, site_case_debian_n);
	*state = it;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *it = *state;

	outcome_free(&it->outcome);
	cas_free(&it->cas);
	site_close(&it->site);
	for (size_t i = 0; i < MADE_N; i++)
		made_free(&it->made[i]);
	free(it);
	return 0;
}

static void add(struct fixture *it, struct cas *cas, size_t i)
{
	assert_ok(cas_add(cas, it->made[i].cert, NULL, &it->why), &it->why);
}

/* One run of `install` with these certificates. */
static int run(struct fixture *it, struct change change, size_t first, size_t second)
{
	cas_free(&it->cas);
	add(it, &it->cas, first);
	add(it, &it->cas, second);
	outcome_free(&it->outcome);
	it->outcome = (struct outcome){0};
	change.cas = &it->cas;
	change.at = time(NULL);
	if (site_replan(&it->site, &it->why) < 0)
		return -1;
	if (it->ops)
		it->site.places.at[0].ops = it->ops;
	return install(&it->site, &change, &it->outcome, &it->why);
}

static int install_one(struct fixture *it, size_t i)
{
	return run(it, (struct change){.replaces = true}, i, i);
}

static bool holds(struct fixture *it, const char *kind, size_t i)
{
	auto_certs anchors = CERTS_INIT;
	auto_view view = view_make(it->site.trees[0].tree, NULL);

	for (size_t p = 0; p < it->site.places.n; p++)
		if (strcmp(it->site.places.at[p].ops->kind, kind) == 0)
			assert_ok(it->site.places.at[p].ops->anchors(
					  &view, &it->site.places.at[p], &anchors, &it->why),
				&it->why);
	return certs_hold(&anchors, it->made[i].cert);
}

static bool is_on_record(struct fixture *it, size_t i)
{
	auto_cas installed = {0};
	auto_view view = view_make(it->site.trees[0].tree, NULL);

	assert_ok(installed_read(&view, &installed, &it->why), &it->why);
	for (size_t c = 0; c < installed.n; c++)
		if (cert_same(installed.at[c].cert, it->made[i].cert))
			return true;
	return false;
}

static void what_supersedes_replaces_in_one_transaction(void **state)
{
	static const struct {
		size_t by;
		const char *reason;
	} rows[] = {
		{REKEYED, "same name, new key"},
		{RENEWED, "same name and key, renewed"},
		{RENAMED, "same key, new name"},
	};
	struct fixture *it = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_records records = {0};

		assert_ok(install_one(it, OLD), &it->why);
		assert_ok(install_one(it, rows[i].by), &it->why);
		assert_string_equal(store_states[it->outcome.at[0].state], "replaced");
		assert_int_equal(it->cas.at[0].replaces.n, 1);
		assert_string_equal(it->cas.at[0].replaces.at[0].reason, rows[i].reason);
		assert_true(holds(it, "system", rows[i].by));
		assert_false(holds(it, "system", OLD));
		assert_true(is_on_record(it, rows[i].by));
		assert_false(is_on_record(it, OLD));
		assert_ok(journal_read(it->site.trees[0].tree, &records, &it->why), &it->why);
		assert_int_equal(records.at[records.n - 1].added.n, 1);
		assert_int_equal(records.at[records.n - 1].removed.n, 1);
		assert_ok(install_undo(&it->site, 0, &it->outcome, &it->why), &it->why);
		assert_ok(install_undo(&it->site, 0, &it->outcome, &it->why), &it->why);
	}
}

static int only_add(struct view *view, const struct place *place, const struct store_change *change,
	struct fault *why)
{
	return change->cert ? store_system.change(view, place, change, why) : 0;
}

static void a_store_that_keeps_the_old_one_is_found_out(void **state)
{
	struct fixture *it = *state;
	struct store_ops lazy = store_system;

	lazy.change = only_add;
	assert_ok(install_one(it, OLD), &it->why);
	it->ops = &lazy;
	assert_fault(install_one(it, REKEYED), &it->why, FAULT_UNTRUSTED,
		"still holds the superseded certificate");
	assert_int_equal(it->outcome.at[0].state, STORE_FAILED);
	assert_false(holds(it, "system", REKEYED));
	assert_true(is_on_record(it, OLD));
}

static void undo_brings_the_old_one_back(void **state)
{
	struct fixture *it = *state;

	assert_ok(install_one(it, OLD), &it->why);
	assert_ok(install_one(it, REKEYED), &it->why);
	assert_ok(install_undo(&it->site, 0, &it->outcome, &it->why), &it->why);
	assert_true(holds(it, "system", OLD));
	assert_false(holds(it, "system", REKEYED));
	assert_true(is_on_record(it, OLD));
	assert_false(is_on_record(it, REKEYED));
}

static void a_dry_run_says_would_replace(void **state)
{
	struct fixture *it = *state;

	assert_ok(install_one(it, OLD), &it->why);
	assert_ok(run(it, (struct change){.replaces = true, .dry_run = true}, REKEYED, REKEYED),
		&it->why);
	assert_string_equal(store_states[it->outcome.at[0].state], "would-replace");
	assert_true(holds(it, "system", OLD));
}

static void keep_old_keeps_both_and_says_what_that_means(void **state)
{
	struct fixture *it = *state;

	assert_ok(install_one(it, OLD), &it->why);
	assert_ok(run(it, (struct change){}, REKEYED, REKEYED), &it->why);
	assert_int_equal(it->outcome.at[0].state, STORE_ADDED);
	assert_true(holds(it, "system", OLD));
	assert_int_equal(it->outcome.notes.n, 1);
	assert_non_null(strstr(it->outcome.notes.at[0], "also holds another CA"));
	assert_null(strstr(it->outcome.notes.at[0], "did not install"));
	assert_ok(install_one(it, OTHER), &it->why);
	assert_true(holds(it, "system", OLD));
}

static void two_of_one_name_in_one_run_both_stay(void **state)
{
	struct fixture *it = *state;

	assert_ok(install_one(it, OLD), &it->why);
	assert_ok(run(it, (struct change){.replaces = true}, OLD, REKEYED), &it->why);
	assert_int_equal(it->outcome.at[0].state, STORE_ADDED);
	assert_true(holds(it, "system", OLD));
	assert_true(holds(it, "system", REKEYED));
}

static void what_a_target_still_shows_stays(void **state)
{
	struct fixture *it = *state;
	struct url target = {.label = (char *)"a.test:443"};
	auto_made leaf = make_cert(&(struct recipe){.cn = "a.test", .issuer = &it->made[OLD]});
	struct certs path = make_certs(leaf.cert, NULL);
	struct finding finding = {.target = &target, .path = path};
	struct survey survey = {.at = &finding, .n = 1};
	auto_cas cas = {0};
	auto_cas renewed = {0};
	struct change change = {.cas = &cas, .survey = &survey, .replaces = true};
	auto_names notes = NAMES_INIT;

	assert_ok(install_one(it, OLD), &it->why);
	add(it, &cas, REKEYED);
	assert_ok(supersede_find(&it->site, &change, &notes, &it->why), &it->why);
	assert_int_equal(cas.at[0].replaces.n, 0);
	assert_non_null(strstr(notes.at[0], "a.test:443 still presents it"));
	/* Under the renewed one the same chain holds: nobody needs the old one. */
	add(it, &renewed, RENEWED);
	change.cas = &renewed;
	assert_ok(supersede_find(&it->site, &change, &notes, &it->why), &it->why);
	assert_int_equal(renewed.at[0].replaces.n, 1);
	certs_free(&path);
}

static void what_somebody_else_put_in_is_left_and_told(void **state)
{
	struct fixture *it = *state;

	assert_ok(install_one(it, OLD), &it->why);
	/* As if trustfix had never been here. */
	assert_ok(it->site.trees[0].tree->ops->drop(
			  it->site.trees[0].tree, JOURNAL_DIR "/installed.json", &it->why),
		&it->why);
	assert_ok(install_one(it, REKEYED), &it->why);
	assert_int_equal(it->outcome.at[0].state, STORE_ADDED);
	assert_true(holds(it, "system", OLD));
	assert_non_null(strstr(it->outcome.notes.at[0], "did not install"));
}

/* The file that was named once is found again; a store that this run leaves out keeps its own. */
static void every_store_that_has_it_is_found(void **state)
{
	struct fixture *it = *state;
	auto_names named = NAMES_INIT;
	auto_names system = NAMES_INIT;

	assert_ok(names_add(&named, "pem:/srv/ca.pem", &it->why), &it->why);
	assert_ok(names_add(&system, "system", &it->why), &it->why);
	it->site.options.stores = &named;
	assert_ok(install_one(it, OLD), &it->why);
	it->site.options.stores = &it->none;
	assert_ok(install_one(it, OLD), &it->why);
	it->site.options.stores = &system;
	assert_ok(install_one(it, REKEYED), &it->why);
	assert_true(is_on_record(it, OLD));
	assert_non_null(strstr(it->outcome.notes.at[0], "stays in 'pem:/srv/ca.pem'"));
	it->site.options.stores = &it->none;
	assert_ok(install_one(it, REKEYED), &it->why);
	assert_int_equal(it->outcome.n, 2);
	assert_false(is_on_record(it, OLD));
	assert_false(holds(it, "pem", OLD));
	assert_true(holds(it, "pem", REKEYED));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_supersedes_replaces_in_one_transaction, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_store_that_keeps_the_old_one_is_found_out, setup, teardown),
		cmocka_unit_test_setup_teardown(undo_brings_the_old_one_back, setup, teardown),
		cmocka_unit_test_setup_teardown(a_dry_run_says_would_replace, setup, teardown),
		cmocka_unit_test_setup_teardown(
			keep_old_keeps_both_and_says_what_that_means, setup, teardown),
		cmocka_unit_test_setup_teardown(
			two_of_one_name_in_one_run_both_stay, setup, teardown),
		cmocka_unit_test_setup_teardown(what_a_target_still_shows_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_somebody_else_put_in_is_left_and_told, setup, teardown),
		cmocka_unit_test_setup_teardown(every_store_that_has_it_is_found, setup, teardown),
	};

	return run_group("supersede", tests);
}
