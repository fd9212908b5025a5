/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_STRANGERS_H
#define TRUSTFIX_STRANGERS_H

/* Notes on certificates that a change makes trusted although nobody asked for them. */

#include "src/find/change.h"
#include "src/find/site.h"

/*
 * Append to `ret` a sentence for each certificate that changing `place` makes trusted and that is
 * not in `cas`; no sentence twice.  It gives the command that keeps the certificate out, or with
 * `is_done` the one that takes it out again.
 */
int strangers_note(struct site *site, const struct place *place, const struct cas *cas,
	bool is_done, struct names *ret, struct fault *why);

#endif
