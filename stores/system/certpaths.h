/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CERTPATHS_H
#define TRUSTFIX_CERTPATHS_H

/*
 * A bundle (CAfile) and a directory of hash links (CApath) that should hold the same certificates,
 * and which clients see which certificates when they differ.
 *
 * Observed with the real programs (Debian 12): OpenSSL uses both by default, the file being
 * OPENSSLDIR/cert.pem.  curl is given both paths and fails if the file is missing or unreadable
 * (on Fedora it uses OpenSSL's defaults, elsewhere it is given the bundle alone).  Go and rustls
 * read both.  GnuTLS and Node.js (NODE_EXTRA_CA_CERTS) read only the bundle.
 */

#include "src/fs/view.h"
#include "src/x509/certs.h"

struct certpaths {
	const char *bundle;
	const char *dir;
	bool has_file; /* there is a file that OpenSSL reads by default */
	/* PEM_QUIRK_BIT()s of the clients that also read the directory (curl, if it is not `lost`,
	 * only with a bundle that it can read), and of those that depend on the directory where
	 * OpenSSL has no file. */
	unsigned in_dir, lost;
	bool is_alone; /* also count certificates that are only in the directory */
};

/* Those that read it everywhere. */
#define CERTPATHS_IN_DIR                                                  \
	(PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL) | PEM_QUIRK_BIT(PEM_QUIRK_GO) | \
		PEM_QUIRK_BIT(PEM_QUIRK_WEBPKI))

/*
 * Append every certificate in either, each marked with the clients that do not see it
 * (hidden_from).  Anything that is not a certificate is skipped.  FAULT_SYSTEM, FAULT_LIMIT.
 */
int certpaths_anchors(
	struct view *view, const struct certpaths *paths, struct certs *ret, struct fault *why);

#endif
