/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_EVIDENCE_H
#define TRUSTFIX_EVIDENCE_H

/*
 * Count and list the signs of interception.
 *
 * One strong sign is enough: a vendor's name on the CA; the same CA key for unrelated hosts; a
 * private CA for a well-known public site; an issuer name that says the proxy does not trust the
 * server.  Weak signs count if there are two: a leaf issued in the last two days or valid for at
 * most 31 days; no embedded SCTs for a public name; no h2 from a site that supports it.  No sign
 * counts under a public root or for a lone self-signed certificate.
 */

#include "src/diagnose/diagnose.h"

struct evidence {
	unsigned strong;
	unsigned weak;
	struct names told;
};

/* Fill a zeroed `ret`.  Do not call this for a path where no sign counts (see above). */
int evidence_collect(const struct probe *probe, const struct diagnose_facts *facts,
	const struct interceptor *label, struct evidence *ret, struct fault *why);

/*
 * Does the path lead to a public root?  If it contains the root's certificate, other names do not
 * matter.  If it only names a public root that was not sent, an interceptor's name (`label`) rules
 * that out.
 */
bool evidence_is_public(const struct certs *path, const struct interceptor *label);

/* Does the certificate carry Signed Certificate Timestamps (RFC 6962)? */
bool evidence_has_scts(struct cert *cert);

/* Is the host a well-known public site, or a subdomain of one? */
bool evidence_is_known_site(const char *host);

#endif
