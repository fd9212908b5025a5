/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_SUPERSEDE_H
#define TRUSTFIX_SUPERSEDE_H

/*
 * Which of the CAs that trustfix installed a new one supersedes.
 *
 * An interceptor that renews its CA keeps the name, the key or both.  The old one is taken out of
 * the stores in the same transaction: two CAs of one name and two keys break OpenSSL when the
 * leaf has no authorityKeyIdentifier.  What trustfix did not install is never taken out.
 */

#include "src/find/change.h"
#include "src/find/site.h"

/*
 * What the CAs of `change` supersede of what is installed in the site's trees, as installed.json
 * or an image's history tells, into their `replaces`.  One that is among them, or that a target
 * still shows, stays; the second with a sentence in `notes`.
 */
int supersede_find(
	struct site *site, const struct change *change, struct names *notes, struct fault *why);

/* Does the old one go from this place? */
bool supersede_covers(const struct superseded *old, const struct place *place);

/* Does it go for one of the CAs from that tree? */
bool supersede_replaces(const struct cas *cas, size_t tree, const struct cert *cert);

/*
 * A sentence per certificate of the place's anchors that has the name of one of the change and
 * another key; each once.
 */
int supersede_note_twins(struct site *site, const struct change *change, const struct place *place,
	const struct certs *anchors, struct names *notes, struct fault *why);

#endif
