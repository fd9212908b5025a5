/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sys/parallel.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "src/base/limits.h"
#include "src/sys/clock.h"

struct pool {
	void (*work)(void *arg, size_t i);
	void *arg;
	size_t n;
	pthread_mutex_t lock; /* protects the fields below */
	pthread_cond_t moved;
	size_t next;
	size_t done;
	pthread_t threads[LIMIT_PARALLEL_THREADS];
	size_t started;
};

static void *parallel_thread(void *at)
{
	struct pool *pool = at;

	pthread_mutex_lock(&pool->lock);
	while (pool->next < pool->n) {
		size_t i = pool->next++;

		pthread_mutex_unlock(&pool->lock);
		pool->work(pool->arg, i);
		pthread_mutex_lock(&pool->lock);
		pool->done++;
		pthread_cond_signal(&pool->moved);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* Start threads until there are `wanted`; returns 0, or the error of pthread_create(3) for the one
 * that could not be started. */
static int grow(struct pool *pool, size_t wanted)
{
	pthread_attr_t attr;
	int rc = 0;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, LIMIT_PARALLEL_STACK);
	while (pool->started < wanted && pool->started < LIMIT_PARALLEL_THREADS &&
		pool->started < pool->n && rc == 0) {
		rc = pthread_create(&pool->threads[pool->started], &attr, parallel_thread, pool);
		pool->started += rc == 0;
	}
	pthread_attr_destroy(&attr);
	return rc;
}

int parallel_run(
	size_t n, bool computes, void (*work)(void *arg, size_t i), void *arg, struct fault *why)
{
	struct pool pool = {.work = work,
		.arg = arg,
		.n = n,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.moved = PTHREAD_COND_INITIALIZER};
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (n == 1)
		work(arg, 0);
	if (n <= 1)
		return 0;
	errno = grow(&pool, !computes        ? LIMIT_PARALLEL_AT_FIRST
			    : processors > 1 ? (size_t)processors
					     : 1);
	/* Fewer threads than wanted are enough to do all the work. */
	if (pool.started == 0)
		return fault_sys(why, "cannot start a thread");
	pthread_mutex_lock(&pool.lock);
	while (!computes && pool.done < n) {
		size_t before = pool.done;

		deadline_wait_cond(deadline_in(LIMIT_PARALLEL_STUCK_MS), &pool.moved, &pool.lock);
		if (pool.done == before && pool.next < n)
			grow(&pool, 2 * pool.started);
	}
	pthread_mutex_unlock(&pool.lock);
	for (size_t i = 0; i < pool.started; i++)
		pthread_join(pool.threads[i], NULL);
	return 0;
}
