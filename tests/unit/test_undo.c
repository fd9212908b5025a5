/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/fs/view.h"
#include "tests/unit/memory_tree.h"

static const struct memory_row rows[] = {
	{"/a", ENTRY_FILE, "A", 0600},
	{"/b", ENTRY_FILE, "B", 0},
	{"/l", ENTRY_SYMLINK, "a", 0},
	{"/keep", ENTRY_DIR, NULL, 0},
};

static struct tree *make_tree(void)
{
	return memory_tree_make(rows, sizeof(rows) / sizeof(rows[0]));
}

static void make_plan(struct tree *tree, struct plan *plan)
{
	struct fault why = FAULT_INIT;
	auto_view view = view_make(tree, plan);

	assert_ok(view_put_file(&view, "/a", "new", 3, 0644, &why), &why);
	assert_ok(view_remove(&view, "/b", &why), &why);
	assert_ok(view_put_link(&view, "/l", "b", &why), &why);
	assert_ok(view_put_link(&view, "/dir/m", "b", &why), &why);
}

static void a_commit_makes_the_plan_and_revert_takes_it_back(void **state)
{
	struct fault why = FAULT_INIT;
	auto_tree tree = make_tree();
	auto_free char *before = memory_tree_dump(tree);
	auto_free char *between = NULL;
	auto_free char *after = NULL;
	auto_plan plan = PLAN_INIT;
	auto_undo undo = NULL;

	(void)state;
	make_plan(tree, &plan);
	assert_ok(tree->ops->stage(tree, &plan, "/keep/1", &undo, &why), &why);
	assert_ok(tree->ops->commit(tree, undo, &why), &why);
	between = memory_tree_dump(tree);
	assert_string_equal(between, "/a file 0600 new\n"
				     "/dir dir 0755\n"
				     "/dir/m link -> b\n"
				     "/keep dir 0755\n"
				     "/keep/1 dir 0700\n"
				     "/keep/1/1 file 0600 A\n"
				     "/keep/1/2 file 0644 B\n"
				     "/l link -> b\n");
	assert_ok(tree->ops->revert(tree, undo, &why), &why);
	after = memory_tree_dump(tree);
	assert_string_equal(after, before);
}

/* What cannot be looked at could not be put back, so that the run must stop; what is no file need
 * not. */
static void a_watch_that_cannot_look_is_a_fault(void **state)
{
	static const enum memory_call calls[] = {MEMORY_ENTRY, MEMORY_READ};
	auto_tree tree = make_tree();
	struct undo undo = {0};
	struct fault why = FAULT_INIT;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		memory_tree_fail(tree, calls[i], 1);
		fault_clear(&why);
		assert_fault(undo_watch(tree, &undo, "/a", "/keep", &why), &why, FAULT_SYSTEM, "");
	}
	fault_clear(&why);
	assert_ok(undo_watch(tree, &undo, "/none", "/keep", &why), &why);
	assert_ok(undo_watch(tree, &undo, "/l", "/keep", &why), &why);
	assert_int_equal(undo.n, 0);
	free(undo.at);
}

static void a_failed_stage_leaves_nothing(void **state)
{
	(void)state;
	for (size_t n = 1; n <= 5; n++) {
		struct fault why = FAULT_INIT;
		auto_tree tree = make_tree();
		auto_free char *before = memory_tree_dump(tree);
		auto_free char *after = NULL;
		auto_plan plan = PLAN_INIT;
		auto_undo undo = NULL;

		make_plan(tree, &plan);
		memory_tree_fail(tree, MEMORY_STAGE, n);
		assert_fault(tree->ops->stage(tree, &plan, "/keep/1", &undo, &why), &why,
			FAULT_SYSTEM, "the disk is full");
		after = memory_tree_dump(tree);
		assert_string_equal(after, before);
	}
}

