/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_STEPS_H
#define TRUSTFIX_STEPS_H

/* The steps of apply() that trees of every kind take. */

#include "src/find/change.h"
#include "src/install/outcome.h"
#include "src/find/site.h"

/*
 * Plan the change of every store and prove the plan, with the chains that are already here.
 * FAULT_UNTRUSTED: a deciding reader would not trust a peer.
 */
int steps_plan(
	struct site *site, const struct change *change, struct outcome *outcome, struct fault *why);

/*
 * Plan what trustfix has installed in that tree, as it will be: an edit of the same plan.  An image
 * that has no such file gets none.
 */
int steps_plan_installed(struct site *site, size_t tree, const struct change *change,
	struct outcome *outcome, struct fault *why);

/*
 * Prove every place, read through the view of its tree (views[place->tree]), with a new handshake
 * per target.  FAULT_UNTRUSTED, FAULT_PEER.
 */
int steps_prove(struct site *site, const struct change *change, struct view *const *views,
	struct outcome *outcome, struct fault *why);

#endif
