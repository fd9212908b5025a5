/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/base/limits.h"
#include "src/fs/view.h"
#include "tests/unit/memory_tree.h"

#define FILE_ROW(path, text)              \
	{                                 \
		path, ENTRY_FILE, text, 0 \
	}
#define LINK_ROW(path, text)                 \
	{                                    \
		path, ENTRY_SYMLINK, text, 0 \
	}
#define DIR_ROW(path)                    \
	{                                \
		path, ENTRY_DIR, NULL, 0 \
	}

static const struct memory_row rows[] = {
	FILE_ROW("/etc/ssl/certs/a.pem", "A"),
	LINK_ROW("/etc/ssl/certs/1234.0", "a.pem"),
	LINK_ROW("/etc/ssl/certs/m.pem", "/usr/share/m.crt"),
	FILE_ROW("/usr/share/m.crt", "M"),
	LINK_ROW("/etc/pki", "ssl"),
	LINK_ROW("/usr/lib/certs", "/etc/pki/certs/"),
	LINK_ROW("/usr/lib/up", "../../../../../etc/./ssl//certs"),
	LINK_ROW("/etc/outside", "../../../../passwd"),
	LINK_ROW("/loop/a", "b"),
	LINK_ROW("/loop/b", "/loop/a"),
	LINK_ROW("/loop/self", "self/x"),
	LINK_ROW("/dangling", "etc/new/file"),
	{"/dev/zero", ENTRY_OTHER, NULL, 0},
	LINK_ROW("/zero", "dev/zero"),
	DIR_ROW("/empty"),
};

static struct tree *make_tree(void)
{
	return memory_tree_make(rows, sizeof(rows) / sizeof(rows[0]));
}

static void links_are_resolved_inside_the_tree(void **state)
{
	static const struct {
		const char *path, *real;
		enum view_follow follow;
		enum entry_kind kind;
	} cases[] = {
		{"/", "/", VIEW_FOLLOW, ENTRY_DIR},
		{"/..", "/", VIEW_FOLLOW, ENTRY_DIR},
		{"/etc/../../usr/./share/", "/usr/share", VIEW_FOLLOW, ENTRY_DIR},
		{"/etc/pki", "/etc/pki", VIEW_NOFOLLOW, ENTRY_SYMLINK},
		{"/etc/pki", "/etc/ssl", VIEW_FOLLOW, ENTRY_DIR},
		{"/etc/pki/certs/1234.0", "/etc/ssl/certs/1234.0", VIEW_NOFOLLOW, ENTRY_SYMLINK},
		{"/etc/pki/certs/1234.0", "/etc/ssl/certs/a.pem", VIEW_FOLLOW, ENTRY_FILE},
		{"/etc/pki/certs/m.pem", "/usr/share/m.crt", VIEW_FOLLOW, ENTRY_FILE},
		{"/usr/lib/certs/m.pem", "/usr/share/m.crt", VIEW_FOLLOW, ENTRY_FILE},
		{"/usr/lib/up/a.pem", "/etc/ssl/certs/a.pem", VIEW_FOLLOW, ENTRY_FILE},
		{"/etc/pki/../etc/pki", "/etc/etc/pki", VIEW_FOLLOW, ENTRY_NONE},
		{"/etc/outside", "/passwd", VIEW_FOLLOW, ENTRY_NONE},
		{"/loop/a", NULL, VIEW_FOLLOW, ENTRY_NONE},
		{"/loop/a", "/loop/a", VIEW_NOFOLLOW, ENTRY_SYMLINK},
		{"/loop/a/x", NULL, VIEW_FOLLOW, ENTRY_NONE},
		{"/loop/self", NULL, VIEW_FOLLOW, ENTRY_NONE},
		{"/dangling", "/etc/new/file", VIEW_FOLLOW, ENTRY_NONE},
		{"/etc/new/deep/er", "/etc/new/deep/er", VIEW_FOLLOW, ENTRY_NONE},
		{"/etc/new/../x", NULL, VIEW_FOLLOW, ENTRY_NONE},
		{"/etc/ssl/certs/a.pem/x", NULL, VIEW_FOLLOW, ENTRY_NONE},
		{"/etc/ssl/certs/a.pem/..", NULL, VIEW_FOLLOW, ENTRY_NONE},
		{"/zero", "/dev/zero", VIEW_FOLLOW, ENTRY_OTHER},
	};
	auto_tree tree = make_tree();
	auto_view view = view_make(tree, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fault why = FAULT_INIT;
		auto_entry entry = ENTRY_INIT;
		auto_free char *real = NULL;

		assert_ok(view_entry(&view, cases[i].path, cases[i].follow, &entry, &real, &why),
			&why);
		assert_int_equal(entry.kind, cases[i].kind);
		if (cases[i].real)
			assert_string_equal(real, cases[i].real);
		else
			assert_null(real);
	}
}

