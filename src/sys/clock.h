/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CLOCK_H
#define TRUSTFIX_CLOCK_H

/* Monotonic deadlines for everything that waits, and the date to give new files. */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "src/base/fault.h"

struct deadline {
	int64_t at_ms; /* CLOCK_MONOTONIC */
};

int64_t clock_ms(void);

/* The value of SOURCE_DATE_EPOCH in seconds since 1970 (reproducible-builds.org), or else
 * `otherwise`. */
int64_t clock_source_date(int64_t otherwise);

/* FAULT_USAGE: SOURCE_DATE_EPOCH is set but invalid; whoever sets it relies on it. */
int clock_check_source_date(struct fault *why);

struct deadline deadline_in(int64_t ms);

/* Milliseconds left, 0 once it has passed; never more than INT_MAX, so it fits poll(). */
int deadline_left_ms(struct deadline deadline);

/*
 * Wait until `fd` is ready for `events` (POLLIN, POLLOUT); returns 0 if it is, or if it has an
 * error that the next call on it will report.  FAULT_LIMIT "timed out" if the deadline passes
 * first.
 */
int deadline_wait(struct deadline deadline, int fd, short events, struct fault *why);

/* Call with `lock` held. false: the deadline passed; true: the condition was signaled, or a
 * spurious wakeup. */
bool deadline_wait_cond(struct deadline deadline, pthread_cond_t *cond, pthread_mutex_t *lock);

#endif
