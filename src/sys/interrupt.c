/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sys/interrupt.h"

#include <signal.h>
#include <stdatomic.h>

/*
 * Not a signal mask: each thread has its own, and a name lookup that hangs runs in its own thread.
 */
static atomic_bool held;
static atomic_int waiting;

void interrupt_hold(void)
{
	held = true;
}

void interrupt_release(void)
{
	int number;

	held = false;
	number = atomic_exchange(&waiting, 0);
	if (number)
		raise(number);
}

int interrupt_check(struct fault *why)
{
	return waiting ? fault_set(why, FAULT_REFUSED, "interrupted") : 0;
}

bool interrupt_absorbs(int number)
{
	if (held)
		waiting = number;
	return held;
}
