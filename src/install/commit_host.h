/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_COMMIT_HOST_H
#define TRUSTFIX_COMMIT_HOST_H

/* A planned change of a host tree made real: journalled, proven, or put back. */

#include "src/find/change.h"
#include "src/install/outcome.h"
#include "src/find/site.h"

/* Call with the tree's lock held.  On failure everything is as it was, or FAULT_BROKEN. */
int commit_host(
	struct site *site, const struct change *change, struct outcome *outcome, struct fault *why);

/*
 * Bring runs that were cut off to their end; call with the lock held.  What they changed is put
 * back, and the refresh hooks are told; an undo is finished.  `*ret_n` says how many.
 */
int transact_recover(struct tree *tree, struct names *notes, size_t *ret_n, struct fault *why);

/* Put a transaction back (0: the newest) and run the hooks. */
int commit_host_undo(struct site *site, uint64_t id, struct outcome *outcome, struct fault *why);

#endif
