/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/journal/installed.h"
#include "src/journal/journal.h"
#include "stores/bundle.h"
#include "stores/kinds.h"
#include "tests/unit/make_cert.h"
#include "tests/unit/memory_tree.h"

static const char path[] = JOURNAL_DIR "/installed.json";

static void what_is_noted_is_read_again(void **state)
{
	auto_made a = make_cert(&(struct recipe){.cn = "A", .is_ca = true});
	auto_made b = make_cert(&(struct recipe){.cn = "B", .is_ca = true});
	auto_tree tree = memory_tree_make(NULL, 0);
	auto_plan plan = PLAN_INIT;
	auto_view view = view_make(tree, &plan);
	auto_cas installed = {0};
	auto_cas again = {0};
	auto_certs alone = CERTS_INIT;
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(installed_add(&installed, a.cert, "corp", "system", &why), &why);
	assert_ok(installed_add(&installed, a.cert, "corp", "system", &why), &why);
	assert_ok(installed_add(&installed, a.cert, NULL, "pem:/x", &why), &why);
	assert_ok(installed_add(&installed, b.cert, NULL, "system", &why), &why);
	assert_ok(installed_write(&view, &installed, &why), &why);
	assert_ok(installed_read(&view, &again, &why), &why);
	assert_int_equal(again.n, 2);
	assert_true(cert_same(again.at[0].cert, a.cert));
	assert_string_equal(again.at[0].name, "corp");
	assert_int_equal(again.at[0].stores.n, 2);
	assert_null(again.at[1].name);
	assert_ok(bundle_certs(&view, INSTALLED_PEM, &alone, &why), &why);
	assert_int_equal(alone.n, 2);
	assert_true(certs_hold(&alone, b.cert));
}

static void the_last_one_takes_the_file_with_it(void **state)
{
	auto_made a = make_cert(&(struct recipe){.cn = "A", .is_ca = true});
	const struct memory_row rows[] = {
		{path, ENTRY_FILE, "{}", 0}, {INSTALLED_PEM, ENTRY_FILE, "x", 0}};
	auto_tree tree = memory_tree_make(rows, 2);
	auto_plan plan = PLAN_INIT;
	auto_view view = view_make(tree, &plan);
	auto_cas installed = {0};
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(installed_add(&installed, a.cert, NULL, "system", &why), &why);
	names_free(&installed.at[0].stores);
	cas_prune(&installed);
	assert_int_equal(installed.n, 0);
	assert_ok(installed_write(&view, &installed, &why), &why);
	assert_int_equal(plan.n, 2);
	assert_int_equal(plan.at[0]->kind, ENTRY_NONE);
	assert_int_equal(plan.at[1]->kind, ENTRY_NONE);
}

static void a_damaged_file_is_a_fault(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{\"cas\":[{}]}",
		"{\"cas\":[{\"pem\":\"x\",\"stores\":[]}]}",
		"{\"cas\":[{\"pem\":\"x\",\"stores\":[1]}]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct memory_row rows[] = {{path, ENTRY_FILE, bad[i], 0}};
		auto_tree tree = memory_tree_make(rows, 1);
		auto_view view = view_make(tree, NULL);
		auto_cas installed = {0};
		struct fault why = FAULT_INIT;

		assert_fault(installed_read(&view, &installed, &why), &why, FAULT_FORMAT,
			"installed.json");
	}
}

static void a_store_is_covered_by_its_own_word_or_its_kinds(void **state)
{
	static const struct {
		const char *word;
		bool covers;
	} rows[] = {{"pem:/srv/a.pem", true}, {"pem", true}, {"pem:/srv/b.pem", false},
		{"pem:/srv/a.pem.old", false}, {"pe", false}, {"system", false},
		{"java:/srv/a.pem", false}};
	const struct place place = {.ops = &store_pem, .path = (char *)(uintptr_t) "/srv/a.pem"};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *word = (char *)(uintptr_t)rows[i].word;
		const struct names stores = {&word, 1};

		if (installed_covers(&stores, &place) != rows[i].covers)
			fail_msg("'%s'", word);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_noted_is_read_again),
		cmocka_unit_test(a_store_is_covered_by_its_own_word_or_its_kinds),
		cmocka_unit_test(the_last_one_takes_the_file_with_it),
		cmocka_unit_test(a_damaged_file_is_a_fault),
	};

	return run_group("installed", tests);
}
