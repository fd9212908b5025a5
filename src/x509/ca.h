/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CA_H
#define TRUSTFIX_CA_H

/*
 * A CA, from its source (a handshake, a file, a lock file, the record of what is installed) to the
 * journal.  Every step uses this one list.
 */

#include "src/base/names.h"
#include "src/x509/certs.h"

struct interceptor;

struct cas {
	struct ca *at; /* NULL while empty */
	size_t n;
};

struct ca {
	struct cert *cert; /* NULL: only the SHA-256 is known */
	uint8_t sha256[DIGEST_SHA256_LEN];
	char *name; /* --name, or NULL */
	struct names
		stores; /* stores it is in or is meant for, as --store takes them; empty: all */

	/* only for a CA that peers present */
	struct names targets; /* labels of the targets that present it */
	struct names owners; /* the owners of those targets, each once (survey_owner()) */
	struct names findings; /* what each owner was found to be, and why, as lines for people */
	const struct interceptor *interceptor; /* the product recognized by its names, or NULL */
	const char *source; /* where this public root comes from, borrowed; NULL: a private CA */
	struct names advice; /* clients that will reject it, one sentence each */

	struct cas replaces; /* installed CAs that it replaces (supersede.h), one per tree */

	/* only for a CA that is replaced */
	const char *reason; /* "same name, new key" */
	size_t tree; /* index in the site's trees */
	bool gone; /* this run removes it from a store */
};

void cas_free(struct cas *cas);
CLEANUP_VALUE(cas, cas_free)
#define auto_cas CLEANUP(cas) struct cas

/*
 * The entry for this certificate, appended (with a reference of its own) if there is none yet.
 * `*ret` is borrowed, and valid until the next entry is added.
 */
int cas_add(struct cas *cas, struct cert *cert, struct ca **ret, struct fault *why);

/* Append an entry even if there is one; `cert` (NULL: not known) gets another reference. */
int cas_append(struct cas *cas, const uint8_t sha256[static DIGEST_SHA256_LEN], struct cert *cert,
	struct ca **ret, struct fault *why);

/* Add a CA known only by its SHA-256, unless it is in the list. */
int cas_add_sha256(
	struct cas *cas, const uint8_t sha256[static DIGEST_SHA256_LEN], struct fault *why);

/* Remove the CAs that are in no store. */
void cas_prune(struct cas *cas);

/* The CA with this SHA-256, borrowed, or NULL. */
struct ca *cas_find(const struct cas *cas, const uint8_t sha256[static DIGEST_SHA256_LEN]);
static inline bool cas_hold(const struct cas *cas, const struct cert *cert)
{
	return cas_find(cas, cert->sha256) != NULL;
}

/* Is the anchor this CA's certificate, or another with the same name and key? */
bool ca_is(const struct ca *ca, struct cert *anchor);

/* Append the certificates of all CAs to `ret`. */
int cas_certs(const struct cas *cas, struct certs *ret, struct fault *why);

#endif