static void a_commit_that_fails_half_way_is_put_back(void **state)
{
	(void)state;
	for (size_t n = 1; n <= 5; n++) {
		struct fault why = FAULT_INIT;
		auto_tree tree = make_tree();
		auto_free char *before = memory_tree_dump(tree);
		auto_free char *after = NULL;
		auto_plan plan = PLAN_INIT;
		auto_undo undo = NULL;

		make_plan(tree, &plan);
		assert_ok(tree->ops->stage(tree, &plan, "/keep/1", &undo, &why), &why);
		memory_tree_fail(tree, MEMORY_COMMIT, n);
		assert_fault(tree->ops->commit(tree, undo, &why), &why, FAULT_SYSTEM, "full");
		assert_ok(tree->ops->revert(tree, undo, &why), &why);
		after = memory_tree_dump(tree);
		assert_string_equal(after, before);
	}
}

static void a_revert_goes_on_after_a_failure_and_names_the_path(void **state)
{
	struct fault why = FAULT_INIT;
	auto_tree tree = make_tree();
	auto_free char *after = NULL;
	auto_plan plan = PLAN_INIT;
	auto_undo undo = NULL;

	(void)state;
	make_plan(tree, &plan);
	assert_ok(tree->ops->stage(tree, &plan, "/keep/1", &undo, &why), &why);
	assert_ok(tree->ops->commit(tree, undo, &why), &why);
	memory_tree_fail(tree, MEMORY_REVERT, 4);
	assert_fault(tree->ops->revert(tree, undo, &why), &why, FAULT_BROKEN,
		"cannot put '/b' back (it is kept as '/keep/1/2')");
	after = memory_tree_dump(tree);
	assert_string_equal(after, "/a file 0600 A\n"
				   "/keep dir 0755\n"
				   "/keep/1 dir 0700\n"
				   "/keep/1/2 file 0644 B\n"
				   "/l link -> a\n");
}

static void a_step_knows_before_after_and_other(void **state)
{
	static const struct {
		const char *path;
		enum entry_kind kind;
		const char *text;
		enum undo_state wanted;
	} cases[] = {
		{"/a", ENTRY_FILE, "A", UNDO_BEFORE},
		{"/a", ENTRY_FILE, "new", UNDO_AFTER},
		{"/a", ENTRY_FILE, "newer", UNDO_OTHER},
		{"/a", ENTRY_SYMLINK, "A", UNDO_OTHER},
		{"/a", ENTRY_NONE, NULL, UNDO_OTHER},
		{"/b", ENTRY_FILE, "B", UNDO_BEFORE},
		{"/b", ENTRY_NONE, NULL, UNDO_AFTER},
		{"/b", ENTRY_OTHER, NULL, UNDO_OTHER},
		{"/l", ENTRY_SYMLINK, "a", UNDO_BEFORE},
		{"/l", ENTRY_SYMLINK, "b", UNDO_AFTER},
		{"/l", ENTRY_SYMLINK, "bb", UNDO_OTHER},
		{"/dir", ENTRY_NONE, NULL, UNDO_BEFORE},
		{"/dir", ENTRY_DIR, NULL, UNDO_AFTER},
	};
	auto_tree tree = make_tree();
	auto_plan plan = PLAN_INIT;
	auto_undo undo = NULL;
	struct fault why = FAULT_INIT;

	(void)state;
	make_plan(tree, &plan);
	assert_ok(tree->ops->stage(tree, &plan, "/keep/1", &undo, &why), &why);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text = cases[i].text;
		enum undo_state got;
		size_t s = 0;

		while (strcmp(undo->at[s].path, cases[i].path) != 0)
			s++;
		memory_tree_remove(tree, cases[i].path);
		if (cases[i].kind)
			memory_tree_set(tree, cases[i].path, cases[i].kind, text,
				text ? strlen(text) : 0, 0);
		assert_ok(undo_step_state(tree, &undo->at[s], &got, &why), &why);
		if (got != cases[i].wanted)
			fail_msg("row %zu: %d", i, (int)got);
	}
}

