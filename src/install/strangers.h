/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_STRANGERS_H
#define TRUSTFIX_STRANGERS_H

/* What a change makes trusted besides what was asked for, in words. */

#include "src/find/change.h"
#include "src/find/site.h"

/*
 * A sentence per certificate that a change of that place makes trusted and that is none of `cas`,
 * with the command that keeps it out, or (is_done) takes it out again; appended, each once.
 */
int strangers_note(struct site *site, const struct place *place, const struct cas *cas,
	bool is_done, struct names *ret, struct fault *why);

#endif
