/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "src/base/cleanup.h"
#include "src/sys/clock.h"
#include "src/sys/fd.h"
#include "src/sys/replace.h"
#include "tests/unit/scratch.h"

/* The n-th of the calls that test_fd.ld wraps fails once; a write may also be cut short or
 * interrupted. */
static size_t fail_at;
static size_t write_most = SIZE_MAX;
static bool interrupt_next;
static bool needs_names; /* a file system without O_TMPFILE */

static bool fails_now(void)
{
	if (fail_at == 0 || --fail_at > 0)
		return false;
	errno = EIO;
	return true;
}

ssize_t __real_write(int fd, const void *bytes, size_t len);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
	if (interrupt_next) {
		interrupt_next = false;
		errno = EINTR;
		return -1;
	}
	return fails_now() ? -1 : __real_write(fd, bytes, len < write_most ? len : write_most);
}

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
	return fails_now() ? -1 : __real_fsync(fd);
}

int __real_renameat(int dir, const char *name, int to_dir, const char *to);
int __wrap_renameat(int dir, const char *name, int to_dir, const char *to);
int __wrap_renameat(int dir, const char *name, int to_dir, const char *to)
{
	return fails_now() ? -1 : __real_renameat(dir, name, to_dir, to);
}

int __real_openat(int dir, const char *name, int flags, ...);
int __wrap_openat(int dir, const char *name, int flags, mode_t mode);
int __wrap_openat(int dir, const char *name, int flags, mode_t mode)
{
	/* Its failure is no failure: then the file has a name. */
	if ((flags & O_TMPFILE) == O_TMPFILE) {
		errno = EOPNOTSUPP;
		return needs_names ? -1 : __real_openat(dir, name, flags, mode);
	}
	return fails_now() ? -1 : __real_openat(dir, name, flags, mode);
}

int __real_linkat(int dir, const char *name, int to_dir, const char *to, int flags);
int __wrap_linkat(int dir, const char *name, int to_dir, const char *to, int flags);
int __wrap_linkat(int dir, const char *name, int to_dir, const char *to, int flags)
{
	return fails_now() ? -1 : __real_linkat(dir, name, to_dir, to, flags);
}

static int setup(void **state)
{
	*state = scratch_make();
	return 0;
}

static int teardown(void **state)
{
	needs_names = false;
	scratch_remove(*state);
	return 0;
}

/* Fail its first call, its second ...; it succeeds when it makes no more than `calls`. */
static void write_with_failures(const char *dir, size_t calls)
{
	struct fault why = FAULT_INIT;
	const char *path = scratch_path(dir, "file");
	int rc = -1;

	for (size_t n = 1; rc < 0; n++) {
		auto_free char *dump = NULL;

		fail_at = n;
		rc = fd_write_file(path, 0644, "new", 3, &why);
		fail_at = 0;
		dump = scratch_dump(dir, false);
		/* The last failure is of the directory's sync, behind the rename. */
		assert_true(strstr(dump, " old\n") || strstr(dump, " new\n"));
		assert_null(strstr(dump, ".trustfix-"));
		if (rc < 0)
			assert_fault(rc, &why, FAULT_SYSTEM, "Input/output error");
		assert_true(rc < 0 || n == calls + 1);
	}
	scratch_holds(dir, "file", "new");
	assert_int_equal(scratch_mode(dir, "file"), 0640);
}

static void a_file_is_written_whole_or_not_at_all(void **state)
{
	scratch_write(*state, "file", "old", 0640);
	needs_names = true;
	write_with_failures(*state, 5);
}

static void a_file_without_a_name_is_written_whole_or_not_at_all(void **state)
{
	scratch_write(*state, "file", "old", 0640);
	write_with_failures(*state, 6);
}

/* What is there before the commit, of the one and of the other. */
static void what_is_not_committed_has_no_name(void **state)
{
	for (int i = 0; i < 2; i++) {
		struct fault why = FAULT_INIT;
		struct replace it = REPLACE_INIT;
		auto_free char *dump = NULL;
		auto_fd dir_fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		needs_names = i == 1;
		assert_ok(replace_begin(&it, dir_fd, &why), &why);
		dump = scratch_dump(*state, false);
		assert_int_equal(strstr(dump, ".trustfix-") != NULL, needs_names);
		assert_ok(replace_commit(&it, dir_fd, "new", &why), &why);
		scratch_holds(*state, "new", "");
		assert_int_equal(it.fd, -1);
		replace_abort(&it);
	}
}

static void short_and_interrupted_writes_go_on(void **state)
{
	struct fault why = FAULT_INIT;
	int rc;

	write_most = 2;
	interrupt_next = true;
	rc = fd_write_file(scratch_path(*state, "file"), 0600, "seven..", 7, &why);
	write_most = SIZE_MAX;
	assert_ok(rc, &why);
	scratch_holds(*state, "file", "seven..");
	assert_int_equal(scratch_mode(*state, "file"), 0600);
}