/* Links /l1 -> l2 -> ... -> l<n> -> file, with the file or a directory at the end. */
static int follow_chain(unsigned n, const char *suffix)
{
	auto_tree tree = memory_tree_make(NULL, 0);
	auto_view view = view_make(tree, NULL);
	struct fault why = FAULT_INIT;
	auto_entry entry = ENTRY_INIT;
	char path[32], target[32];

	memory_tree_set(tree, "/end/file", ENTRY_FILE, "x", 1, 0);
	for (unsigned i = 1; i <= n; i++) {
		snprintf(path, sizeof(path), "/l%u", i);
		snprintf(target, sizeof(target), "l%u", i + 1);
		memory_tree_set(tree, path, ENTRY_SYMLINK, i == n ? "end" : target,
			strlen(i == n ? "end" : target), 0);
	}
	snprintf(path, sizeof(path), "/l1%s", suffix);
	assert_ok(view_entry(&view, path, VIEW_FOLLOW, &entry, NULL, &why), &why);
	return (int)entry.kind;
}

static void forty_links_are_followed_and_no_more(void **state)
{
	(void)state;
	assert_int_equal(follow_chain(LIMIT_LINKS_N, ""), ENTRY_DIR);
	assert_int_equal(follow_chain(LIMIT_LINKS_N, "/file"), ENTRY_FILE);
	assert_int_equal(follow_chain(LIMIT_LINKS_N + 1, ""), ENTRY_NONE);
	assert_int_equal(follow_chain(LIMIT_LINKS_N + 1, "/file"), ENTRY_NONE);
}

static void a_path_beyond_the_limit_is_not_there(void **state)
{
	auto_tree tree = make_tree();
	auto_view view = view_make(tree, NULL);
	char path[LIMIT_PATH_LEN + 2];

	(void)state;
	memset(path, '/', sizeof(path));
	memcpy(path + LIMIT_PATH_LEN - 9, "usr/share", 10);
	assert_false(view_is_dir(&view, path));
	assert_true(view_is_dir(&view, path + 1));
}

static void look_ups_in_one_directory_cost_one_each(void **state)
{
	auto_tree tree = make_tree();
	auto_plan plan = PLAN_INIT;
	auto_view view = view_make(tree, &plan);
	struct fault why = FAULT_INIT;
	size_t before;

	(void)state;
	assert_true(view_is_file(&view, "/etc/pki/certs/a.pem"));
	before = memory_tree_calls(tree, MEMORY_ENTRY);
	for (int i = 0; i < 100; i++)
		assert_true(view_is_file(&view, "/etc/pki/certs/a.pem"));
	assert_int_equal(memory_tree_calls(tree, MEMORY_ENTRY) - before, 100);
	assert_ok(view_put_link(&view, "/etc/pki/certs/new.0", "a.pem", &why), &why);
	before = memory_tree_calls(tree, MEMORY_ENTRY);
	assert_true(view_is_file(&view, "/etc/pki/certs/new.0"));
	assert_int_equal(memory_tree_calls(tree, MEMORY_ENTRY) - before, 1);
}

static void a_planned_link_changes_the_way(void **state)
{
	auto_tree tree = make_tree();
	auto_plan plan = PLAN_INIT;
	auto_view view = view_make(tree, &plan);
	struct fault why = FAULT_INIT;

	(void)state;
	assert_true(view_is_file(&view, "/etc/pki/certs/a.pem"));
	assert_ok(view_put_link(&view, "/etc/pki", "/empty", &why), &why);
	assert_false(view_is_file(&view, "/etc/pki/certs/a.pem"));
	assert_ok(view_put_file(&view, "/etc/pki/certs/n", "N", 1, 0644, &why), &why);
	assert_string_equal(plan.at[1]->path, "/empty/certs");
	assert_string_equal(plan.at[2]->path, "/empty/certs/n");
	assert_true(view_is_file(&view, "/empty/certs/n"));
	assert_ok(view_remove(&view, "/etc/pki", &why), &why);
	assert_false(view_is_file(&view, "/etc/pki/certs/n"));
	assert_false(view_is_dir(&view, "/etc/pki"));
	assert_ok(view_put_file(&view, "/etc/pki/new", "", 0, 0644, &why), &why);
	assert_false(view_is_file(&view, "/etc/pki/certs/a.pem"));
	assert_true(view_is_dir(&view, "/etc/pki"));
}

