/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_BUNDLE_H
#define TRUSTFIX_BUNDLE_H

/*
 * PEM files with several certificates, edited in place; everything that is not ours stays byte for
 * byte.
 */

#include "src/base/buf.h"
#include "stores/store.h"

/* How p11-kit writes a certificate into a bundle. */
struct bundle_style {
	const char *comment; /* after "# ", on a line of its own above the block; NULL: none */
	const char *alias; /* of a TRUSTED CERTIFICATE block, may be ""; NULL: an ordinary block */
};

/* Append the certificate as a block of that style, without the comment. */
int bundle_block(const struct cert *cert, const char *alias, struct buf *out, struct fault *why);

/*
 * Append `text` without any block of that certificate to `out`.  `with_comment`: also without the
 * '#' lines right above such a block and a blank line above these, as p11-kit writes them.
 */
int bundle_without(const uint8_t *text, size_t len, const uint8_t sha256[static DIGEST_SHA256_LEN],
	bool with_comment, struct buf *out, struct fault *why);

/*
 * Plan the change of the bundle at `path`.
 *
 * A certificate is appended, after a newline if the last line lacks one, and whatever some client
 * could not load is repaired (pem_mend()).  No edit if the file already holds the certificate and
 * every client sees it.  A new file gets mode 0644, or with a style (else NULL) 0444. FAULT_FORMAT:
 * `path` is not a regular file, or it cannot be repaired.
 */
int bundle_change(struct view *view, const char *path, const struct store_change *change,
	const struct bundle_style *style, struct fault *why);

/* Append every certificate that can be read in the file (PEM_LENIENT); a missing file has none. */
int bundle_certs(struct view *view, const char *path, struct certs *ret, struct fault *why);

#endif