static void a_link_is_followed_and_kept(void **state)
{
	struct fault why = FAULT_INIT;
	char target[16] = "";

	scratch_write(*state, "real", "old", 0600);
	scratch_link(*state, "link", "real");
	assert_ok(fd_write_file(scratch_path(*state, "link"), 0644, "new", 3, &why), &why);
	assert_int_equal(readlink(scratch_path(*state, "link"), target, sizeof(target)), 4);
	scratch_holds(*state, "real", "new");
}

/* As a shell's '>' has it; what leads in a circle or cannot be looked at is not taken for missing.
 */
static void a_link_to_nothing_is_followed_and_kept(void **state)
{
	static const char *const faulty[] = {"loop", "nowhere", "real/x"};
	struct fault why = FAULT_INIT;
	char target[16] = "";

	scratch_write(*state, "dir/there", "", 0600);
	scratch_link(*state, "dir/second", "real");
	scratch_link(*state, "link", "dir/second");
	assert_ok(fd_write_file(scratch_path(*state, "link"), 0640, "new", 3, &why), &why);
	assert_int_equal(readlink(scratch_path(*state, "link"), target, sizeof(target)), 10);
	scratch_holds(*state, "dir/real", "new");
	assert_int_equal(scratch_mode(*state, "dir/real"), 0640);
	scratch_link(*state, "loop", "loop");
	scratch_link(*state, "nowhere", "no/such/dir");
	scratch_write(*state, "real", "", 0600);
	for (size_t i = 0; i < sizeof(faulty) / sizeof(faulty[0]); i++) {
		why = (struct fault)FAULT_INIT;
		assert_fault(fd_write_file(scratch_path(*state, faulty[i]), 0640, "new", 3, &why),
			&why, FAULT_SYSTEM, "cannot ");
	}
	assert_int_equal(readlink(scratch_path(*state, "loop"), target, sizeof(target)), 4);
}

/* sudo and a file of the user's. */
static void the_owner_and_the_attributes_stay(void **state)
{
	struct fault why = FAULT_INIT;
	const char *path = scratch_path(*state, "file");
	char value[8] = "";
	struct stat st;

	scratch_write(*state, "file", "old", 0600);
	assert_int_equal(setxattr(path, "user.note", "kept", 4, 0), 0);
	assert_int_equal(chown(path, 1234, 4321), 0);
	assert_int_equal(chmod(path, 0660), 0);
	assert_ok(fd_write_file(path, 0644, "new", 3, &why), &why);
	path = scratch_path(*state, "file");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_uid, 1234);
	assert_int_equal(st.st_gid, 4321);
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_int_equal(getxattr(path, "user.note", value, sizeof(value)), 4);
}

static void devices_are_written_as_they_are(void **state)
{
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(fd_write_file("/dev/null", 0644, "x", 1, &why), &why);
	assert_fault(fd_write_file("/no/such/dir/x", 0644, "x", 1, &why), &why, FAULT_SYSTEM,
		"cannot open directory '/no/such/dir'");
}

/* What a child writes into a pipe, piece by piece as the pipe has room. */
static void read_pipe(const struct buf *text, struct buf *ret)
{
	struct fault why = FAULT_INIT;
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(fd_write_all(fds[1], text->bytes, text->len, "pipe", &why) < 0);
	close(fds[1]);
	assert_ok(fd_read_all(fds[0], "pipe", ret, &why), &why);
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Of sizes about those of a read; a pipe does not say how much is in it. */
static void all_is_read_of_files_and_pipes(void **state)
{
	static const size_t sizes[] = {0, 1, 62, 63, 64, 65535, 65536, 65537, 200000};
	struct fault why = FAULT_INIT;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		auto_buf bytes = buf_make(200000);
		auto_buf text = buf_make(200000);
		auto_fd fd = -1;

		for (size_t n = 0; n < sizes[i]; n++)
			buf_add_byte(&text, (uint8_t)('a' + n % 23));
		scratch_write(*state, "file", buf_text(&text), 0600);
		fd = open(scratch_path(*state, "file"), O_RDONLY);
		assert_ok(fd_read_all(fd, "it", &bytes, &why), &why);
		assert_bytes(bytes.bytes, bytes.len, text.bytes, text.len);
		buf_clear(&bytes);
		read_pipe(&text, &bytes);
		assert_bytes(bytes.bytes, bytes.len, text.bytes, text.len);
	}
}

static void what_says_no_size_is_read(void **state)
{
	struct fault why = FAULT_INIT;
	auto_buf bytes = buf_make(1 << 20);
	auto_fd fd = open("/proc/self/status", O_RDONLY);

	(void)state;
	assert_ok(fd_read_all(fd, "it", &bytes, &why), &why);
	assert_non_null(strstr(buf_text(&bytes), "nonvoluntary_ctxt_switches"));
}

/* Before it is read, too: a file of holes takes no time and no memory. */
static void more_than_the_ceiling_is_one_fault(void **state)
{
	struct fault why = FAULT_INIT;
	auto_buf bytes = buf_make(1000);
	auto_fd fd = -1;

	scratch_write(*state, "file", "start", 0600);
	assert_int_equal(truncate(scratch_path(*state, "file"), (off_t)1 << 40), 0);
	fd = open(scratch_path(*state, "file"), O_RDONLY);
	assert_fault(fd_read_all(fd, "it", &bytes, &why), &why, FAULT_LIMIT,
		"it is larger than 1000 bytes");
	assert_fault(fd_read_all(fd, "it", &bytes, &why), &why, FAULT_LIMIT, "larger");
	assert_true(bytes.len <= 1000);
}

