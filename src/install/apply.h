/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_APPLY_H
#define TRUSTFIX_APPLY_H

/*
 * Make it so: plan, prove, commit, prove again, or put everything back.
 *
 * All stores of one call are one transaction.  Nothing is written before the planned view proves
 * the change; a change that does not hold on a fresh read, by a new handshake, is reverted.
 */

#include "src/find/change.h"
#include "src/install/outcome.h"
#include "src/find/site.h"

/*
 * `outcome` is filled as far as it came, also when it fails.  FAULT_UNTRUSTED: a deciding reader
 * does not trust a peer through the new store.  FAULT_BROKEN: and could not be put back.
 */
int apply(
	struct site *site, const struct change *change, struct outcome *outcome, struct fault *why);

/* Put a transaction back (0: the newest) and run the refresh hooks; of an image, its topmost layer.
 */
int apply_undo(struct site *site, uint64_t id, struct outcome *outcome, struct fault *why);

#endif
