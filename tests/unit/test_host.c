/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "src/base/limits.h"
#include "src/tree/disk.h"
#include "src/tree/host.h"
#include "src/tree/view.h"
#include "tests/unit/scratch.h"

#define KEEP "/var/lib/trustfix/journal/1"

typedef int open_fn(const char *dir, struct tree **ret, struct fault *why);
static open_fn *const opens[] = {host_open, host_open_walking};

static int setup(void **state)
{
	*state = scratch_make();
	scratch_write(*state, "etc/ssl/certs/a.pem", "A", 0640);
	scratch_write(*state, "etc/ssl/b.pem", "B", 0644);
	scratch_link(*state, "etc/ssl/certs/l.0", "a.pem");
	return 0;
}

static int teardown(void **state)
{
	umount2(*state, MNT_DETACH); /* where private_mounts() made it a mount point */
	scratch_remove(*state);
	return 0;
}

static struct tree *tree_of(const char *dir)
{
	struct fault why = FAULT_INIT;
	struct tree *tree = NULL;

	assert_ok(host_open(dir, &tree, &why), &why);
	return tree;
}

/* The plan that most tests commit: one of each. */
static void make_plan(struct tree *tree, struct plan *plan)
{
	struct fault why = FAULT_INIT;
	auto_view view = view_make(tree, plan);

	assert_ok(view_put_file(&view, "/etc/ssl/certs/l.0", "new A", 5, 0644, "x", &why), &why);
	assert_ok(view_put_file(&view, "/new/dir/n", "N", 1, 0600, "x", &why), &why);
	assert_ok(view_put_link(&view, "/etc/ssl/certs/l.0", "b.pem", "x", &why), &why);
	assert_ok(view_put_link(&view, "/etc/ssl/certs/m.0", "m", "x", &why), &why);
	assert_ok(view_remove(&view, "/etc/ssl/b.pem", "x", &why), &why);
}

static void hostile_things_are_told_and_never_read(void **state)
{
	static const struct {
		const char *path;
		enum entry_kind kind;
	} rows[] = {
		{"/", ENTRY_DIR},
		{"/fifo", ENTRY_OTHER},
		{"/zero", ENTRY_OTHER},
		{"/link-to-zero", ENTRY_SYMLINK},
		{"/etc/ssl/certs/a.pem", ENTRY_FILE},
		{"/etc/ssl/certs/a.pem/x", ENTRY_NONE},
		{"/no/such/thing", ENTRY_NONE},
	};
	char *dir = *state;

	scratch_link(dir, "link-to-zero", "/dev/zero");
	assert_int_equal(mkfifoat(AT_FDCWD, scratch_path(dir, "fifo"), 0644), 0);
	assert_int_equal(mknod(scratch_path(dir, "zero"), S_IFCHR | 0666, makedev(1, 5)), 0);
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		struct fault why = FAULT_INIT;
		auto_tree tree = NULL;
		auto_entry entry = ENTRY_INIT;
		auto_buf bytes = buf_make(LIMIT_FILE_BYTES);

		assert_ok(opens[i % 2](dir, &tree, &why), &why);
		assert_ok(tree->ops->entry(tree, rows[i / 2].path, &entry, &why), &why);
		assert_int_equal(entry.kind, rows[i / 2].kind);
		if (entry.kind == ENTRY_OTHER)
			assert_fault(tree->ops->read(tree, rows[i / 2].path, &bytes, &why), &why,
				FAULT_FORMAT, "is not a file");
	}
}

static void views_never_lead_out_of_the_root(void **state)
{
	static const char *const targets[] = {"/etc/hostname", "../../../../../etc/hostname"};

	scratch_write(*state, "etc/hostname", "inside", 0644);
	for (size_t i = 0; i < 4; i++) {
		struct fault why = FAULT_INIT;
		auto_tree tree = NULL;
		auto_buf bytes = buf_make(LIMIT_FILE_BYTES);
		bool found = false;

		scratch_link(*state, "etc/ssl/host", targets[i / 2]);
		assert_ok(opens[i % 2](*state, &tree, &why), &why);
		auto_view view = view_make(tree, NULL);

		assert_ok(view_read(&view, "/etc/ssl/host", &bytes, &found, &why), &why);
		assert_true(found);
		assert_string_equal(buf_text(&bytes), "inside");
	}
}

