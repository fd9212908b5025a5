/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/base/limits.h"
#include "src/x509/pem.h"
#include "src/install/install.h"
#include "src/journal/journal.h"
#include "src/install/transaction.h"
#include "stores/kinds.h"
#include "tests/unit/make_cert.h"
#include "tests/unit/site_case.h"

struct fixture {
	struct site site;
	struct names none;
	struct made root;
	struct cas cas;
	struct change change;
	const struct store_ops *ops; /* instead of the store's own; NULL: those */
	struct outcome outcome;
	struct fault why;
};

static int setup(void **state)
{
	struct fixture *it = calloc(1, sizeof(*it));

	site_case_make(&it->site, site_case_debian, site_case_debian_n);
	it->root = make_cert(&(struct recipe){.cn = "Corp Root", .is_ca = true});
	assert_ok(cas_add(&it->cas, it->root.cert, NULL, &it->why), &it->why);
	it->change = (struct change){.cas = &it->cas, .at = time(NULL)};
	*state = it;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *it = *state;

	outcome_free(&it->outcome);
	site_close(&it->site);
	cas_free(&it->cas);
	made_free(&it->root);
	free(it);
	return 0;
}

/* As a new run of the program: nothing planned, nothing said. */
static int run(struct fixture *it)
{
	outcome_free(&it->outcome);
	it->outcome = (struct outcome){0};
	if (site_replan(&it->site, &it->why) < 0)
		return -1;
	if (it->ops)
		it->site.places.at[0].ops = it->ops;
	return install(&it->site, &it->change, &it->outcome, &it->why);
}

static void an_install_is_proven_and_recorded(void **state)
{
	struct fixture *it = *state;
	auto_records records = {0};

	assert_ok(run(it), &it->why);
	assert_true(it->outcome.changed);
	assert_int_equal(it->outcome.at[0].state, STORE_ADDED);
	assert_ok(journal_read(it->site.trees[0].tree, &records, &it->why), &it->why);
	assert_int_equal(records.n, 1);
	assert_int_equal(records.at[0].state, RECORD_DONE);
	assert_string_equal(records.at[0].action, "install");
	assert_int_equal(records.at[0].added.n, 1);
}

static void a_second_install_changes_nothing(void **state)
{
	struct fixture *it = *state;
	auto_free char *before = NULL;
	auto_free char *after = NULL;

	assert_ok(run(it), &it->why);
	before = memory_tree_dump(it->site.trees[0].tree);
	assert_ok(run(it), &it->why);
	after = memory_tree_dump(it->site.trees[0].tree);
	assert_false(it->outcome.changed);
	assert_int_equal(it->outcome.at[0].state, STORE_UNCHANGED);
	assert_string_equal(before, after);
}

/* A file that nobody activated goes into the bundle with ours: said in the plan and in the result.
 */
static void a_stranger_that_becomes_trusted_is_told(void **state)
{
	static const char path[] = "/usr/local/share/ca-certificates/stray.crt";
	struct fixture *it = *state;
	auto_made stray = make_cert(&(struct recipe){.cn = "Stray", .is_ca = true});
	auto_buf text = buf_make(LIMIT_PEM_BYTES);

	assert_ok(pem_format(stray.cert, &text, &it->why), &it->why);
	memory_tree_set(it->site.trees[0].tree, path, ENTRY_FILE, text.bytes, text.len, 0644);
	for (int dry = 1; dry >= 0; dry--) {
		it->change.dry_run = dry;
		assert_ok(run(it), &it->why);
		assert_int_equal(it->outcome.notes.n, 1);
		assert_non_null(strstr(it->outcome.notes.at[0],
			dry ? "update-ca-certificates would also add '/usr/local/share/"
			      "ca-certificates/stray.crt' (O = Trustfix Test, CN = Stray, sha256:"
			    : "update-ca-certificates also added '/usr/local/share/"));
		assert_non_null(strstr(it->outcome.notes.at[0],
			dry ? "; to keep it out, run first: mv " : "; to take it out: mv "));
	}
	/* Now it is trusted, and no stranger any more. */
	it->change.kind = CHANGE_REMOVE;
	assert_ok(run(it), &it->why);
	assert_true(it->outcome.changed);
	assert_int_equal(it->outcome.notes.n, 0);
}

