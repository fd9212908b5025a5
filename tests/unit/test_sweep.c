/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <fcntl.h>

#include "src/sys/fd.h"
#include "src/fs/disk.h"
#include "src/fs/host.h"
#include "src/fs/view.h"
#include "tests/unit/host_case.h"
#include "tests/unit/scratch.h"

#define JOURNAL "/var/lib/trustfix"

static int setup(void **state)
{
	*state = scratch_make();
	scratch_write(*state, "root/etc/a.pem", "A", 0644);
	return 0;
}

static int teardown(void **state)
{
	scratch_remove(*state);
	return 0;
}

static struct tree *tree_of(const char *dir)
{
	struct fault why = FAULT_INIT;
	struct tree *tree = NULL;

	assert_ok(host_open_walking(scratch_path(dir, "root"), &tree, &why), &why);
	return tree;
}

static void the_lock_sweeps_what_a_killed_stage_left(void **state)
{
	struct fault why = FAULT_INIT;
	auto_tree tree = tree_of(*state);
	auto_tree next = tree_of(*state);
	auto_plan plan = PLAN_INIT;
	auto_view view = view_make(tree, &plan);
	auto_undo undo = NULL;
	auto_free char *left = NULL;
	auto_free char *swept = NULL;

	scratch_write(*state, "root/etc/.trustfix-note", "", 0600);
	assert_ok(view_put_file(&view, "/etc/a.pem", "B", 1, 0644, &why), &why);
	assert_ok(tree->ops->stage(tree, &plan, JOURNAL "/1", &undo, &why), &why);
	left = scratch_dump(*state, false);
	assert_non_null(strstr(left, ".new "));
	assert_ok(next->ops->lock(next, JOURNAL "/lock", &why), &why);
	swept = scratch_dump(*state, false);
	assert_null(strstr(swept, ".new "));
	scratch_holds(*state, "root/etc/.trustfix-note", "");
	assert_int_equal(scratch_mode(*state, "root" JOURNAL "/lock"), 0600);
}

static void a_note_leads_nowhere_outside(void **state)
{
	struct fault why = FAULT_INIT;
	auto_tree tree = tree_of(*state);

	scratch_write(*state, "outside/.trustfix-1.new", "mine", 0644);
	scratch_write(*state, "root" JOURNAL "/1/staging", "/../outside", 0644);
	assert_ok(tree->ops->lock(tree, JOURNAL "/lock", &why), &why);
	scratch_holds(*state, "outside/.trustfix-1.new", "mine");
}

/* One directory that somebody else owns must not hold up everybody. */
static void what_cannot_be_swept_does_not_matter(void **state)
{
	static const char note[] = "/home/link\0/home/many\0/gone\0/etc";
	struct fault why = FAULT_INIT;
	auto_tree tree = tree_of(*state);
	auto_free char *swept = NULL;
	auto_fd fd = -1;

	scratch_write(*state, "outside/.trustfix-1.new", "mine", 0644);
	scratch_link(*state, "root/home/link", "../../outside");
	scratch_write(*state, "root/home/many/.trustfix-1.new/full", "", 0644);
	scratch_write(*state, "root/etc/.trustfix-1.new", "ours", 0644);
	scratch_write(*state, "root" JOURNAL "/1/staging", "", 0600);
	fd = open(scratch_path(*state, "root" JOURNAL "/1/staging"), O_WRONLY | O_CLOEXEC);
	assert_ok(fd_write_all(fd, note, sizeof(note), "note", &why), &why);
	assert_ok(tree->ops->lock(tree, JOURNAL "/lock", &why), &why);
	scratch_holds(*state, "outside/.trustfix-1.new", "mine");
	swept = scratch_dump(*state, false);
	assert_null(strstr(swept, "etc/.trustfix-1.new"));
}

static void the_note_goes_when_the_record_is_there(void **state)
{
	struct fault why = FAULT_INIT;
	auto_tree tree = tree_of(*state);
	auto_plan plan = PLAN_INIT;
	auto_view view = view_make(tree, &plan);
	auto_undo undo = NULL;
	auto_free char *dump = NULL;

	assert_ok(view_put_file(&view, "/etc/a.pem", "B", 1, 0644, &why), &why);
	assert_ok(tree->ops->lock(tree, JOURNAL "/lock", &why), &why);
	assert_ok(tree->ops->stage(tree, &plan, JOURNAL "/1", &undo, &why), &why);
	assert_int_equal(scratch_mode(*state, "root" JOURNAL "/1/staging"), 0600);
	assert_ok(tree->ops->put(tree, JOURNAL "/1/record.json", "{}", 2, 0600, &why), &why);
	dump = scratch_dump(*state, false);
	assert_null(strstr(dump, "staging"));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(the_lock_sweeps_what_a_killed_stage_left, setup, teardown),
	cmocka_unit_test_setup_teardown(a_note_leads_nowhere_outside, setup, teardown),
	cmocka_unit_test_setup_teardown(what_cannot_be_swept_does_not_matter, setup, teardown),
	cmocka_unit_test_setup_teardown(the_note_goes_when_the_record_is_there, setup, teardown),
};

int main(void)
{
	return run_group("sweep", tests);
}