static void a_root_that_is_no_directory_is_told(void **state)
{
	struct fault why = FAULT_INIT;
	struct tree *tree = NULL;

	assert_fault(host_open(scratch_path(*state, "etc/ssl/b.pem"), &tree, &why), &why,
		FAULT_FORMAT, "is not a directory");
	assert_fault(host_open(scratch_path(*state, "none"), &tree, &why), &why, FAULT_SYSTEM,
		"No such file");
}

static void stage_changes_nothing_that_a_reader_sees(void **state)
{
	struct fault why = FAULT_INIT;
	auto_tree tree = tree_of(*state);
	auto_plan plan = PLAN_INIT;
	auto_undo undo = NULL;

	make_plan(tree, &plan);
	assert_ok(tree->ops->stage(tree, &plan, KEEP, &undo, &why), &why);
	assert_int_equal(undo->n, plan.n);
	scratch_holds(*state, "etc/ssl/certs/a.pem", "A");
	scratch_holds(*state, "etc/ssl/b.pem", "B");
	assert_int_equal(access(scratch_path(*state, "new/dir/n"), F_OK), -1);
	assert_ok(tree->ops->revert(tree, undo, &why), &why);
}

static void commit_makes_and_revert_restores_the_very_inodes(void **state)
{
	struct fault why = FAULT_INIT;
	auto_tree tree = tree_of(*state);
	auto_free char *before = scratch_dump(*state, true);
	auto_free char *after = NULL;
	auto_plan plan = PLAN_INIT;
	auto_undo undo = NULL;

	make_plan(tree, &plan);
	assert_ok(tree->ops->stage(tree, &plan, KEEP, &undo, &why), &why);
	assert_ok(tree->ops->commit(tree, undo, &why), &why);
	scratch_holds(*state, "etc/ssl/certs/a.pem", "new A");
	scratch_holds(*state, "new/dir/n", "N");
	assert_int_equal(scratch_mode(*state, "etc/ssl/certs/a.pem"), 0640);
	assert_int_equal(scratch_mode(*state, "new/dir/n"), 0600);
	assert_int_equal(scratch_mode(*state, "new/dir"), 0755);
	assert_int_equal(scratch_mode(*state, "var/lib/trustfix/journal/1"), 0700);
	assert_int_equal(access(scratch_path(*state, "etc/ssl/b.pem"), F_OK), -1);
	assert_ok(tree->ops->revert(tree, undo, &why), &why);
	scratch_rmdir_parents(*state, "var/lib/trustfix/journal");
	after = scratch_dump(*state, true);
	assert_string_equal(after, before);
}

static void a_directory_that_others_use_by_now_stays(void **state)
{
	struct fault why = FAULT_INIT;
	auto_tree tree = tree_of(*state);
	auto_plan plan = PLAN_INIT;
	auto_undo undo = NULL;

	make_plan(tree, &plan);
	assert_ok(tree->ops->stage(tree, &plan, KEEP, &undo, &why), &why);
	assert_ok(tree->ops->commit(tree, undo, &why), &why);
	scratch_write(*state, "new/dir/theirs", "T", 0644);
	assert_ok(tree->ops->revert(tree, undo, &why), &why);
	scratch_holds(*state, "new/dir/theirs", "T");
	assert_int_equal(access(scratch_path(*state, "new/dir/n"), F_OK), -1);
}

static void an_undo_of_a_killed_run_puts_back_what_was_done(void **state)
{
	struct fault why = FAULT_INIT;
	auto_free char *before = scratch_dump(*state, true);

	for (size_t done_n = 0; done_n <= 5; done_n++) {
		auto_tree tree = tree_of(*state);
		auto_free char *after = NULL;
		auto_plan plan = PLAN_INIT;
		auto_undo undo = NULL;
		size_t n;

		make_plan(tree, &plan);
		assert_ok(tree->ops->stage(tree, &plan, KEEP, &undo, &why), &why);
		n = undo->n;
		undo->n = done_n;
		assert_ok(tree->ops->commit(tree, undo, &why), &why);
		undo->n = n;
		for (size_t i = 0; i < n; i++)
			undo->at[i].done = true;
		assert_ok(tree->ops->revert(tree, undo, &why), &why);
		scratch_rmdir_parents(*state, "var/lib/trustfix/journal");
		after = scratch_dump(*state, true);
		assert_string_equal(after, before);
	}
}

