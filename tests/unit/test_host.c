/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "src/base/limits.h"
#include "src/fs/disk.h"
#include "src/fs/host.h"
#include "src/fs/view.h"
#include "tests/unit/host_case.h"
#include "tests/unit/scratch.h"

typedef int open_fn(const char *dir, struct tree **ret, struct fault *why);
static open_fn *const opens[] = {host_open, host_open_walking};

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
static const char *race_path; /* what another program writes just before the next rename, or NULL */
static int rename_errno; /* the file system's answer to renameat2(2); 0: its own */

int __real_disk_rename(int dir_fd, const char *from, const char *to, unsigned flags);
int __wrap_disk_rename(int dir_fd, const char *from, const char *to, unsigned flags);
int __wrap_disk_rename(int dir_fd, const char *from, const char *to, unsigned flags)
{
	FILE *file = race_path ? fopen(race_path, "w") : NULL;

	if (file) {
		assert_true(fputs("theirs", file) >= 0);
		assert_int_equal(fclose(file), 0);
		race_path = NULL;
	}
	if (fails_now())
		return -1;
	errno = rename_errno;
	return rename_errno ? -1 : __real_disk_rename(dir_fd, from, to, flags);
}

WRAP(int, unlinkat, (int dir, const char *name, int flags), (dir, name, flags))

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

static void stage_changes_nothing_that_a_client_sees(void **state)
{
	struct fault why = FAULT_INIT;
	auto_tree tree = host_case_open(*state);
	auto_plan plan = PLAN_INIT;
	auto_undo undo = NULL;

	host_case_plan(tree, &plan);
	assert_ok(tree->ops->stage(tree, &plan, HOST_CASE_KEEP, &undo, &why), &why);
	assert_int_equal(undo->n, plan.n);
	scratch_holds(*state, "etc/ssl/certs/a.pem", "A");
	scratch_holds(*state, "etc/ssl/b.pem", "B");
	assert_int_equal(access(scratch_path(*state, "new/dir/n"), F_OK), -1);
	assert_ok(tree->ops->revert(tree, undo, &why), &why);
}

