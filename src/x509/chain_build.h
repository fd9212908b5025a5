/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CHAIN_BUILD_H
#define TRUSTFIX_CHAIN_BUILD_H

/*
 * Builds the certification path from the leaf up out of a set of certificates (RFC 5280, section 6;
 * RFC 4158).
 *
 * A peer may send its chain out of order, with duplicates, cross-signed, or with unrelated
 * certificates: an issuer counts only if its name matches and its key verifies the signature
 * (cert_issued()).
 */

#include "src/x509/certs.h"

/*
 * Build the path from sent->at[0] (or, if that is a CA, from the first certificate that is not, if
 * any), using `sent` and then `more` (may be NULL).  Among several issuers, prefer the one that
 * leads to a self-signed certificate in `more`, then to any, then one valid at `at`, then the
 * longer validity.  The path ends at a self-signed certificate or where no issuer is known, but
 * below a public root that is not at hand itself if what vouches for it is not complete and valid;
 * at most LIMIT_PATH_DEPTH.  `*ret` has the leaf first.  FAULT_FORMAT: `sent` is empty.
 */
int chain_build(const struct certs *sent, const struct certs *more, time_t at, struct certs *ret,
	struct fault *why);

/* The last certificate of a path that is not empty, borrowed. */
static inline struct cert *path_top(const struct certs *path)
{
	return path->at[path->n - 1];
}

#endif
