/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_INTERRUPT_H
#define TRUSTFIX_INTERRUPT_H

/*
 * While a transaction is being made real, SIGINT, SIGTERM and SIGHUP wait; the transaction asks
 * between its steps whether one has come, and then puts everything back.  After interrupt_release()
 * it takes effect.
 */

#include <stdbool.h>

#include "src/base/fault.h"

void interrupt_hold(void);
void interrupt_release(void);

/* FAULT_REFUSED "interrupted" when a signal waits. */
int interrupt_check(struct fault *why);

/* For the signal handler (temps_install()): true when the signal is to wait. */
bool interrupt_absorbs(int number);

#endif
