/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CLOCK_H
#define TRUSTFIX_CLOCK_H

/* One monotonic deadline for everything that waits, and the date of what is made. */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "src/base/fault.h"

struct deadline {
	int64_t at_ms; /* CLOCK_MONOTONIC */
};

int64_t clock_ms(void);

/* Seconds since 1970 of SOURCE_DATE_EPOCH (reproducible-builds.org), or else `otherwise`. */
int64_t clock_source_date(int64_t otherwise);

/* FAULT_USAGE: it is set, and is none: who sets it relies on it. */
int clock_check_source_date(struct fault *why);

struct deadline deadline_in(int64_t ms);

/* Milliseconds left, 0 when it has passed; never more than INT_MAX: fit for poll(). */
int deadline_left_ms(struct deadline deadline);

/*
 * Wait until `fd` is ready for `events` (POLLIN, POLLOUT); 0 when it is, or has an error that the
 * next call on it will tell.  FAULT_LIMIT "timed out" when the deadline passes first.
 */
int deadline_wait(struct deadline deadline, int fd, short events, struct fault *why);

/* A condition to wait for with deadline_wait_cond(). */
void deadline_init_cond(pthread_cond_t *cond);

/* With `lock` held: false when the deadline passed; true on a signal, or for no reason at all. */
bool deadline_wait_cond(struct deadline deadline, pthread_cond_t *cond, pthread_mutex_t *lock);

#endif
