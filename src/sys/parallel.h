/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_PARALLEL_H
#define TRUSTFIX_PARALLEL_H

/*
 * Runs the same work on many items in parallel.
 *
 * Work that mostly waits for something else starts with a few threads: if items finish quickly, the
 * processors are the bottleneck, and more threads would only wait for each other.  If no item
 * finishes for LIMIT_PARALLEL_STUCK_MS, the number of threads doubles, up to
 * LIMIT_PARALLEL_THREADS.  So an item that hangs delays only itself.
 */

#include <stdbool.h>
#include <stddef.h>

#include "src/base/fault.h"

/*
 * Call work(arg, i) once for each i below n, and return when all are done.  A single item runs in
 * the caller's thread.  `computes`: the work needs the processors, so there is a thread for each of
 * them.  FAULT_SYSTEM: not even one thread could be started; no work was done.
 */
int parallel_run(
	size_t n, bool computes, void (*work)(void *arg, size_t i), void *arg, struct fault *why);

#endif
