/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_PARALLEL_H
#define TRUSTFIX_PARALLEL_H

/*
 * Runs the same work on many items in parallel, where the work mostly waits for something else.
 *
 * It starts with a few threads: if items finish quickly, the processors are the bottleneck, and
 * more threads would only wait for each other.  If no item finishes for LIMIT_PARALLEL_STUCK_MS,
 * the work is waiting for something else, and the number of threads doubles, up to
 * LIMIT_PARALLEL_THREADS.  So an item that hangs delays only itself.
 */

#include <stddef.h>

#include "src/base/fault.h"

/*
 * Call work(arg, i) once for each i below n, and return when all are done.  A single item runs in
 * the caller's thread.  FAULT_SYSTEM: not even one thread could be started; no work was done.
 */
int parallel_run(size_t n, void (*work)(void *arg, size_t i), void *arg, struct fault *why);

/* The same for CPU-bound work: as many threads as there are processors. */
int parallel_compute(size_t n, void (*work)(void *arg, size_t i), void *arg, struct fault *why);

#endif
