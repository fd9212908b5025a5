/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <stdatomic.h>
#include <time.h>

#include "src/sys/clock.h"
#include "src/sys/parallel.h"

#define ITEMS_N 200

static atomic_int times[ITEMS_N];
static atomic_int at_once;
static atomic_int most_at_once;

static void count(void *arg, size_t i)
{
	(void)arg;
	times[i]++;
}

static void pause_ms(long ms)
{
	const struct timespec pause = {.tv_nsec = ms * 1000000};

	nanosleep(&pause, NULL);
}

/* As a silent peer: nothing to compute, only to wait. */
static void wait_long(void *arg, size_t i)
{
	int now = ++at_once;

	(void)arg;
	(void)i;
	if (now > most_at_once)
		most_at_once = now;
	pause_ms(400);
	at_once--;
}

static void everything_is_done_once(void **state)
{
	static const size_t sizes[] = {0, 1, 2, 9, ITEMS_N};

	(void)state;
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		struct fault why = FAULT_INIT;

		for (size_t i = 0; i < ITEMS_N; i++)
			times[i] = 0;
		assert_ok(parallel_run(sizes[s], false, count, NULL, &why), &why);
		for (size_t i = 0; i < ITEMS_N; i++)
			assert_int_equal(times[i], i < sizes[s]);
		assert_ok(parallel_run(sizes[s], true, count, NULL, &why), &why);
		for (size_t i = 0; i < ITEMS_N; i++)
			assert_int_equal(times[i], 2 * (i < sizes[s]));
	}
}

static void those_that_wait_wait_together(void **state)
{
	struct fault why = FAULT_INIT;
	int64_t began = clock_ms();

	(void)state;
	assert_ok(parallel_run(100, false, wait_long, NULL, &why), &why);
	/* One after another they would take 40 seconds, eight at a time 5. */
	assert_true(clock_ms() - began < 3000);
	assert_true(most_at_once > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_done_once),
		cmocka_unit_test(those_that_wait_wait_together),
	};

	return run_group("crowd", tests);
}