static void a_dry_run_shows_the_edits_and_touches_nothing(void **state)
{
	struct fixture *it = *state;
	auto_free char *before = memory_tree_dump(it->site.trees[0].tree);
	auto_free char *after = NULL;

	it->change.dry_run = true;
	assert_ok(run(it), &it->why);
	after = memory_tree_dump(it->site.trees[0].tree);
	assert_int_equal(it->outcome.at[0].state, STORE_WOULD_ADD);
	assert_true(it->outcome.edits.n >= 4);
	assert_string_equal(before, after);
}

/* The dump without the journal, whose lock and numbers may stay. */
static char *dump_stores(struct tree *tree)
{
	char *dump = memory_tree_dump(tree);
	char *to = dump;

	for (char *line = dump; *line;) {
		size_t len = strcspn(line, "\n") + 1;

		if (strncmp(line, "/var", 4) != 0) {
			memmove(to, line, len);
			to += len;
		}
		line += len;
	}
	*to = 0;
	return dump;
}

static void a_failure_anywhere_puts_everything_back(void **state)
{
	static const enum memory_call calls[] = {
		MEMORY_STAGE, MEMORY_PUT, MEMORY_COMMIT, MEMORY_LOCK};
	struct fixture *it = *state;
	auto_free char *before = dump_stores(it->site.trees[0].tree);

	for (size_t c = 0; c < sizeof(calls) / sizeof(calls[0]); c++) {
		for (size_t n = 1;; n++) {
			auto_free char *after = NULL;
			int rc;

			memory_tree_fail(it->site.trees[0].tree, calls[c], n);
			rc = run(it);
			memory_tree_fail(it->site.trees[0].tree, calls[c], 0);
			if (rc == 0)
				break;
			fault_clear(&it->why);
			after = dump_stores(it->site.trees[0].tree);
			assert_string_equal(before, after);
		}
		assert_ok(install_undo(&it->site, 0, &it->outcome, &it->why), &it->why);
	}
}

static void undo_restores_what_was_there(void **state)
{
	struct fixture *it = *state;
	auto_free char *before = dump_stores(it->site.trees[0].tree);
	auto_free char *after = NULL;

	assert_ok(run(it), &it->why);
	assert_ok(install_undo(&it->site, 1, &it->outcome, &it->why), &it->why);
	after = dump_stores(it->site.trees[0].tree);
	assert_string_equal(before, after);
	assert_fault(install_undo(&it->site, 1, &it->outcome, &it->why), &it->why, FAULT_REFUSED,
		"already undone");
	assert_fault(install_undo(&it->site, 0, &it->outcome, &it->why), &it->why, FAULT_REFUSED,
		"nothing to undo");
}

static void an_undo_is_on_record_and_cannot_be_undone(void **state)
{
	struct fixture *it = *state;
	auto_records records = {0};

	assert_ok(run(it), &it->why);
	assert_ok(install_undo(&it->site, 0, &it->outcome, &it->why), &it->why);
	assert_ok(journal_read(it->site.trees[0].tree, &records, &it->why), &it->why);
	assert_int_equal(records.n, 2);
	assert_int_equal(records.at[0].state, RECORD_UNDONE);
	assert_string_equal(records.at[1].action, "undo");
	assert_int_equal(records.at[1].removed.n, 1);
	assert_fault(install_undo(&it->site, 2, &it->outcome, &it->why), &it->why, FAULT_REFUSED,
		"is an undo");
}

