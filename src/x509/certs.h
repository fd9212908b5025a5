/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CERTS_H
#define TRUSTFIX_CERTS_H

/* An ordered list of certificates, each held once per entry: a chain as sent, a store's anchors. */

#include "src/x509/cert.h"
#include "src/x509/pem_quirks.h"

struct certs {
	struct cert **at; /* NULL while empty */
	size_t n;
	struct pem_quirk_file *file; /* what some clients cannot load of the file they came out of,
				    or NULL */
};

#define CERTS_INIT            \
	{                     \
		NULL, 0, NULL \
	}

void certs_free(struct certs *certs);
CLEANUP_VALUE(certs, certs_free)
#define auto_certs CLEANUP(certs) struct certs

/* Append; takes its own hold on `cert`.  FAULT_SYSTEM: no memory. */
int certs_add(struct certs *certs, struct cert *cert, struct fault *why);

/*
 * Append the certificate of these bytes: the one that `known`, which may be NULL, has at this
 * place, if it is the same, else a new one.  Faults of cert_make().
 */
int certs_add_der(struct certs *certs, const struct certs *known, const uint8_t *der, size_t len,
	struct fault *why);

/* Append those of `more` that are not yet there. */
int certs_add_new(struct certs *certs, const struct certs *more, struct fault *why);

/*
 * Take over what is known of the file that `from` was read from.  Those that read other files as
 * well (`elsewhere`, PEM_QUIRK_BIT()s) are not hurt by it.
 */
void certs_take_file(struct certs *certs, struct certs *from, unsigned elsewhere);

/*
 * Make each that is also in `known` the one there, and add the others to it, up to
 * LIMIT_SHARED_CERTS_N: what many peers send is then decoded once.
 */
int certs_share(struct certs *certs, struct certs *known, struct fault *why);

/* Where the very same certificate stands, or n. */
size_t certs_find(const struct certs *certs, const struct cert *cert);
size_t certs_find_sha256(const struct certs *certs, const uint8_t sha256[static DIGEST_SHA256_LEN]);
static inline bool certs_hold(const struct certs *certs, const struct cert *cert)
{
	return certs_find(certs, cert) < certs->n;
}

#endif
