/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CHAIN_BUILD_H
#define TRUSTFIX_CHAIN_BUILD_H

/*
 * The certification path from the leaf upwards over a heap of certificates (RFC 5280, section 6;
 * RFC 4158).
 *
 * A peer may send its chain unordered, twice, cross-signed, with strangers in it: an issuer counts
 * only when its name fits and its key verifies the signature (cert_issued()).
 */

#include "src/x509/certs.h"

/*
 * Build the path of sent->at[0] (or, when that is a CA and another is not, of the first that is no
 * CA) over `sent` and then `more` (may be NULL).  Of several issuers the one that leads to a
 * self-signed certificate wins, then the one valid at `at`, then the longer validity.  The path
 * ends at a self-signed certificate or where no issuer is known; at most LIMIT_PATH_DEPTH.  `*ret`
 * has the leaf first. FAULT_FORMAT: `sent` is empty.
 */
int chain_build(const struct certs *sent, const struct certs *more, time_t at, struct certs *ret,
	struct fault *why);

/* The last of a path that is not empty, borrowed. */
static inline struct cert *path_top(const struct certs *path)
{
	return path->at[path->n - 1];
}

#endif
