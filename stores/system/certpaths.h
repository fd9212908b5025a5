/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CERTPATHS_H
#define TRUSTFIX_CERTPATHS_H

/*
 * A bundle (CAfile) and a directory of hash links (CApath) that ought to hold the same, and who
 * sees what when they do not.
 *
 * Seen with the real programs (Debian 12): what is built on OpenSSL and asks for its default
 * paths looks into both, the file being OPENSSLDIR/cert.pem; curl is told both by name and ends
 * when the file cannot be read or is not there; Go and rustls read both; GnuTLS and Node.js
 * (NODE_EXTRA_CA_CERTS) read the bundle alone.
 */

#include "src/x509/certs.h"
#include "src/fs/view.h"

struct certpaths {
	const char *bundle;
	const char *dir;
};

/*
 * Append what stands in either, each with the readers that do not see it (cert_blind()).  What is
 * not a certificate is passed over.  FAULT_SYSTEM, FAULT_LIMIT.
 */
int certpaths_anchors(
	struct view *view, const struct certpaths *paths, struct certs *ret, struct fault *why);

#endif
