/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "src/base/cleanup.h"
#include "src/sys/fd.h"

static int open_lock(void)
{
	int fd = open("build/test_lock.file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	return fd;
}

static void a_free_lock_is_taken_at_once(void **state)
{
	struct fault why = FAULT_INIT;
	auto_fd fd = open_lock();
	bool waited = true;

	(void)state;
	assert_ok(fd_lock(fd, deadline_in(0), &waited, &why), &why);
	assert_false(waited);
}

static void a_held_lock_is_waited_for_until_the_deadline(void **state)
{
	struct fault why = FAULT_INIT;
	auto_fd mine = open_lock();
	auto_fd other = open_lock();
	bool waited = false;

	(void)state;
	assert_int_equal(flock(other, LOCK_EX), 0);
	assert_fault(fd_lock(mine, deadline_in(50), &waited, &why), &why, FAULT_LIMIT,
		"another run still holds the lock");
}

static void a_run_that_dies_lets_go(void **state)
{
	const struct timespec pause = {.tv_nsec = 100 * 1000 * 1000};
	struct fault why = FAULT_INIT;
	auto_fd mine = open_lock();
	bool waited = false;
	int ready[2];
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		int fd = open_lock();

		flock(fd, LOCK_EX);
		close(ready[1]);
		nanosleep(&pause, NULL);
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 0);
	close(ready[0]);
	assert_ok(fd_lock(mine, deadline_in(5000), &waited, &why), &why);
	assert_true(waited);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink("build/test_lock.file");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_teardown(a_free_lock_is_taken_at_once, remove_file),
	cmocka_unit_test_teardown(a_held_lock_is_waited_for_until_the_deadline, remove_file),
	cmocka_unit_test_teardown(a_run_that_dies_lets_go, remove_file),
};

int main(void)
{
	return run_group("lock", tests);
}
