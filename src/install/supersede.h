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

#include "src/journal/installed.h"

struct change;
struct site;

struct replacement {
	size_t tree; /* of the site */
	struct cert *old;
	struct cert *by;
	const char *reason; /* "same name, new key" */
	struct names stores; /* where trustfix put the old one, as --store takes them */
	bool done; /* it was in a store of this run, and goes */
};

struct replacements {
	struct replacement *at;
	size_t n;
	struct certs ours; /* all that trustfix installed */
};

/*
 * What the certificates of `change` supersede of what is installed in the site's trees, as
 * installed.json or an image's history tells.  One that is among them, or that a target still
 * shows, stays, with a sentence in `notes`.
 */
int supersede_find(struct site *site, const struct change *change, struct replacements *ret,
	struct names *notes, struct fault *why);

/* Does the old one go from this place? */
bool supersede_covers(const struct replacement *replacement, const struct place *place);

/* Is it one of the old ones of that tree? */
bool supersede_replaces(
	const struct replacements *replacements, size_t tree, const struct cert *cert);

/* What a store holds beside the certificates of `change`. */
struct twins {
	const struct advice *advice; /* the call, for what to run next */
	const struct change *change;
	const struct certs *ours; /* what trustfix installed */
	const struct place *place;
	const struct certs *anchors; /* the place's */
};

/* A sentence per certificate that has the name of one of the change and another key; each once. */
int supersede_note_twins(const struct twins *twins, struct names *notes, struct fault *why);

/*
 * Every store, and those that were once named by path and hold what `change` supersedes, as --store
 * takes them; `*ret` stays empty when there is none of those.
 */
int supersede_stores(
	struct site *site, const struct change *change, struct names *ret, struct fault *why);

void replacements_free(struct replacements *replacements);
CLEANUP_VALUE(replacements, replacements_free)
#define auto_replacements CLEANUP(replacements) struct replacements

#endif
