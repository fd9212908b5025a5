/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CERTPATHS_H
#define TRUSTFIX_CERTPATHS_H

/*
 * A bundle (CAfile) and a directory of hash links (CApath) that should hold the same, and who sees
 * what when they do not.
 *
 * Seen with the real programs (Debian 12): OpenSSL's default paths are both, the file being
 * OPENSSLDIR/cert.pem; curl is told both by name and ends when the file cannot be read or is not
 * there (on Fedora it takes OpenSSL's defaults); Go and rustls read both; GnuTLS and Node.js
 * (NODE_EXTRA_CA_CERTS) read the bundle alone.
 */

#include "src/x509/certs.h"
#include "src/fs/view.h"

struct certpaths {
	const char *bundle;
	const char *dir; /* may be NULL */
	const char *files[2]; /* OpenSSL's default file: one of these, if any is there */
	unsigned lost; /* PEM_QUIRK_BIT()s of those that need the directory when none is: OpenSSL,
			  and curl where it is not told the bundle by name */
	bool is_alone; /* what the directory has and the bundle lacks counts, too */
};

/*
 * Append what stands in either, each with the clients that do not see it (cert_blind()).  What is
 * not a certificate is passed over.  FAULT_SYSTEM, FAULT_LIMIT.
 */
int certpaths_anchors(
	struct view *view, const struct certpaths *paths, struct certs *ret, struct fault *why);

/*
 * Is the certificate found by hash in that directory: HHHHHHHH.0, .1, ... up to the first that is
 * missing (OpenSSL 3.0, crypto/x509/by_dir.c)?
 */
int certpaths_find(
	struct view *view, const char *dir, struct cert *cert, bool *ret, struct fault *why);

#endif
