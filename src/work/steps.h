/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_STEPS_H
#define TRUSTFIX_STEPS_H

/* Steps of apply() that both kinds of trees take: transact.c, rebuild.c. */

#include "src/work/apply.h"

/*
 * Plan what trustfix has installed in that tree, as it will be: an edit of the same plan.  An image
 * that has no such file gets none.
 */
int apply_plan_installed(struct site *site, size_t tree, const struct change *change,
	struct outcome *outcome, struct fault *why);

/*
 * Prove every place, read through the view of its tree (views[place->tree]), with a new handshake
 * per target.  FAULT_UNTRUSTED, FAULT_PEER.
 */
int apply_prove_fresh(struct site *site, const struct change *change, struct view *const *views,
	struct outcome *outcome, struct fault *why);

#endif
