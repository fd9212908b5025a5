/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CERTS_H
#define TRUSTFIX_CERTS_H

/* An ordered list of certificates, with one reference per entry: a chain as sent, a store's
 * anchors. */

#include "src/x509/cert.h"
#include "src/x509/pem_quirks.h"

struct certs {
	struct cert **at; /* NULL while empty */
	size_t n;
	/* of the file they were read from */
	struct pem_quirk_file *file; /* what some clients cannot load from it, or NULL */
	size_t blocks_n; /* its certificate blocks in PEM, damaged or not */
};

#define CERTS_INIT \
	{          \
		0  \
	}

void certs_free(struct certs *certs);
CLEANUP_VALUE(certs, certs_free)
#define auto_certs CLEANUP(certs) struct certs

/* Append `cert`, adding a reference.  FAULT_SYSTEM: out of memory. */
int certs_add(struct certs *certs, struct cert *cert, struct fault *why);

/* Append the certificates of `more` that are not in the list yet. */
int certs_add_new(struct certs *certs, const struct certs *more, struct fault *why);

/*
 * Take over from `from` what is known about the file it was read from.  Readers that read other
 * files as well (`elsewhere`, PEM_QUIRK_BIT()s) are not affected by it.
 */
void certs_take_file(struct certs *certs, struct certs *from, unsigned elsewhere);

/*
 * Replace each certificate that is also in `known` by the one there, and add the rest to `known`,
 * up to LIMIT_SHARED_CERTS_N: certificates that many peers send are then decoded only once.
 */
int certs_share(struct certs *certs, struct certs *known, struct fault *why);

/* The index of the same certificate, or n. */
size_t certs_find_sha256(const struct certs *certs, const uint8_t sha256[static DIGEST_SHA256_LEN]);
static inline size_t certs_find(const struct certs *certs, const struct cert *cert)
{
	return certs_find_sha256(certs, cert->sha256);
}

static inline bool certs_hold(const struct certs *certs, const struct cert *cert)
{
	return certs_find(certs, cert) < certs->n;
}

#endif
