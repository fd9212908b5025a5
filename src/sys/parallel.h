/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_PARALLEL_H
#define TRUSTFIX_PARALLEL_H

/*
 * The same work on many items side by side, where the work mostly waits for somebody else.
 *
 * Few threads at first: what is answered at once is work for the processors, and more threads than
 * those only wait for each other.  When no item is finished for LIMIT_CROWD_STUCK_MS, others are
 * what is waited for: as many threads again, up to LIMIT_CROWD_THREADS.  So one item that hangs
 * costs its own time and nobody else's.
 */

#include <stddef.h>

#include "src/base/fault.h"

/*
 * Call work(arg, i) once for each i below n, and return when all are done.  One item is worked on
 * in the caller's own thread.  FAULT_SYSTEM: not even one thread could be started; nothing was
 * done.
 */
int parallel_run(size_t n, void (*work)(void *arg, size_t i), void *arg, struct fault *why);

/* The same for work that computes: as many threads as there are processors. */
int parallel_compute(size_t n, void (*work)(void *arg, size_t i), void *arg, struct fault *why);

#endif
