/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that the kernel moves: few and many, to files and to pipes. */
#include "tests/unit/tf_cmocka.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "src/base/cleanup.h"
#include "src/base/limits.h"
#include "src/sys/fd.h"
#include "src/sys/copy_range.h"

/* More than one step, and no multiple of anything. */
#define MANY (129 * (int64_t)LIMIT_MIB + 4711)
#define FEW 70001

/* Somewhere in every step a byte that tells where it is. */
static uint8_t byte_at(int64_t at)
{
	return (uint8_t)(at / 4099 + 1);
}

static int file_of(int64_t size)
{
	struct fault why = FAULT_INIT;
	int fd = -1;

	assert_ok(fd_unnamed(NULL, &fd, &why), &why);
	assert_int_equal(ftruncate(fd, size), 0);
	for (int64_t at = 0; at < size; at += 1000003) {
		uint8_t byte = byte_at(at);

		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	}
	return fd;
}

static void check_moved(int fd, int64_t before, int64_t from, int64_t size)
{
	int64_t first = (from + 1000002) / 1000003 * 1000003;

	assert_int_equal(lseek(fd, 0, SEEK_CUR), before + size);
	assert_int_equal(lseek(fd, 0, SEEK_END), before + size);
	for (int64_t at = first; at < from + size; at += 1000003) {
		uint8_t byte = 0;

		assert_int_equal(pread(fd, &byte, 1, before + at - from), 1);
		if (byte != byte_at(at))
			fail_msg("byte %lld is another", (long long)at);
	}
}

static void ranges_come_to_where_the_file_stands(void **state)
{
	static const struct {
		int64_t at, size, before;
	} ranges[] = {{0, 0, 0}, {0, FEW, 0}, {3, FEW, 512}, {0, MANY, 0}, {777, MANY - 777, 13}};
	auto_fd from_fd = file_of(MANY);

	(void)state;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		struct fault why = FAULT_INIT;
		auto_fd to_fd = -1;

		assert_ok(fd_unnamed(NULL, &to_fd, &why), &why);
		assert_int_equal(lseek(to_fd, ranges[i].before, SEEK_SET), ranges[i].before);
		assert_ok(copy_range(from_fd, ranges[i].at, ranges[i].size, to_fd, "file", &why),
			&why);
		check_moved(to_fd, ranges[i].before, ranges[i].at, ranges[i].size);
	}
}

static void a_pipe_takes_what_no_copy_can(void **state)
{
	auto_fd from_fd = file_of(FEW);
	auto_fd read_fd = -1, write_fd = -1, to_fd = -1;
	struct fault why = FAULT_INIT;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	read_fd = ends[0];
	write_fd = ends[1];
	assert_ok(copy_range(from_fd, 1, 60000, write_fd, "pipe", &why), &why);
	assert_int_equal(close(steal_fd(&write_fd)), 0);
	assert_ok(fd_unnamed(NULL, &to_fd, &why), &why);
	assert_ok(copy_range_rest(read_fd, to_fd, "pipe", &why), &why);
	check_moved(to_fd, 0, 1, 60000);
}

static void a_file_that_is_too_short_is_told(void **state)
{
	auto_fd from_fd = file_of(MANY);
	static const int64_t sizes[] = {FEW, MANY};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct fault why = FAULT_INIT;
		auto_fd to_fd = -1;

		assert_int_equal(ftruncate(from_fd, sizes[i] - 1), 0);
		assert_ok(fd_unnamed(NULL, &to_fd, &why), &why);
		assert_fault(copy_range(from_fd, 0, sizes[i], to_fd, "file", &why), &why,
			FAULT_FORMAT, "'file' shrank");
		assert_int_equal(ftruncate(from_fd, MANY), 0);
	}
}

static void a_disk_that_is_full_is_told_at_once(void **state)
{
	const struct rlimit small = {100 * LIMIT_MIB, RLIM_INFINITY};
	const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
	auto_fd from_fd = file_of(MANY);
	struct fault why = FAULT_INIT;
	auto_fd to_fd = -1;
	int rc;

	(void)state;
	assert_ok(fd_unnamed(NULL, &to_fd, &why), &why);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	rc = copy_range(from_fd, 0, MANY, to_fd, "file", &why);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
	assert_fault(rc, &why, FAULT_SYSTEM, "cannot write 'file': File too large");
	assert_true(lseek(to_fd, 0, SEEK_CUR) <= 100 * LIMIT_MIB);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(ranges_come_to_where_the_file_stands),
	cmocka_unit_test(a_pipe_takes_what_no_copy_can),
	cmocka_unit_test(a_file_that_is_too_short_is_told),
	cmocka_unit_test(a_disk_that_is_full_is_told_at_once),
};

int main(void)
{
	return run_group("move", tests);
}
