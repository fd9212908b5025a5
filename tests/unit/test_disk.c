/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/base/limits.h"
#include "src/fs/disk.h"
#include "src/fs/host.h"
#include "src/fs/view.h"
#include "tests/unit/host_case.h"
#include "tests/unit/scratch.h"

#define JOURNAL "/var/lib/trustfix"

typedef int open_fn(const char *dir, struct tree **ret, struct fault *why);
static open_fn *const opens[] = {host_open, host_open_walking};

static int setup(void **state)
{
	*state = scratch_make();
	scratch_write(*state, "etc/a.pem", "A", 0640);
	return 0;
}

static int teardown(void **state)
{
	scratch_remove(*state);
	return 0;
}

static void a_link_in_a_parent_is_refused(void **state)
{
	scratch_link(*state, "out", "/etc");
	scratch_link(*state, "etc/up", "..");
	for (size_t i = 0; i < 2; i++) {
		struct fault why = FAULT_INIT;
		auto_tree tree = NULL;
		auto_entry entry = ENTRY_INIT;
		auto_buf bytes = buf_make(LIMIT_FILE_BYTES);
		auto_names names = NAMES_INIT;

		assert_ok(opens[i](*state, &tree, &why), &why);
		assert_fault(tree->ops->entry(tree, "/out/passwd", &entry, &why), &why,
			FAULT_REFUSED, "symbolic link");
		assert_fault(tree->ops->read(tree, "/etc/up/etc/a.pem", &bytes, &why), &why,
			FAULT_REFUSED, "symbolic link");
		assert_fault(tree->ops->list(tree, "/out", &names, &why), &why, FAULT_REFUSED,
			"symbolic link");
	}
}

/* /var leads elsewhere, and /var/lib would lead out of the root were it not followed in it. */
static void the_journal_may_lie_behind_links(void **state)
{
	auto_tree tree = NULL;
	auto_plan plan = PLAN_INIT;
	auto_undo undo = NULL;
	struct fault why = FAULT_INIT;

	scratch_write(*state, "data/lib/x", "", 0644);
	scratch_write(*state, "mnt/x", "", 0644);
	scratch_link(*state, "var", "mnt");
	scratch_link(*state, "mnt/lib", "../../../data/lib");
	assert_ok(host_open(*state, &tree, &why), &why);
	auto_view view = view_make(tree, &plan);
	assert_ok(view_put_file(&view, "/etc/a.pem", "B", 1, 0644, &why), &why);
	assert_fault(tree->ops->put(tree, JOURNAL "/1/record.json", "R", 1, 0600, &why), &why,
		FAULT_REFUSED, "symbolic link");
	assert_ok(tree->ops->lock(tree, JOURNAL "/lock", &why), &why);
	assert_ok(tree->ops->stage(tree, &plan, JOURNAL "/1", &undo, &why), &why);
	assert_ok(tree->ops->put(tree, JOURNAL "/1/record.json", "R", 1, 0600, &why), &why);
	scratch_holds(*state, "data/lib/trustfix/1/record.json", "R");
	assert_ok(tree->ops->commit(tree, undo, &why), &why);
	scratch_holds(*state, "etc/a.pem", "B");
	assert_ok(tree->ops->revert(tree, undo, &why), &why);
	scratch_holds(*state, "etc/a.pem", "A");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_link_in_a_parent_is_refused),
		TEST(the_journal_may_lie_behind_links),
	};

	return run_group("disk", tests);
}
