/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_BUNDLE_H
#define TRUSTFIX_BUNDLE_H

/*
 * PEM files with several certificates, edited in place: what is not ours keeps every byte.
 */

#include "src/base/buf.h"
#include "src/cert/certs.h"
#include "src/tree/view.h"

/* Where one CERTIFICATE block stands in a text. */
struct bundle_block {
	size_t start; /* of its BEGIN line */
	size_t end; /* behind the newline of its END line */
	size_t comment; /* start of the '#' lines right above it, or `start` */
};

/*
 * The next block at or after `from`; false: no more.  A BEGIN without its END is passed over.
 */
bool bundle_next(const uint8_t *text, size_t len, size_t from, struct bundle_block *ret);

/* How many BEGIN lines of certificates are in the text, counted up to `most`. */
size_t bundle_count(const uint8_t *text, size_t len, size_t most);

/* `text` without any block of that certificate into `out`; *ret_found: was there one? */
int bundle_without(const uint8_t *text, size_t len, const uint8_t sha256[static DIGEST_SHA256_LEN],
	struct buf *out, bool *ret_found, struct fault *why);

/*
 * Plan `path` with the certificate appended, a newline put before it where the last line has none;
 * `comment` (may be NULL) becomes a line of its own above it.  It holds it already: no edit.  A new
 * file gets `mode`.  FAULT_FORMAT: something else than a file is there.
 */
int bundle_add(struct view *view, const char *path, const struct cert *cert, const char *comment,
	mode_t mode, const char *whose, struct fault *why);

/* Plan `path` without that certificate; not there: no edit. */
int bundle_drop(struct view *view, const char *path, const uint8_t sha256[static DIGEST_SHA256_LEN],
	const char *whose, struct fault *why);

/* Every certificate of the file (lenient), appended; not there: none. */
int bundle_certs(struct view *view, const char *path, struct certs *ret, struct fault *why);

#endif