static void planned_bytes_are_read_and_listed(void **state)
{
	auto_tree tree = make_tree();
	auto_plan plan = PLAN_INIT;
	auto_view view = view_make(tree, &plan);
	struct fault why = FAULT_INIT;
	auto_buf bytes = buf_make(100);
	auto_names names = NAMES_INIT;
	bool found = false;

	(void)state;
	assert_ok(view_put_file(&view, "/etc/ssl/certs/m.pem", "new", 3, 0600, &why), &why);
	assert_string_equal(plan.at[0]->path, "/usr/share/m.crt");
	assert_int_equal(plan.at[0]->mode, 0644);
	assert_ok(view_remove(&view, "/etc/ssl/certs/a.pem", &why), &why);
	assert_ok(view_put_file(&view, "/etc/ssl/certs/0", "z", 1, 0600, &why), &why);
	assert_ok(view_read(&view, "/etc/ssl/certs/m.pem", &bytes, &found, &why), &why);
	assert_true(found);
	assert_string_equal(buf_text(&bytes), "new");
	assert_ok(view_read(&view, "/etc/ssl/certs/1234.0", &bytes, &found, &why), &why);
	assert_false(found);
	assert_ok(view_list(&view, "/usr/lib/certs", &names, &why), &why);
	assert_int_equal(names.n, 3);
	assert_string_equal(names.at[0], "0");
	assert_string_equal(names.at[1], "1234.0");
	assert_string_equal(names.at[2], "m.pem");
}

static void a_new_directory_is_listed_with_what_is_planned_in_it(void **state)
{
	auto_tree tree = make_tree();
	auto_plan plan = PLAN_INIT;
	auto_view view = view_make(tree, &plan);
	struct fault why = FAULT_INIT;
	auto_names names = NAMES_INIT;

	(void)state;
	assert_ok(view_list(&view, "/new/dir", &names, &why), &why);
	assert_ok(view_put_link(&view, "/new/dir/l", "x", &why), &why);
	assert_ok(view_list(&view, "/new/dir", &names, &why), &why);
	assert_ok(view_list(&view, "/", &names, &why), &why);
	assert_string_equal(names.at[0], "l");
	assert_true(names_holds(&names, "new"));
	assert_int_equal(plan.n, 3);
	assert_int_equal(plan.at[1]->kind, ENTRY_DIR);
	assert_fault(view_list(&view, "/etc/ssl/certs/a.pem", &names, &why), &why, FAULT_FORMAT,
		"not a directory");
}

static void what_is_already_so_is_no_edit(void **state)
{
	auto_tree tree = make_tree();
	auto_plan plan = PLAN_INIT;
	auto_view view = view_make(tree, &plan);
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(view_put_file(&view, "/etc/ssl/certs/a.pem", "A", 1, 0600, &why), &why);
	assert_ok(view_put_link(&view, "/etc/ssl/certs/1234.0", "a.pem", &why), &why);
	assert_ok(view_remove(&view, "/etc/ssl/certs/none", &why), &why);
	assert_ok(view_remove(&view, "/loop/a/x", &why), &why);
	assert_int_equal(plan.n, 0);
}

static void going_back_to_what_the_tree_has_takes_the_edit_out(void **state)
{
	auto_tree tree = make_tree();
	auto_plan plan = PLAN_INIT;
	auto_view view = view_make(tree, &plan);
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(view_put_file(&view, "/etc/ssl/certs/a.pem", "B", 1, 0600, &why), &why);
	assert_ok(view_remove(&view, "/etc/ssl/certs/1234.0", &why), &why);
	assert_ok(view_put_link(&view, "/etc/new", "x", &why), &why);
	assert_int_equal(plan.n, 3);
	assert_ok(view_put_file(&view, "/etc/ssl/certs/a.pem", "A", 1, 0600, &why), &why);
	assert_ok(view_put_link(&view, "/etc/ssl/certs/1234.0", "a.pem", &why), &why);
	assert_ok(view_remove(&view, "/etc/new", &why), &why);
	assert_int_equal(plan.n, 0);
}