static void commit_makes_and_revert_restores_the_very_inodes(void **state)
{
	struct fault why = FAULT_INIT;
	auto_tree tree = host_case_open(*state);
	auto_free char *before = scratch_dump(*state, true);
	auto_free char *after = NULL;
	auto_plan plan = PLAN_INIT;
	auto_undo undo = NULL;

	host_case_plan(tree, &plan);
	assert_ok(tree->ops->stage(tree, &plan, HOST_CASE_KEEP, &undo, &why), &why);
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

/* What another program writes between stage and commit is not lost. */
static void what_is_written_while_it_is_staged_stays(void **state)
{
	static const char *const theirs[] = {"etc/ssl/certs/a.pem", "etc/ssl/b.pem", "new/dir/n"};

	for (size_t i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++) {
		struct fault why = FAULT_INIT;
		auto_tree tree = host_case_open(*state);
		auto_plan plan = PLAN_INIT;
		auto_undo undo = NULL;
		FILE *file;

		host_case_plan(tree, &plan);
		assert_ok(tree->ops->stage(tree, &plan, HOST_CASE_KEEP, &undo, &why), &why);
		file = fopen(scratch_path(*state, theirs[i]), "w");
		assert_non_null(file);
		assert_true(fputs("theirs", file) >= 0);
		assert_int_equal(fclose(file), 0);
		assert_fault(tree->ops->commit(tree, undo, &why), &why, FAULT_REFUSED,
			"another program has just written");
		fault_clear(&why);
		assert_ok(tree->ops->revert(tree, undo, &why), &why);
		scratch_holds(*state, theirs[i], "theirs");
	}
}

/* Nor what it writes after every look, whatever the step does. */
static void what_is_written_just_before_the_rename_stays(void **state)
{
	static const struct {
		const char *path;
		enum entry_kind before, after;
	} rows[] = {
		{"etc/ssl/b.pem", ENTRY_FILE, ENTRY_FILE},
		{"etc/ssl/b.pem", ENTRY_FILE, ENTRY_SYMLINK},
		{"etc/ssl/b.pem", ENTRY_FILE, ENTRY_NONE},
		{"etc/ssl/n.pem", ENTRY_NONE, ENTRY_FILE},
		{"etc/ssl/n.pem", ENTRY_NONE, ENTRY_SYMLINK},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fault why = FAULT_INIT;
		auto_tree tree = host_case_open(*state);
		auto_plan plan = PLAN_INIT;
		auto_view view = view_make(tree, &plan);
		auto_undo undo = NULL;
		auto_free char *dump = NULL;
		auto_free char *path = NULL;

		if (rows[i].before == ENTRY_FILE)
			scratch_write(*state, rows[i].path, "B", 0644);
		assert_true(asprintf(&path, "/%s", rows[i].path) > 0);
		assert_ok(rows[i].after == ENTRY_FILE
				  ? view_put_file(&view, path, "N", 1, 0644, &why)
			  : rows[i].after == ENTRY_SYMLINK
				  ? view_put_link(&view, path, "elsewhere", &why)
				  : view_remove(&view, path, &why),
			&why);
		assert_ok(tree->ops->stage(tree, &plan, HOST_CASE_KEEP, &undo, &why), &why);
		race_path = scratch_path(*state, rows[i].path);
		assert_fault(tree->ops->commit(tree, undo, &why), &why, FAULT_REFUSED,
			"another program has just written");
		fault_clear(&why);
		assert_ok(tree->ops->revert(tree, undo, &why), &why);
		scratch_holds(*state, rows[i].path, "theirs");
		dump = scratch_dump(*state, false);
		assert_null(strstr(dump, ".trustfix"));
		assert_int_equal(unlink(scratch_path(*state, rows[i].path)), 0);
	}
}

/* As on NFS, or with a kernel before 3.15. */
static void without_an_exchange_the_last_look_comes_first(void **state)
{
	static const int errors[] = {EINVAL, ENOSYS};

	for (size_t i = 0; i < 4; i++) {
		struct fault why = FAULT_INIT;
		auto_tree tree = host_case_open(*state);
		auto_plan plan = PLAN_INIT;
		auto_undo undo = NULL;
		int rc;

		host_case_plan(tree, &plan);
		assert_ok(tree->ops->stage(tree, &plan, HOST_CASE_KEEP, &undo, &why), &why);
		if (i % 2)
			scratch_write(*state, "etc/ssl/b.pem", "theirs", 0644);
		rename_errno = errors[i / 2];
		rc = tree->ops->commit(tree, undo, &why);
		rename_errno = 0;
		if (i % 2) {
			assert_fault(rc, &why, FAULT_REFUSED, "another program has just written");
		} else {
			assert_ok(rc, &why);
			scratch_holds(*state, "etc/ssl/certs/a.pem", "new A");
			assert_int_equal(access(scratch_path(*state, "etc/ssl/b.pem"), F_OK), -1);
		}
		fault_clear(&why);
		assert_ok(tree->ops->revert(tree, undo, &why), &why);
		scratch_holds(*state, "etc/ssl/b.pem", i % 2 ? "theirs" : "B");
		scratch_write(*state, "etc/ssl/b.pem", "B", 0644);
	}
}

static void the_running_system_is_live_by_whatever_name(void **state)
{
	const char *link = scratch_path(*state, "root");
	const char *const names[] = {"/", "/.", "//", "/../", link};

	assert_int_equal(symlink("/", link), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct fault why = FAULT_INIT;
		auto_tree tree = NULL;

		assert_ok(host_open(names[i], &tree, &why), &why);
		assert_true(tree->is_live);
		assert_string_equal(tree->label, "/");
	}
	{
		auto_tree tree = host_case_open(*state);

		assert_false(tree->is_live);
	}
}

static void a_directory_that_others_use_by_now_stays(void **state)
{
	struct fault why = FAULT_INIT;
	auto_tree tree = host_case_open(*state);
	auto_plan plan = PLAN_INIT;
	auto_undo undo = NULL;

	host_case_plan(tree, &plan);
	assert_ok(tree->ops->stage(tree, &plan, HOST_CASE_KEEP, &undo, &why), &why);
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
		auto_tree tree = host_case_open(*state);
		auto_free char *after = NULL;
		auto_plan plan = PLAN_INIT;
		auto_undo undo = NULL;
		size_t n;

		host_case_plan(tree, &plan);
		assert_ok(tree->ops->stage(tree, &plan, HOST_CASE_KEEP, &undo, &why), &why);
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
	auto_tree tree = host_case_open(*state);
	const char *path = scratch_path(*state, "etc/ssl/certs/a.pem");
	auto_plan plan = PLAN_INIT;
	auto_undo undo = NULL;
	char value[8] = "";
	struct stat st;

	assert_int_equal(setxattr(path, "user.note", "kept", 4, 0), 0);
	assert_int_equal(chown(path, 1234, 4321), 0);
	assert_int_equal(chmod(path, 06640), 0);
	host_case_plan(tree, &plan);
	assert_ok(tree->ops->stage(tree, &plan, HOST_CASE_KEEP, &undo, &why), &why);
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
	auto_tree tree = host_case_open(*state);

	assert_ok(tree->ops->put(tree, HOST_CASE_KEEP "/record.json", "{}", 2, 0600, &why), &why);
	assert_ok(tree->ops->put(tree, HOST_CASE_KEEP "/record.json", "[]", 2, 0600, &why), &why);
	scratch_holds(*state, "var/lib/trustfix/journal/1/record.json", "[]");
	assert_int_equal(scratch_mode(*state, "var/lib/trustfix/journal/1/record.json"), 0600);
	assert_fault(tree->ops->drop(tree, HOST_CASE_KEEP, &why), &why, FAULT_SYSTEM, "not empty");
	assert_ok(tree->ops->drop(tree, HOST_CASE_KEEP "/record.json", &why), &why);
	assert_ok(tree->ops->drop(tree, HOST_CASE_KEEP, &why), &why);
	assert_ok(tree->ops->drop(tree, HOST_CASE_KEEP, &why), &why);
	assert_ok(tree->ops->drop(tree, "/no/such/dir", &why), &why);
	assert_ok(tree->ops->put(tree, HOST_CASE_KEEP "/record.json", "{}", 2, 0600, &why), &why);
}

/* false: it went well. */
static bool fails_and_is_put_back(const char *dir, size_t n)
{
	struct fault why = FAULT_INIT;
	struct fault broken = FAULT_INIT;
	auto_tree tree = host_case_open(dir);
	auto_plan plan = PLAN_INIT;
	auto_undo undo = NULL;
	int rc;

	host_case_plan(tree, &plan);
	fail_at = n;
	rc = tree->ops->stage(tree, &plan, HOST_CASE_KEEP, &undo, &why);
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

static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, host_case_setup, host_case_teardown)
	TEST(views_never_lead_out_of_the_root),
	TEST(a_root_that_is_no_directory_is_told),
	TEST(stage_changes_nothing_that_a_client_sees),
	TEST(commit_makes_and_revert_restores_the_very_inodes),
	cmocka_unit_test_setup_teardown(
		what_is_written_while_it_is_staged_stays, host_case_setup, host_case_teardown),
	cmocka_unit_test_setup_teardown(
		the_running_system_is_live_by_whatever_name, host_case_setup, host_case_teardown),
	TEST(what_is_written_just_before_the_rename_stays),
	TEST(without_an_exchange_the_last_look_comes_first),
	TEST(a_directory_that_others_use_by_now_stays),
	TEST(an_undo_of_a_killed_run_puts_back_what_was_done),
	TEST(put_and_drop_serve_the_journal),
	TEST(a_failure_at_any_step_leaves_everything_as_before),
};

/* They make devices and owners. */
static const struct CMUnitTest root_tests[] = {
	TEST(hostile_things_are_told_and_never_read),
	TEST(attributes_and_owner_stay),
};

int main(void)
{
	int failed = run_group("host", tests);

	return geteuid() == 0 ? failed + run_group("host as root", root_tests) : failed;
}
