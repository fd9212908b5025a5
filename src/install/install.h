/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_INSTALL_H
#define TRUSTFIX_INSTALL_H

/*
 * Make a change real: plan, verify, commit, verify again; roll back on failure.
 *
 * All stores of one call are one transaction.  Nothing is written before the planned view is
 * verified.  After the commit the stores are read afresh and the peers contacted again; a change
 * that fails this check is rolled back.
 */

#include "src/install/outcome.h"

/*
 * Carry out `change` in every store of `site`.
 *
 * `outcome` is filled in as far as the run got, also on failure.  FAULT_UNTRUSTED: a deciding
 * reader does not trust a peer through the new store.  FAULT_BROKEN: the change failed and could
 * not be rolled back.
 */
int install(
	struct site *site, const struct change *change, struct outcome *outcome, struct fault *why);

/*
 * Undo transaction `id` and run the hooks; 0 means what journal_last() chooses.  For an image,
 * remove its top layer.
 */
int install_undo(struct site *site, uint64_t id, struct outcome *outcome, struct fault *why);

#endif
