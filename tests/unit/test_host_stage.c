/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "src/fs/view.h"
#include "tests/unit/host_case.h"
#include "tests/unit/scratch.h"

static void private_mounts(const char *dir)
{
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		return;
	/* In a chroot "/" may be no mount point; then the scratch directory is made one. */
	assert_int_equal(errno, EINVAL);
	assert_int_equal(mount(dir, dir, NULL, MS_BIND, NULL), 0);
	assert_int_equal(mount(NULL, dir, NULL, MS_PRIVATE, NULL), 0);
}

static void keepers_on_another_file_system_are_whole_copies(void **state)
{
	struct fault why = FAULT_INIT;
	const char *var = scratch_path(*state, "var");
	auto_plan plan = PLAN_INIT;
	auto_undo undo = NULL;
	auto_free char *before = NULL;
	auto_free char *after = NULL;
	char value[8] = "";

	private_mounts(*state);
	assert_int_equal(mkdir(var, 0755), 0);
	assert_int_equal(mount("none", var, "tmpfs", 0, "size=1m,mode=0755"), 0);
	assert_int_equal(setxattr(scratch_path(*state, "etc/ssl/b.pem"), "user.b", "B", 1, 0), 0);
	before = scratch_dump(*state, false);
	{
		auto_tree tree = host_case_open(*state);

		host_case_plan(tree, &plan);
		assert_ok(tree->ops->stage(tree, &plan, HOST_CASE_KEEP, &undo, &why), &why);
		assert_ok(tree->ops->commit(tree, undo, &why), &why);
		scratch_holds(*state, "var/lib/trustfix/journal/1/1", "A");
		assert_ok(tree->ops->revert(tree, undo, &why), &why);
	}
	scratch_rmdir_parents(*state, "var/lib/trustfix/journal");
	after = scratch_dump(*state, false);
	assert_string_equal(after, before);
	assert_int_equal(getxattr(scratch_path(*state, "etc/ssl/b.pem"), "user.b", value, 8), 1);
	assert_int_equal(umount(scratch_path(*state, "var")), 0);
}

/* What stage() says of the plan, with nothing left behind but the directory of the journal. */
static void stage_fails(const char *dir, struct plan *plan, enum fault_kind kind, const char *text)
{
	struct fault why = FAULT_INIT;
	auto_free char *before = scratch_dump(dir, true);
	auto_free char *after = NULL;
	auto_tree tree = host_case_open(dir);
	auto_undo undo = NULL;

	assert_fault(tree->ops->stage(tree, plan, HOST_CASE_KEEP, &undo, &why), &why, kind, text);
	scratch_rmdir_parents(dir, "var/lib/trustfix/journal");
	after = scratch_dump(dir, true);
	assert_string_equal(after, before);
}

static void a_full_disk_is_told_as_such(void **state)
{
	static char large[100000];
	struct fault why = FAULT_INIT;
	const char *full = scratch_path(*state, "full");
	auto_plan plan = PLAN_INIT;

	private_mounts(*state);
	assert_int_equal(mkdir(full, 0755), 0);
	assert_int_equal(mount("none", full, "tmpfs", 0, "size=64k"), 0);
	{
		auto_tree tree = host_case_open(*state);
		auto_view view = view_make(tree, &plan);

		assert_ok(view_put_file(&view, "/etc/ssl/b.pem", "1", 1, 0644, &why), &why);
		assert_ok(view_put_file(&view, "/full/new/large", large, sizeof(large), 0644, &why),
			&why);
	}
	stage_fails(
		*state, &plan, FAULT_SYSTEM, "cannot write '/full/new/large': the disk is full");
	assert_int_equal(umount(full), 0);
}

/* Between plan and stage: what it wrote would be lost, until an undo that nobody thinks of. */
static void what_somebody_else_wrote_meanwhile_is_not_replaced(void **state)
{
	static const char *const written[] = {"etc/ssl/b.pem", "etc/ssl/certs/m.0", "new/dir/n"};

	for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++) {
		auto_plan plan = PLAN_INIT;
		char sentence[100];

		scratch_write(*state, "etc/ssl/b.pem", "B", 0644);
		{
			auto_tree tree = host_case_open(*state);

			host_case_plan(tree, &plan);
		}
		scratch_write(*state, written[i], "theirs", 0644);
		snprintf(sentence, sizeof(sentence), "another program has just written '/%s'",
			written[i]);
		stage_fails(*state, &plan, FAULT_REFUSED, sentence);
		scratch_holds(*state, written[i], "theirs");
		assert_int_equal(unlink(scratch_path(*state, written[i])), 0);
	}
}

/* Of two edits of a file the first was made from what the tree holds. */
static void the_first_of_two_edits_saw_the_file(void **state)
{
	struct fault why = FAULT_INIT;
	auto_plan plan = PLAN_INIT;

	{
		auto_tree tree = host_case_open(*state);
		auto_view view = view_make(tree, &plan);

		assert_ok(view_put_file(&view, "/etc/ssl/b.pem", "1", 1, 0644, &why), &why);
		scratch_write(*state, "etc/ssl/b.pem", "theirs", 0644);
		assert_ok(view_put_file(&view, "/etc/ssl/b.pem", "12", 2, 0644, &why), &why);
	}
	stage_fails(
		*state, &plan, FAULT_REFUSED, "another program has just written '/etc/ssl/b.pem'");
}

static void a_read_only_file_system_is_told_as_such(void **state)
{
	auto_plan plan = PLAN_INIT;

	private_mounts(*state);
	assert_int_equal(mount(*state, *state, NULL, MS_BIND, NULL), 0);
	assert_int_equal(mount(NULL, *state, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
	{
		auto_tree tree = host_case_open(*state);

		host_case_plan(tree, &plan);
	}
	stage_fails(*state, &plan, FAULT_SYSTEM, "the file system is read-only");
	assert_int_equal(umount2(*state, MNT_DETACH), 0);
}

static void set_immutable(const char *path, bool on)
{
	auto_fd fd = open(path, O_RDONLY | O_CLOEXEC);
	int flags = 0;

	assert_int_equal(ioctl(fd, FS_IOC_GETFLAGS, &flags), 0);
	flags = on ? flags | FS_IMMUTABLE_FL : flags & ~FS_IMMUTABLE_FL;
	assert_int_equal(ioctl(fd, FS_IOC_SETFLAGS, &flags), 0);
}

static void an_immutable_file_or_directory_is_told_as_such(void **state)
{
	static const char *const marked[] = {"etc/ssl/b.pem", "etc/ssl/certs"};
	auto_plan plan = PLAN_INIT;

	{
		auto_tree tree = host_case_open(*state);

		host_case_plan(tree, &plan);
	}
	for (size_t i = 0; i < 2; i++) {
		set_immutable(scratch_path(*state, marked[i]), true);
		stage_fails(*state, &plan, FAULT_SYSTEM, "immutable");
		set_immutable(scratch_path(*state, marked[i]), false);
	}
}

static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, host_case_setup, host_case_teardown)
	TEST(what_somebody_else_wrote_meanwhile_is_not_replaced),
	TEST(the_first_of_two_edits_saw_the_file),
};

/* They make mounts. */
static const struct CMUnitTest root_tests[] = {
	TEST(keepers_on_another_file_system_are_whole_copies),
	TEST(a_full_disk_is_told_as_such),
	TEST(a_read_only_file_system_is_told_as_such),
	TEST(an_immutable_file_or_directory_is_told_as_such),
};

int main(void)
{
	int failed = run_group("host_stage", tests);

	return geteuid() == 0 ? failed + run_group("host_stage as root", root_tests) : failed;
}
