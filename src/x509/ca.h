/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CA_H
#define TRUSTFIX_CA_H

/*
 * A CA, from where it is found (a handshake, a file, a lock file, the record of what is installed)
 * to the journal: one list, which nothing wraps again.
 */

#include "src/base/names.h"
#include "src/x509/certs.h"

struct interceptor;

/* An installed CA that a new one supersedes. */
struct superseded {
	struct cert *cert;
	const char *reason; /* "same name, new key" */
	size_t tree; /* of the site */
	struct names stores; /* where trustfix put it, as --store takes them */
	bool gone; /* it was in a store of this run, and goes */
};

struct ca {
	struct cert *cert; /* NULL: all that is known of it is the SHA-256 */
	uint8_t sha256[DIGEST_SHA256_LEN];
	char *name; /* --name, or NULL */
	struct names stores; /* those it is in or is for, as --store takes them; empty: all */

	/* of one that peers present */
	struct names targets; /* labels of those that present it */
	struct names owners; /* theirs, each once (survey_owner()) */
	struct names findings; /* what each of them is, and why, as lines for people */
	const struct interceptor *interceptor; /* a label, or NULL */
	const char *source; /* whose public root it is, borrowed; NULL: a private CA */
	struct names advice; /* readers that will refuse it, a sentence each */

	struct superseded *replaces; /* what goes for it */
	size_t replaces_n;
};

struct cas {
	struct ca *at; /* NULL while empty */
	size_t n;
};

void cas_free(struct cas *cas);
CLEANUP_VALUE(cas, cas_free)
#define auto_cas CLEANUP(cas) struct cas

/*
 * The one of this certificate (it takes its own hold), appended when it is not there yet; borrowed,
 * until the next is added.
 */
int cas_add(struct cas *cas, struct cert *cert, struct ca **ret, struct fault *why);

/* One of which nothing but the SHA-256 is known, each once. */
int cas_add_sha256(
	struct cas *cas, const uint8_t sha256[static DIGEST_SHA256_LEN], struct fault *why);

/* Forget what each of them replaces. */
void cas_forget_replaced(struct cas *cas);

/* Forget those that are in no store. */
void cas_prune(struct cas *cas);

/* The one with this SHA-256, borrowed, or NULL. */
struct ca *cas_find(const struct cas *cas, const uint8_t sha256[static DIGEST_SHA256_LEN]);
static inline bool cas_hold(const struct cas *cas, const struct cert *cert)
{
	return cas_find(cas, cert_sha256(cert)) != NULL;
}

/* Is the anchor this certificate, or another of the same name and key? */
bool ca_is(const struct ca *ca, struct cert *anchor);

/* Their certificates, appended. */
int cas_certs(const struct cas *cas, struct certs *ret, struct fault *why);

#endif