static void what_cannot_be_put_back_is_broken_and_named(void **state)
{
	struct fixture *it = *state;
	struct tree *tree = it->site.trees[0].tree;

	memory_tree_fail(tree, MEMORY_COMMIT, 5);
	memory_tree_fail(tree, MEMORY_REVERT, 1);
	assert_fault(run(it), &it->why, FAULT_BROKEN, "is kept as");
	assert_int_equal(it->outcome.at[0].state, STORE_FAILED);
}

static void the_journal_forgets_the_oldest(void **state)
{
	struct fixture *it = *state;
	auto_records records = {0};
	uint64_t last = LIMIT_JOURNAL_KEEP_N + 3;

	for (uint64_t i = 1; i <= last; i++) {
		it->change.kind = i % 2 ? CHANGE_INSTALL : CHANGE_REMOVE;
		assert_ok(run(it), &it->why);
	}
	assert_ok(journal_read(it->site.trees[0].tree, &records, &it->why), &it->why);
	assert_int_equal(records.n, LIMIT_JOURNAL_KEEP_N);
	assert_int_equal(records.at[records.n - 1].id, last);
}

static void undo_minds_what_somebody_else_changed(void **state)
{
	struct fixture *it = *state;

	assert_ok(run(it), &it->why);
	memory_tree_set(it->site.trees[0].tree, "/etc/ssl/certs/ca-certificates.crt", ENTRY_FILE,
		"x\n", 2, 0644);
	assert_fault(install_undo(&it->site, 0, &it->outcome, &it->why), &it->why, FAULT_REFUSED,
		"was changed since");
}

static void remove_takes_out_what_install_put_in(void **state)
{
	struct fixture *it = *state;
	auto_free char *before = dump_stores(it->site.trees[0].tree);
	auto_free char *after = NULL;

	assert_ok(run(it), &it->why);
	it->change.kind = CHANGE_REMOVE;
	assert_ok(run(it), &it->why);
	assert_int_equal(it->outcome.at[0].state, STORE_REMOVED);
	after = dump_stores(it->site.trees[0].tree);
	assert_string_equal(before, after);
	assert_ok(run(it), &it->why);
	assert_false(it->outcome.changed);
}

/* The file that a store named by path is kept in was not there before. */
static void remove_takes_away_the_file_that_install_made(void **state)
{
	struct fixture *it = *state;
	struct tree *tree = it->site.trees[0].tree;
	auto_names named = NAMES_INIT;
	auto_free char *before = dump_stores(tree);

	assert_ok(names_add(&named, "pem:/srv/ca.pem", &it->why), &it->why);
	it->site.options.stores = &named;
	for (int empty = 0; empty < 2; empty++) {
		auto_free char *after = NULL;

		it->change.kind = CHANGE_INSTALL;
		assert_ok(run(it), &it->why);
		it->change.kind = CHANGE_REMOVE;
		assert_ok(run(it), &it->why);
		after = dump_stores(tree);
		assert_string_equal(before, after);
		/* An empty one that was there stays. */
		memory_tree_set(tree, "/srv/ca.pem", ENTRY_FILE, "", 0, 0644);
		free(steal(&before));
		before = dump_stores(tree);
	}
}

/* However many transactions lie between. */
static void the_journal_remembers_who_made_the_file_of_a_store(void **state)
{
	struct fixture *it = *state;
	struct tree *tree = it->site.trees[0].tree;
	auto_view view = view_make(tree, NULL);
	auto_names named = NAMES_INIT;
	auto_names system = NAMES_INIT;

	assert_ok(names_add(&named, "pem:/srv/ca.pem", &it->why), &it->why);
	assert_ok(names_add(&system, "system", &it->why), &it->why);
	it->site.options.stores = &named;
	assert_ok(run(it), &it->why);
	it->site.options.stores = &system;
	for (size_t i = 0; i < LIMIT_JOURNAL_KEEP_N + 2; i++) {
		it->change.kind = i % 2 ? CHANGE_REMOVE : CHANGE_INSTALL;
		assert_ok(run(it), &it->why);
	}
	it->site.options.stores = &named;
	it->change.kind = CHANGE_REMOVE;
	assert_ok(run(it), &it->why);
	assert_false(view_is_file(&view, "/srv/ca.pem"));
}