static void attributes_and_owner_stay(void **state)
{
	struct fault why = FAULT_INIT;
	auto_tree tree = tree_of(*state);
	const char *path = scratch_path(*state, "etc/ssl/certs/a.pem");
	auto_plan plan = PLAN_INIT;
	auto_undo undo = NULL;
	char value[8] = "";
	struct stat st;

	assert_int_equal(setxattr(path, "user.note", "kept", 4, 0), 0);
	assert_int_equal(chown(path, 1234, 4321), 0);
	assert_int_equal(chmod(path, 06640), 0);
	make_plan(tree, &plan);
	assert_ok(tree->ops->stage(tree, &plan, KEEP, &undo, &why), &why);
	assert_ok(tree->ops->commit(tree, undo, &why), &why);
	path = scratch_path(*state, "etc/ssl/certs/a.pem");
	assert_int_equal(getxattr(path, "user.note", value, sizeof(value)), 4);
	assert_string_equal(value, "kept");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_uid, 1234);
	assert_int_equal(st.st_gid, 4321);
	assert_int_equal(st.st_mode & 07777, 0640); /* the new bytes run as nobody else */
}

static void put_and_drop_serve_the_journal(void **state)
{
	struct fault why = FAULT_INIT;
	auto_tree tree = tree_of(*state);

	assert_ok(tree->ops->put(tree, KEEP "/record.json", "{}", 2, 0600, &why), &why);
	assert_ok(tree->ops->put(tree, KEEP "/record.json", "[]", 2, 0600, &why), &why);
	scratch_holds(*state, "var/lib/trustfix/journal/1/record.json", "[]");
	assert_int_equal(scratch_mode(*state, "var/lib/trustfix/journal/1/record.json"), 0600);
	assert_fault(tree->ops->drop(tree, KEEP, &why), &why, FAULT_SYSTEM, "not empty");
	assert_ok(tree->ops->drop(tree, KEEP "/record.json", &why), &why);
	assert_ok(tree->ops->drop(tree, KEEP, &why), &why);
	assert_ok(tree->ops->drop(tree, KEEP, &why), &why);
	assert_ok(tree->ops->drop(tree, "/no/such/dir", &why), &why);
	assert_ok(tree->ops->put(tree, KEEP "/record.json", "{}", 2, 0600, &why), &why);
}

/* ---- failures -------------------------------------------------------------------------------- */

/* The n-th changing call from now fails once with ENOSPC; test_host.ld wraps them. */
static size_t fail_at;

static bool fails_now(void)
{
	if (fail_at == 0 || --fail_at > 0)
		return false;
	errno = ENOSPC;
	return true;
}

#define WRAP(type, name, parameters, arguments) \
	type __real_##name parameters;          \
	type __wrap_##name parameters;          \
	type __wrap_##name parameters           \
	{                                       \
		if (fails_now())                \
			return -1;              \
		return __real_##name arguments; \
	}

WRAP(ssize_t, write, (int fd, const void *bytes, size_t len), (fd, bytes, len))
WRAP(int, fsync, (int fd), (fd))
WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(int, mkdirat, (int dir, const char *name, mode_t mode), (dir, name, mode))
WRAP(int, symlinkat, (const char *to, int dir, const char *name), (to, dir, name))
WRAP(int, linkat, (int dir, const char *name, int to_dir, const char *to, int flags),
	(dir, name, to_dir, to, flags))
WRAP(int, renameat, (int dir, const char *name, int to_dir, const char *to),
	(dir, name, to_dir, to))
WRAP(int, unlinkat, (int dir, const char *name, int flags), (dir, name, flags))

