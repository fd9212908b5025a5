/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_INTERRUPT_H
#define TRUSTFIX_INTERRUPT_H

/*
 * While a transaction is being committed, SIGINT, SIGTERM and SIGHUP are held back.  The
 * transaction checks between its steps whether one has arrived, and then rolls back.  After
 * interrupt_release() the signal takes effect.  The handlers are those of temps_install().
 */

#include "src/base/fault.h"

void interrupt_hold(void);
void interrupt_release(void);

/* FAULT_REFUSED "interrupted" if a signal is pending. */
int interrupt_check(struct fault *why);

#endif