static void only_files_are_read_and_up_to_the_ceiling(void **state)
{
	struct fault why = FAULT_INIT;
	auto_buf bytes = buf_make(5), few = buf_make(4);

	scratch_write(*state, "file", "12345", 0600);
	assert_ok(fd_read_file(scratch_path(*state, "file"), &bytes, &why), &why);
	assert_string_equal(buf_text(&bytes), "12345");
	assert_fault(fd_read_file(scratch_path(*state, "file"), &few, &why), &why, FAULT_LIMIT,
		"larger than 4");
	assert_fault(fd_read_file("/dev/zero", &bytes, &why), &why, FAULT_FORMAT, "not a file");
	assert_fault(fd_read_file(*state, &bytes, &why), &why, FAULT_FORMAT, "not a file");
	assert_fault(fd_read_file(scratch_path(*state, "none"), &bytes, &why), &why, FAULT_SYSTEM,
		"cannot open");
}

struct deadline __real_deadline_in(int64_t ms);
struct deadline __wrap_deadline_in(int64_t ms);
struct deadline __wrap_deadline_in(int64_t ms)
{
	return __real_deadline_in(ms / 20);
}

/* It is not empty: nothing is known of it yet. */
static void a_pipe_is_waited_for_and_not_for_ever(void **state)
{
	struct fault why = FAULT_INIT;
	auto_buf bytes = buf_make(100);
	const char *path = scratch_path(*state, "fifo");
	pid_t pid;

	assert_int_equal(mkfifo(path, 0600), 0);
	assert_fault(
		fd_read_file(path, &bytes, &why), &why, FAULT_LIMIT, "nobody writes to the pipe '");
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		usleep(50 * 1000);
		_exit(__real_write(open(path, O_WRONLY), "late", 4) != 4);
	}
	assert_ok(fd_read_file(path, &bytes, &why), &why);
	assert_string_equal(buf_text(&bytes), "late");
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* A child makes `n` temporary files, and ends as told. */
static int run_child(const char *dir, int n, int number)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (number)
			signal(number, SIG_DFL); /* a shell's background jobs ignore SIGINT */
		temps_install();
		for (int i = 0; i < n; i++) {
			struct fault why = FAULT_INIT;
			struct replace it = REPLACE_INIT;

			if (replace_begin(&it, fd, &why) < 0)
				_exit(9);
			if (i == 70 && replace_commit(&it, fd, "kept", &why) < 0)
				_exit(8);
			if (i != 70)
				close(it.fd);
		}
		if (number)
			raise(number);
		exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void temporary_files_go_with_the_run_however_many(void **state)
{
	static const int numbers[] = {0, SIGINT, SIGTERM, SIGHUP};

	needs_names = true;
	for (size_t i = 0; i < 4; i++) {
		int status = run_child(*state, 300, numbers[i]);
		auto_free char *dump = scratch_dump(*state, false);

		if (numbers[i])
			assert_true(WIFSIGNALED(status) && WTERMSIG(status) == numbers[i]);
		else
			assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		assert_non_null(strstr(dump, "/kept "));
		assert_null(strstr(dump, ".trustfix-"));
	}
}

static void a_closed_standard_stream_is_no_files_number(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		close(STDIN_FILENO);
		close(STDERR_FILENO);
		fd_hold_standard();
		if (open("/dev/null", O_RDWR | O_CLOEXEC) <= STDERR_FILENO)
			_exit(9);
		if (__real_write(STDERR_FILENO, "x", 1) != -1 || errno != EBADF)
			_exit(8);
		_exit(fcntl(STDOUT_FILENO, F_GETFD) == 0 ? 0 : 7);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	TEST(a_file_is_written_whole_or_not_at_all),
	TEST(a_file_without_a_name_is_written_whole_or_not_at_all),
	TEST(what_is_not_committed_has_no_name),
	TEST(short_and_interrupted_writes_go_on),
	TEST(a_link_is_followed_and_kept),
	TEST(a_link_to_nothing_is_followed_and_kept),
	TEST(devices_are_written_as_they_are),
	TEST(all_is_read_of_files_and_pipes),
	TEST(what_says_no_size_is_read),
	TEST(more_than_the_ceiling_is_one_fault),
	TEST(only_files_are_read_and_up_to_the_ceiling),
	TEST(a_pipe_is_waited_for_and_not_for_ever),
	TEST(temporary_files_go_with_the_run_however_many),
	TEST(a_closed_standard_stream_is_no_files_number),
};

static const struct CMUnitTest root_tests[] = {
	TEST(the_owner_and_the_attributes_stay),
};

int main(void)
{
	int failed = run_group("fd", tests);

	return geteuid() == 0 ? failed + run_group("fd as root", root_tests) : failed;
}
