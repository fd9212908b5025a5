/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sys/clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "src/base/text.h"

int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#define YEAR_9999_END 253402300799u /* the latest time RFC 3339 can express */

int64_t clock_source_date(int64_t otherwise)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	uint64_t seconds;

	return text && text_number(text, YEAR_9999_END, &seconds) ? (int64_t)seconds : otherwise;
}

int clock_check_source_date(struct fault *why)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");

	if (!text || !*text || clock_source_date(-1) >= 0)
		return 0;
	return fault_set(why, FAULT_USAGE,
		"SOURCE_DATE_EPOCH is '%s', which is not a number of seconds since 1970", text);
}

struct deadline deadline_in(int64_t ms)
{
	return (struct deadline){.at_ms = clock_ms() + ms};
}

int deadline_left_ms(struct deadline deadline)
{
	int64_t left = deadline.at_ms - clock_ms();

	return left <= 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

int deadline_wait(struct deadline deadline, int fd, short events, struct fault *why)
{
	for (;;) {
		struct pollfd one = {.fd = fd, .events = events};
		int n = poll(&one, 1, deadline_left_ms(deadline));

		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return fault_sys(why, "cannot wait");
		if (deadline_left_ms(deadline) == 0)
			return fault_set(why, FAULT_LIMIT, "timed out");
	}
}

bool deadline_wait_cond(struct deadline deadline, pthread_cond_t *cond, pthread_mutex_t *lock)
{
	const struct timespec until = {
		.tv_sec = deadline.at_ms / 1000,
		.tv_nsec = deadline.at_ms % 1000 * 1000000,
	};

	return pthread_cond_clockwait(cond, lock, CLOCK_MONOTONIC, &until) == 0;
}
