/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_EVIDENCE_H
#define TRUSTFIX_EVIDENCE_H

/*
 * The signs of interception, counted and listed one by one.
 *
 * Strong, one is enough: a vendor's name on the CA; the same CA key for unrelated hosts; a private
 * CA for a site that everybody knows to be public; an issuer that says distrust.  Weak, two are
 * needed: a leaf made in the last two days or living a month at most; no embedded SCTs on a public
 * name; h2 gone from a site that speaks it.  Nothing counts under a public root, nor for a lone
 * self-signed certificate.
 */

#include "src/diagnose/diagnose.h"

struct evidence {
	unsigned strong;
	unsigned weak;
	struct names told;
};

/* Fill a zeroed `ret`.  Never for a path of which nothing counts. */
int evidence_collect(const struct probe *probe, const struct diagnose_facts *facts,
	const struct interceptor *label, struct evidence *ret, struct fault *why);

/*
 * Does a public root stand above it?  Its own certificate counts whatever the names below it say; a
 * mere name of one that was not sent does not, beside an interceptor's.
 */
bool evidence_is_public(const struct certs *path, const struct interceptor *label);

/* Does the certificate carry Signed Certificate Timestamps (RFC 6962)? */
bool evidence_has_scts(struct cert *cert);

/* Is it a site that everybody knows, or below one? */
bool evidence_is_known_site(const char *host);

/* May a public CA have issued for this name at all? */
bool evidence_is_public_name(const char *host, bool is_ip);

#endif
