/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_OUTCOME_H
#define TRUSTFIX_OUTCOME_H

/* How apply() fills its outcome. */

#include "src/work/apply.h"

/* One store per place, unchanged; what was there goes. */
int outcome_set_places(struct outcome *outcome, const struct places *places, struct fault *why);

/* A line per edit of the site's plans, for --dry-run. */
int outcome_set_edits(struct outcome *outcome, const struct site *site, struct fault *why);

/* Every store that would change ended in this state: STORE_FAILED, STORE_REVERTED. */
void outcome_end(struct outcome *outcome, enum store_state state);

/* Every store that would change has changed. */
void outcome_done(struct outcome *outcome);

#endif
