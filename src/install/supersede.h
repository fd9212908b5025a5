/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_SUPERSEDE_H
#define TRUSTFIX_SUPERSEDE_H

/*
 * Find the CAs installed by trustfix that a new CA supersedes.
 *
 * An interceptor that renews its CA keeps the name, the key or both.  The old CA is removed from
 * the stores in the same transaction: two CAs with one name and different keys break OpenSSL when
 * the leaf has no authorityKeyIdentifier.  A CA that trustfix did not install is never removed.
 */

#include "src/find/change.h"
#include "src/find/site.h"

/*
 * For each CA of `change`, fill `replaces` with the CAs it supersedes in the site's trees,
 * according to installed.json or an image's history.
 *
 * An old CA stays if it is also a CA of `change`, or if a target still presents it; the latter adds
 * a sentence to `notes`.
 */
int supersede_find(
	struct site *site, const struct change *change, struct names *notes, struct fault *why);

/* Is the old CA to be removed from this place? */
bool supersede_covers(const struct ca *old, const struct place *place);

/*
 * Add a sentence to `notes` for each of the place's anchors that has the same name as a CA of
 * `change` but another key; no sentence twice.
 */
int supersede_note_twins(struct site *site, const struct change *change, const struct place *place,
	const struct certs *anchors, struct names *notes, struct fault *why);

#endif
