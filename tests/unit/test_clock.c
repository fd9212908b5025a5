/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include "src/sys/clock.h"

static void a_deadline_runs_down_to_nothing(void **state)
{
	(void)state;
	assert_int_equal(deadline_left_ms(deadline_in(-5)), 0);
	assert_int_equal(deadline_left_ms(deadline_in(0)), 0);
	assert_in_range(deadline_left_ms(deadline_in(5000)), 4000, 5000);
	assert_int_equal(deadline_left_ms(deadline_in((int64_t)INT_MAX * 4)), INT_MAX);
}

static void waiting_ends_when_ready_or_late(void **state)
{
	struct fault why = FAULT_INIT;
	int64_t began = clock_ms();
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_ok(deadline_wait(deadline_in(1000), fds[1], POLLOUT, &why), &why);
	assert_fault(deadline_wait(deadline_in(30), fds[0], POLLIN, &why), &why, FAULT_LIMIT,
		"timed out");
	assert_in_range(clock_ms() - began, 30, 900);
	close(fds[1]);
	assert_ok(deadline_wait(deadline_in(1000), fds[0], POLLIN, &why), &why);
	close(fds[0]);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_deadline_runs_down_to_nothing),
	cmocka_unit_test(waiting_ends_when_ready_or_late),
};

int main(void)
{
	return run_group("clock", tests);
}
