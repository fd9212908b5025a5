/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CADIR_H
#define TRUSTFIX_CADIR_H

/*
 * The directory that `trust extract --format=pem-directory-hash` (and openssl-directory) of p11-kit
 * makes: a file for each anchor, named after its label, and two links to it, HHHHHHHH.N of OpenSSL
 * since 1.0 and of that before.  And a directory of links into it, where programs look.
 */

#include "src/x509/cert.h"
#include "src/fs/view.h"

/* What an anchor without a label is called. */
#define CADIR_NO_LABEL "certificate"

/* Is the directory there, with hash links in it?  A `path` of NULL is not. */
int cadir_in_use(struct view *view, const char *path, bool *ret, struct fault *why);

/* Plan a file of these bytes with its links, unless the certificate is found there. */
int cadir_add(struct view *view, const char *path, struct cert *cert, const char *label,
	struct buf *text, const char *whose, struct fault *why);

/* Plan the directory without that certificate. */
int cadir_drop(struct view *view, const char *path, const uint8_t sha256[static DIGEST_SHA256_LEN],
	const char *whose, struct fault *why);

/*
 * Plan the links in `to` that lead into `from` as the distribution has them there: one for each
 * name of `from` (Arch), or the hash links, straight to their files (Fedora).  Nothing where `to`
 * is NULL, or has no such links, unless they are to `begin`.
 */
int cadir_mirror(struct view *view, const char *from, const char *to, bool begin, const char *whose,
	struct fault *why);

#endif
