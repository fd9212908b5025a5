/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_BUNDLE_H
#define TRUSTFIX_BUNDLE_H

/*
 * PEM files with several certificates, edited in place; everything that is not ours stays byte for
 * byte.
 */

#include "src/base/buf.h"
#include "src/x509/pem.h"
#include "src/fs/view.h"

/* The position of one CERTIFICATE block in a text. */
struct bundle_block {
	size_t start; /* of its BEGIN line */
	size_t end; /* after the newline of its END line */
	size_t comment; /* where its comment lines begin (BUNDLE_COMMENTED), or `start` */
};

/*
 * Find the next block at or after `from`, damaged or not; false: no more blocks.
 */
bool bundle_next(const uint8_t *text, size_t len, size_t from, struct bundle_block *ret);

/* Count the certificate blocks in the text, up to `most`. */
size_t bundle_count(const uint8_t *text, size_t len, size_t most);

/* What is removed along with a block. */
enum bundle_comment {
	BUNDLE_BLOCK, /* nothing, only the block */
	BUNDLE_COMMENTED, /* the '#' lines right above it and a blank line above these, as p11-kit
			     writes them */
};

/* Append `text` without any block of that certificate to `out`; *ret_found: was there one? */
int bundle_without(const uint8_t *text, size_t len, const uint8_t sha256[static DIGEST_SHA256_LEN],
	enum bundle_comment comment, struct buf *out, bool *ret_found, struct fault *why);

/* Append the file's bytes, at most LIMIT_PEM_BYTES; a missing file is empty. */
int bundle_read(struct view *view, const char *path, struct buf *ret, struct fault *why);

/* The file's text, mended so that every client can load it (pem_mend()); a missing file is empty.
 */
int bundle_mended(struct view *view, const char *path, struct pem_wanted *wanted, struct buf *ret,
	struct fault *why);

/*
 * Plan `path` with the certificate appended, after a newline if the last line lacks one, and mended
 * where some client could not load it.  No edit if the file already holds the certificate and every
 * client sees it.  A new file gets mode 0644.  FAULT_FORMAT: `path` is not a regular file, or it
 * cannot be mended.
 */
int bundle_add(struct view *view, const char *path, const struct cert *cert, const char *whose,
	struct fault *why);

/* Plan `path` without that certificate; no edit if the certificate or the file is not there. */
int bundle_drop(struct view *view, const char *path, const uint8_t sha256[static DIGEST_SHA256_LEN],
	enum bundle_comment comment, const char *whose, struct fault *why);

/* Append every certificate that can be read in the file (PEM_LENIENT); a missing file has none. */
int bundle_certs(struct view *view, const char *path, struct certs *ret, struct fault *why);

#endif
