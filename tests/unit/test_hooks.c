/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/limits.h"
#include "src/journal/hooks.h"
#include "src/sys/fd.h"

/* An empty /etc of this program alone, with the directory of hooks. */
static int private_etc(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNS) < 0)
		return -1;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 && errno != EINVAL)
		return -1;
	return mount("none", "/etc", "tmpfs", 0, "mode=0755") < 0 ||
			       mkdir("/etc/trustfix", 0755) < 0 ||
			       mkdir(TRUSTFIX_ETC_HOOKDIR, 0755) < 0
		       ? -1
		       : 0;
}

static int restored_etc(void **state)
{
	(void)state;
	return umount2("/etc", MNT_DETACH);
}

static void hook(const char *name, const char *text, mode_t mode)
{
	char path[sizeof(TRUSTFIX_ETC_HOOKDIR) + 64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", TRUSTFIX_ETC_HOOKDIR, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fprintf(file, "#!/bin/sh\n%s\n", text) > 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

/* What the hooks wrote, the caller's. */
static struct buf written(const char *path)
{
	struct buf bytes = buf_make(LIMIT_MIB);
	struct fault why = FAULT_INIT;

	assert_ok(fd_read_file(path, &bytes, &why), &why);
	unlink(path);
	return bytes;
}

struct case_of {
	struct undo_step steps[4];
	struct undo undo;
	struct record record;
};

static void make_case(struct case_of *it)
{
	static char *added[] = {(char *)"aa"};
	static char *removed[] = {(char *)"bb"};
	static char *stores[] = {(char *)"/etc/ssl/certs", (char *)"/two\nadded cc"};

	*it = (struct case_of){
		.steps = {{.path = (char *)"/etc/new", .after = {.kind = ENTRY_FILE}},
			{.path = (char *)"/etc/old",
				.before = {.kind = ENTRY_FILE},
				.after = {.kind = ENTRY_NONE}},
			{.path = (char *)"/etc/dir", .after = {.kind = ENTRY_DIR}},
			{.path = (char *)JOURNAL_DIR "/installed.json",
				.after = {.kind = ENTRY_FILE}}},
		.record = {.id = 7,
			.action = (char *)"install",
			.family = (char *)"debian",
			.added = {added, 1},
			.removed = {removed, 1},
			.stores = {stores, 2}},
	};
	it->undo = (struct undo){it->steps, 4};
	it->record.undo = &it->undo;
}

static void what_changed_comes_on_standard_input(void **state)
{
	static const struct {
		const char *action, *input;
	} rows[] = {
		{"install", "store /etc/ssl/certs\nadded aa\nremoved bb\nfile-added /etc/new\n"
			    "file-removed /etc/old\n"},
		{"undo", "store /etc/ssl/certs\nadded bb\nremoved aa\nfile-removed /etc/new\n"
			 "file-added /etc/old\n"},
		{"revert", "store /etc/ssl/certs\nadded bb\nremoved aa\nfile-removed /etc/new\n"
			   "file-added /etc/old\n"},
	};
	struct case_of it;

	(void)state;
	make_case(&it);
	hook("10-input", "cat >/etc/input; env | sort >/etc/env", 0755);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fault why = FAULT_INIT;
		auto_names notes = NAMES_INIT;

		assert_ok(hooks_run(&it.record, rows[i].action, HOOKS_NOTIFY, &notes, &why), &why);
		auto_buf input = written("/etc/input");
		auto_buf env = written("/etc/env");

		assert_string_equal(buf_text(&input), rows[i].input);
		assert_non_null(strstr(buf_text(&env), "TRUSTFIX_TRANSACTION=7\n"));
		assert_non_null(strstr(buf_text(&env), rows[i].action));
		assert_int_equal(notes.n, 0);
	}
	unlink(TRUSTFIX_ETC_HOOKDIR "/10-input");
}

/* More than a pipe holds, to a program that ends without a look at it. */
static void a_hook_need_not_read_it(void **state)
{
	struct case_of it;
	struct fault why = FAULT_INIT;
	auto_names notes = NAMES_INIT;
	auto_names many = NAMES_INIT;

	(void)state;
	make_case(&it);
	for (size_t i = 0; i < 5000; i++)
		assert_ok(names_addf(&many, &why, "%064zx", i), &why);
	it.record.added = many;
	hook("10-deaf", "exit 0", 0755);
	assert_ok(hooks_run(&it.record, "install", HOOKS_ALL, &notes, &why), &why);
	hook("10-deaf", "cat >/etc/input", 0755);
	assert_ok(hooks_run(&it.record, "install", HOOKS_ALL, &notes, &why), &why);
	auto_buf input = written("/etc/input");

	assert_true(input.len > 5000 * 64);
	unlink(TRUSTFIX_ETC_HOOKDIR "/10-deaf");
}

static void only_the_familys_refresh_runs_and_its_failure_is_a_fault(void **state)
{
	struct case_of it;
	struct fault why = FAULT_INIT;
	auto_names notes = NAMES_INIT;

	(void)state;
	make_case(&it);
	hook("refresh-debian", "echo W: told; echo so it is; exit 3", 0755);
	hook("refresh-arch", "touch /etc/arch", 0755);
	hook("20-notify", "touch /etc/notified; exit 1", 0755);
	assert_fault(hooks_run(&it.record, "install", HOOKS_REFRESH, &notes, &why), &why,
		FAULT_REFUSED, "'so it is'");
	assert_int_equal(access("/etc/arch", F_OK), -1);
	assert_int_equal(access("/etc/notified", F_OK), -1);
	assert_int_equal(notes.n, 1);
	assert_string_equal(notes.at[0], "hook 'refresh-debian': W: told");
	fault_clear(&why);
	assert_ok(hooks_run(&it.record, "install", HOOKS_NOTIFY, &notes, &why), &why);
	assert_int_equal(access("/etc/notified", F_OK), 0);
	assert_int_equal(notes.n, 2);
}

/* A link to /dev/null masks; what cannot be run is told where it has a part in the change. */
static void a_refresh_that_does_not_run_is_told_unless_it_is_masked(void **state)
{
	struct case_of it;
	struct fault why = FAULT_INIT;
	auto_names notes = NAMES_INIT;

	(void)state;
	make_case(&it);
	hook("refresh-debian", "exit 1", 0644);
	assert_ok(hooks_run(&it.record, "install", HOOKS_REFRESH, &notes, &why), &why);
	assert_int_equal(notes.n, 1);
	assert_non_null(strstr(notes.at[0], "is not executable"));
	assert_int_equal(unlink(TRUSTFIX_ETC_HOOKDIR "/refresh-debian"), 0);
	assert_int_equal(symlink("/dev/null", TRUSTFIX_ETC_HOOKDIR "/refresh-debian"), 0);
	assert_ok(hooks_run(&it.record, "install", HOOKS_REFRESH, &notes, &why), &why);
	assert_int_equal(notes.n, 1);
	assert_false(hooks_have("refresh-debian"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_changed_comes_on_standard_input, private_etc, restored_etc),
		cmocka_unit_test_setup_teardown(a_hook_need_not_read_it, private_etc, restored_etc),
		cmocka_unit_test_setup_teardown(
			only_the_familys_refresh_runs_and_its_failure_is_a_fault, private_etc,
			restored_etc),
		cmocka_unit_test_setup_teardown(
			a_refresh_that_does_not_run_is_told_unless_it_is_masked, private_etc,
			restored_etc),
	};

	signal(SIGPIPE, SIG_IGN); /* as main.c does */
	return run_group("hooks", tests);
}