static void what_cannot_be_put_is_refused(void **state)
{
	auto_tree tree = make_tree();
	auto_plan plan = PLAN_INIT;
	auto_view view = view_make(tree, &plan);
	struct fault why = FAULT_INIT;
	auto_buf bytes = buf_make(100);
	bool found;

	(void)state;
	assert_fault(view_put_file(&view, "/etc/ssl", "", 0, 0644, &why), &why, FAULT_FORMAT,
		"is a directory");
	assert_fault(
		view_put_file(&view, "/zero", "", 0, 0644, &why), &why, FAULT_FORMAT, "device");
	assert_fault(view_put_link(&view, "/loop/a/x", "t", &why), &why, FAULT_FORMAT, "loop");
	assert_fault(view_remove(&view, "/empty", &why), &why, FAULT_FORMAT, "directory");
	assert_fault(
		view_read(&view, "/zero", &bytes, &found, &why), &why, FAULT_FORMAT, "not a file");
	assert_fault(
		view_read(&view, "/empty", &bytes, &found, &why), &why, FAULT_FORMAT, "not a file");
	assert_int_equal(plan.n, 0);
	assert_int_equal(memory_tree_calls(tree, MEMORY_READ), 0);
}

static void given_bytes_are_taken(void **state)
{
	auto_tree tree = make_tree();
	auto_plan plan = PLAN_INIT;
	auto_view view = view_make(tree, &plan);
	struct fault why = FAULT_INIT;
	auto_buf bytes = buf_make(4);
	const uint8_t *at;

	(void)state;
	buf_add_text(&bytes, "mine");
	at = bytes.bytes;
	assert_ok(view_give_file(&view, "/given", &bytes, 0644, &why), &why);
	assert_null(bytes.bytes);
	assert_ptr_equal(plan_find(&plan, "/given")->bytes, at);
	assert_int_equal(plan_find(&plan, "/given")->len, 4);
	assert_ok(view_give_file(&view, "/empty file", &bytes, 0644, &why), &why);
	assert_int_equal(plan_find(&plan, "/empty file")->len, 0);
	buf_add_text(&bytes, "more than four");
	assert_fault(view_give_file(&view, "/given", &bytes, 0644, &why), &why, FAULT_LIMIT,
		"/given is larger than 4");
	buf_add_text(&bytes, "so");
	assert_fault(view_give_file(&view, "/empty", &bytes, 0644, &why), &why, FAULT_FORMAT,
		"is a directory");
	assert_null(bytes.bytes);
	assert_memory_equal(plan_find(&plan, "/given")->bytes, "mine", 4);
}

static void the_buffers_ceiling_is_the_files(void **state)
{
	auto_tree tree = make_tree();
	auto_plan plan = PLAN_INIT;
	auto_view view = view_make(tree, &plan);
	struct fault why = FAULT_INIT;
	auto_buf bytes = buf_make(3);
	bool found;

	(void)state;
	assert_ok(view_put_file(&view, "/four", "4444", 4, 0644, &why), &why);
	assert_fault(view_read(&view, "/four", &bytes, &found, &why), &why, FAULT_LIMIT,
		"larger than 3");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(links_are_resolved_inside_the_tree),
	cmocka_unit_test(forty_links_are_followed_and_no_more),
	cmocka_unit_test(a_path_beyond_the_limit_is_not_there),
	cmocka_unit_test(look_ups_in_one_directory_cost_one_each),
	cmocka_unit_test(a_planned_link_changes_the_way),
	cmocka_unit_test(planned_bytes_are_read_and_listed),
	cmocka_unit_test(a_new_directory_is_listed_with_what_is_planned_in_it),
	cmocka_unit_test(what_is_already_so_is_no_edit),
	cmocka_unit_test(going_back_to_what_the_tree_has_takes_the_edit_out),
	cmocka_unit_test(what_cannot_be_put_is_refused),
	cmocka_unit_test(given_bytes_are_taken),
	cmocka_unit_test(the_buffers_ceiling_is_the_files),
};

int main(void)
{
	return run_group("view", tests);
}
