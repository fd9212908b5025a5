/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_INSTALL_H
#define TRUSTFIX_INSTALL_H

/*
 * Make a change real: plan, verify, commit, verify again, or put everything back.
 *
 * All stores of one call are one transaction.  Nothing is written before the planned view is
 * verified; a change that does not hold on a fresh read, by a new handshake, is rolled back.
 */

#include "src/install/outcome.h"

/*
 * `outcome` is filled as far as it came, also when it fails.  FAULT_UNTRUSTED: a deciding reader
 * does not trust a peer through the new store.  FAULT_BROKEN: and could not be put back.
 */
int install(
	struct site *site, const struct change *change, struct outcome *outcome, struct fault *why);

/*
 * Put a transaction back (0: what undo without a number means, journal_last()) and run the hooks;
 * of an image, take its topmost layer off.
 */
int install_undo(struct site *site, uint64_t id, struct outcome *outcome, struct fault *why);

#endif
