/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_LOCK_H
#define TRUSTFIX_LOCK_H

/* One writer at a time: flock(2) on a file; the kernel releases it if a run is killed. */

#include <stdbool.h>

#include "src/base/fault.h"
#include "src/sys/clock.h"

/*
 * Lock the open file `fd` exclusively; waits for another run until the deadline.  `*ret_waited`
 * says whether it had to wait.  Closing fd unlocks it.  FAULT_LIMIT: the other run did not end in
 * time; FAULT_SYSTEM.
 */
int lock_take(int fd, struct deadline deadline, bool *ret_waited, struct fault *why);

#endif
