/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sys/lock.h"

#include <errno.h>
#include <sys/file.h>
#include <time.h>

int lock_take(int fd, struct deadline deadline, bool *ret_waited, struct fault *why)
{
	const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
	bool waited = false;

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return fault_sys(why, "cannot lock");
		if (deadline_left_ms(deadline) == 0)
			return fault_set(
				why, FAULT_LIMIT, "another run holds the lock and did not end");
		waited = true;
		nanosleep(&pause, NULL);
	}
	*ret_waited = waited;
	return 0;
}