/* What another run left makes the plan stale: made again, it still has the record in it. */
static void a_reapply_that_plans_again_completes_the_record(void **state)
{
	struct fixture *it = *state;
	struct tree *tree = it->site.trees[0].tree;
	auto_view view = view_make(tree, NULL);
	auto_cas installed = {0};

	assert_ok(run(it), &it->why);
	assert_ok(installed_read(&view, &installed, &it->why), &it->why);
	assert_ok(tree->ops->drop(tree, INSTALLED_PEM, &it->why), &it->why);
	memory_tree_set(tree, JOURNAL_DIR "/2/0", ENTRY_FILE, "x", 1, 0600);
	it->change.kind = CHANGE_REAPPLY;
	it->change.cas = &installed;
	assert_ok(run(it), &it->why);
	assert_true(it->outcome.changed);
	assert_true(view_is_file(&view, INSTALLED_PEM));
	assert_ok(run(it), &it->why);
	assert_false(it->outcome.changed);
}

/* Whoever made the tree may have left a number that nothing comes after. */
static void a_number_that_no_transaction_has_hides_nothing(void **state)
{
	static const char *const strange[] = {"9223372036854775807", "9223372036854775806",
		"18446744073709551615", "01", "1000000000"};
	struct fixture *it = *state;
	struct tree *tree = it->site.trees[0].tree;
	auto_free char *before = NULL;
	auto_free char *after = NULL;

	for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
		auto_free char *path = NULL;

		assert_true(asprintf(&path, JOURNAL_DIR "/%s/x", strange[i]) > 0);
		memory_tree_set(tree, path, ENTRY_FILE, "x", 1, 0600);
	}
	before = memory_tree_dump(tree);
	assert_ok(run(it), &it->why);
	assert_int_equal(it->outcome.id, 1);
	assert_ok(install_undo(&it->site, 0, &it->outcome, &it->why), &it->why);
	assert_int_equal(it->outcome.id, 1);
	for (size_t id = 1; id <= 2; id++)
		assert_ok(journal_drop(tree, id, &it->why), &it->why);
	after = memory_tree_dump(tree);
	assert_string_equal(before, after);
}

static int change_nothing(struct view *view, const struct place *place,
	const struct store_change *change, struct fault *why)
{
	(void)view, (void)place, (void)change, (void)why;
	return 0;
}

static void a_store_that_silently_does_nothing_is_found_out(void **state)
{
	struct fixture *it = *state;
	struct store_ops lazy = store_system;

	lazy.change = change_nothing;
	it->ops = &lazy;
	assert_fault(run(it), &it->why, FAULT_UNTRUSTED, "does not hold the certificate");
	it->ops = NULL;
	assert_ok(run(it), &it->why);
	it->ops = &lazy;
	it->change.kind = CHANGE_REMOVE;
	assert_fault(run(it), &it->why, FAULT_UNTRUSTED, "still holds the certificate");
	assert_false(it->outcome.changed);
}

static void a_run_that_was_cut_off_is_put_back_by_the_next(void **state)
{
	struct fixture *it = *state;
	auto_free char *before = dump_stores(it->site.trees[0].tree);
	auto_free char *after = NULL;
	auto_records records = {0};
	auto_record newest = {0};
	bool is_open = false;
	size_t n = 0;

	assert_ok(run(it), &it->why);
	assert_ok(journal_read(it->site.trees[0].tree, &records, &it->why), &it->why);
	records.at[0].state = RECORD_STAGED; /* as a kill -9 before the last step leaves it */
	assert_ok(journal_write(it->site.trees[0].tree, &records.at[0], &it->why), &it->why);
	assert_ok(journal_newest(it->site.trees[0].tree, &newest, &is_open, &it->why), &it->why);
	assert_true(is_open);
	assert_ok(undo_recover(it->site.trees[0].tree, &it->outcome.notes, &n, &it->why), &it->why);
	assert_int_equal(n, 1);
	after = dump_stores(it->site.trees[0].tree);
	assert_string_equal(before, after);
}