static void what_was_put_back_is_kept_for_another_time(void **state)
{
	struct fault why = FAULT_INIT;
	auto_tree tree = make_tree();
	auto_free char *before = memory_tree_dump(tree);
	auto_free char *after = NULL;
	auto_plan plan = PLAN_INIT;
	auto_undo undo = NULL;

	(void)state;
	make_plan(tree, &plan);
	assert_ok(tree->ops->stage(tree, &plan, "/keep/1", &undo, &why), &why);
	assert_ok(tree->ops->commit(tree, undo, &why), &why);
	assert_ok(tree->ops->revert(tree, undo, &why), &why);
	assert_ok(tree->ops->keep(tree, undo, &why), &why);
	memory_tree_set(tree, "/a", ENTRY_FILE, "", 0, 0600);
	memory_tree_remove(tree, "/b");
	memory_tree_set(tree, "/l", ENTRY_SYMLINK, "spoiled", 7, 0);
	assert_ok(tree->ops->revert(tree, undo, &why), &why);
	after = memory_tree_dump(tree);
	assert_string_equal(after, before);
}

static void what_is_only_watched_is_put_back_too(void **state)
{
	struct fault why = FAULT_INIT;
	auto_tree tree = make_tree();
	auto_free char *before = memory_tree_dump(tree);
	auto_free char *after = NULL;
	auto_undo undo = calloc(1, sizeof(*undo));

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_ok(undo_watch(tree, undo, "/a", "/keep/1", &why), &why);
	assert_ok(undo_watch(tree, undo, "/l", "/keep/1", &why), &why);
	assert_ok(undo_watch(tree, undo, "/none", "/keep/1", &why), &why);
	assert_int_equal(undo->n, 1);
	assert_ok(tree->ops->keep(tree, undo, &why), &why);
	memory_tree_set(tree, "/a", ENTRY_FILE, "", 0, 0600);
	assert_ok(tree->ops->revert(tree, undo, &why), &why);
	after = memory_tree_dump(tree);
	assert_string_equal(after, before);
	undo_drop(undo, 0);
	assert_int_equal(undo->n, 0);
}

static void a_settled_step_takes_what_others_made_of_it(void **state)
{
	struct fault why = FAULT_INIT;
	auto_tree tree = make_tree();
	auto_plan plan = PLAN_INIT;
	auto_undo undo = NULL;
	enum undo_state got;

	(void)state;
	make_plan(tree, &plan);
	assert_ok(tree->ops->stage(tree, &plan, "/keep/1", &undo, &why), &why);
	assert_ok(tree->ops->commit(tree, undo, &why), &why);
	memory_tree_set(tree, "/a", ENTRY_SYMLINK, "elsewhere", 9, 0);
	assert_ok(undo_step_state(tree, &undo->at[0], &got, &why), &why);
	assert_int_equal(got, UNDO_OTHER);
	assert_ok(tree_look(tree, undo->at[0].path, &undo->at[0].after, &why), &why);
	assert_ok(undo_step_state(tree, &undo->at[0], &got, &why), &why);
	assert_int_equal(got, UNDO_AFTER);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_commit_makes_the_plan_and_revert_takes_it_back),
	cmocka_unit_test(a_watch_that_cannot_look_is_a_fault),
	cmocka_unit_test(a_failed_stage_leaves_nothing),
	cmocka_unit_test(a_commit_that_fails_half_way_is_put_back),
	cmocka_unit_test(a_revert_goes_on_after_a_failure_and_names_the_path),
	cmocka_unit_test(a_step_knows_before_after_and_other),
	cmocka_unit_test(what_was_put_back_is_kept_for_another_time),
	cmocka_unit_test(what_is_only_watched_is_put_back_too),
	cmocka_unit_test(a_settled_step_takes_what_others_made_of_it),
};

int main(void)
{
	return run_group("undo", tests);
}