/* false: it went well. */
static bool fails_and_is_put_back(const char *dir, size_t n)
{
	struct fault why = FAULT_INIT;
	struct fault broken = FAULT_INIT;
	auto_tree tree = tree_of(dir);
	auto_plan plan = PLAN_INIT;
	auto_undo undo = NULL;
	int rc;

	make_plan(tree, &plan);
	fail_at = n;
	rc = tree->ops->stage(tree, &plan, KEEP, &undo, &why);
	if (rc == 0)
		rc = tree->ops->commit(tree, undo, &why);
	fail_at = 0;
	if (undo)
		assert_ok(tree->ops->revert(tree, undo, &broken), &broken);
	if (rc < 0)
		assert_fault(rc, &why, FAULT_SYSTEM, "the disk is full");
	return rc < 0;
}

static void a_failure_at_any_step_leaves_everything_as_before(void **state)
{
	auto_free char *before = scratch_dump(*state, true);
	bool failed = true;

	for (size_t n = 1; failed; n++) {
		auto_free char *after = NULL;

		failed = fails_and_is_put_back(*state, n);
		scratch_rmdir_parents(*state, "var/lib/trustfix/journal");
		after = scratch_dump(*state, true);
		assert_string_equal(after, before);
		assert_true(failed || n > 25);
	}
}

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
		auto_tree tree = tree_of(*state);

		make_plan(tree, &plan);
		assert_ok(tree->ops->stage(tree, &plan, KEEP, &undo, &why), &why);
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

/* What stage() says of the plan, with nothing left behind. */
static void stage_fails(const char *dir, struct plan *plan, enum fault_kind kind, const char *text)
{
	struct fault why = FAULT_INIT;
	auto_free char *before = scratch_dump(dir, true);
	auto_free char *after = NULL;
	auto_tree tree = tree_of(dir);
	auto_undo undo = NULL;

	assert_fault(tree->ops->stage(tree, plan, KEEP, &undo, &why), &why, kind, text);
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
		auto_tree tree = tree_of(*state);
		auto_view view = view_make(tree, &plan);

		assert_ok(view_put_file(&view, "/etc/ssl/b.pem", "1", 1, 0644, "x", &why), &why);
		assert_ok(view_put_file(
				  &view, "/full/new/large", large, sizeof(large), 0644, "x", &why),
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
			auto_tree tree = tree_of(*state);

			make_plan(tree, &plan);
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
		auto_tree tree = tree_of(*state);
		auto_view view = view_make(tree, &plan);

		assert_ok(view_put_file(&view, "/etc/ssl/b.pem", "1", 1, 0644, "x", &why), &why);
		scratch_write(*state, "etc/ssl/b.pem", "theirs", 0644);
		assert_ok(view_put_file(&view, "/etc/ssl/b.pem", "12", 2, 0644, "x", &why), &why);
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
		auto_tree tree = tree_of(*state);

		make_plan(tree, &plan);
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
		auto_tree tree = tree_of(*state);

		make_plan(tree, &plan);
	}
	for (size_t i = 0; i < 2; i++) {
		set_immutable(scratch_path(*state, marked[i]), true);
		stage_fails(*state, &plan, FAULT_SYSTEM, "immutable");
		set_immutable(scratch_path(*state, marked[i]), false);
	}
}

static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	TEST(views_never_lead_out_of_the_root),
	TEST(a_root_that_is_no_directory_is_told),
	TEST(stage_changes_nothing_that_a_reader_sees),
	TEST(commit_makes_and_revert_restores_the_very_inodes),
	TEST(a_directory_that_others_use_by_now_stays),
	TEST(an_undo_of_a_killed_run_puts_back_what_was_done),
	TEST(put_and_drop_serve_the_journal),
	TEST(a_failure_at_any_step_leaves_everything_as_before),
};

/* They make devices, owners, mounts. */
static const struct CMUnitTest root_tests[] = {
	TEST(hostile_things_are_told_and_never_read),
	TEST(attributes_and_owner_stay),
	TEST(keepers_on_another_file_system_are_whole_copies),
	TEST(a_full_disk_is_told_as_such),
	TEST(what_somebody_else_wrote_meanwhile_is_not_replaced),
	TEST(the_first_of_two_edits_saw_the_file),
	TEST(a_read_only_file_system_is_told_as_such),
	TEST(an_immutable_file_or_directory_is_told_as_such),
};

int main(void)
{
	int failed = run_group("host", tests);

	return geteuid() == 0 ? failed + run_group("host as root", root_tests) : failed;
}