/* As kill -9 leaves it at any call that changes the disk. */
static void an_undo_that_stops_anywhere_is_finished_by_the_next_run(void **state)
{
	static const enum memory_call calls[] = {MEMORY_PUT, MEMORY_REVERT};
	struct fixture *it = *state;
	struct tree *tree = it->site.trees[0].tree;
	auto_free char *before = dump_stores(tree);

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		int rc = -1;

		for (size_t n = 1; rc < 0; n++) {
			auto_free char *after = NULL;
			auto_records records = {0};
			size_t recovered = 0;

			assert_ok(run(it), &it->why);
			memory_tree_fail(tree, calls[i], n);
			rc = install_undo(&it->site, 0, &it->outcome, &it->why);
			memory_tree_fail(tree, calls[i], 0);
			fault_clear(&it->why);
			assert_ok(undo_recover(tree, &it->outcome.notes, &recovered, &it->why),
				&it->why);
			if (calls[i] == MEMORY_REVERT)
				assert_int_equal(recovered, rc < 0);
			else if (rc < 0)
				assert_ok(install_undo(&it->site, 0, &it->outcome, &it->why),
					&it->why);
			after = dump_stores(tree);
			assert_string_equal(before, after);
			assert_ok(journal_read(tree, &records, &it->why), &it->why);
			assert_int_equal(records.at[records.n - 1].state, RECORD_DONE);
			assert_int_equal(records.at[records.n - 2].state, RECORD_UNDONE);
		}
	}
}

/* Cut off while it was staged: the keepers lie there and no record. */
static void the_remains_of_a_run_without_a_record_are_cleared_away(void **state)
{
	struct fixture *it = *state;
	struct tree *tree = it->site.trees[0].tree;
	auto_free char *before = NULL;
	auto_free char *after = NULL;

	assert_ok(run(it), &it->why);
	before = memory_tree_dump(tree);
	memory_tree_set(tree, JOURNAL_DIR "/2/0", ENTRY_FILE, "x", 1, 0600);
	assert_ok(run(it), &it->why);
	after = memory_tree_dump(tree);
	assert_string_equal(before, after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_install_is_proven_and_recorded, setup, teardown),
		cmocka_unit_test_setup_teardown(a_second_install_changes_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_stranger_that_becomes_trusted_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_dry_run_shows_the_edits_and_touches_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_failure_anywhere_puts_everything_back, setup, teardown),
		cmocka_unit_test_setup_teardown(undo_restores_what_was_there, setup, teardown),
		cmocka_unit_test_setup_teardown(
			an_undo_is_on_record_and_cannot_be_undone, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_cannot_be_put_back_is_broken_and_named, setup, teardown),
		cmocka_unit_test_setup_teardown(the_journal_forgets_the_oldest, setup, teardown),
		cmocka_unit_test_setup_teardown(
			the_remains_of_a_run_without_a_record_are_cleared_away, setup, teardown),
		cmocka_unit_test_setup_teardown(
			an_undo_that_stops_anywhere_is_finished_by_the_next_run, setup, teardown),
		cmocka_unit_test_setup_teardown(
			undo_minds_what_somebody_else_changed, setup, teardown),
		cmocka_unit_test_setup_teardown(
			remove_takes_out_what_install_put_in, setup, teardown),
		cmocka_unit_test_setup_teardown(
			remove_takes_away_the_file_that_install_made, setup, teardown),
		cmocka_unit_test_setup_teardown(
			the_journal_remembers_who_made_the_file_of_a_store, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_reapply_that_plans_again_completes_the_record, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_number_that_no_transaction_has_hides_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_store_that_silently_does_nothing_is_found_out, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_run_that_was_cut_off_is_put_back_by_the_next, setup, teardown),
	};

	return run_group("install", tests);
}
