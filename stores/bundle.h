/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_BUNDLE_H
#define TRUSTFIX_BUNDLE_H

/*
 * PEM files with several certificates, edited in place: what is not ours keeps every byte.
 */

#include "src/base/buf.h"
#include "src/x509/pem.h"
#include "src/fs/view.h"

/* Where one CERTIFICATE block stands in a text. */
struct bundle_block {
	size_t start; /* of its BEGIN line */
	size_t end; /* behind the newline of its END line */
	size_t comment; /* where what goes with it begins (BUNDLE_COMMENTED), or `start` */
};

/*
 * The next block at or after `from`, damaged or not; false: no more.
 */
bool bundle_next(const uint8_t *text, size_t len, size_t from, struct bundle_block *ret);

/* How many BEGIN lines of certificates are in the text, counted up to `most`. */
size_t bundle_count(const uint8_t *text, size_t len, size_t most);

/* What goes with a block that is taken out. */
enum bundle_comment {
	BUNDLE_BLOCK, /* nothing: exactly the block */
	BUNDLE_COMMENTED, /* the '#' lines right above it too, and a blank line above these:
			     p11-kit's */
};

/* `text` without any block of that certificate into `out`; *ret_found: was there one? */
int bundle_without(const uint8_t *text, size_t len, const uint8_t sha256[static DIGEST_SHA256_LEN],
	enum bundle_comment comment, struct buf *out, bool *ret_found, struct fault *why);

/* The file's bytes, at most LIMIT_PEM_BYTES, appended; not there: none. */
int bundle_read(struct view *view, const char *path, struct buf *ret, struct fault *why);

/* The file's text as every client can load it (pem_mend()); not there: none. */
int bundle_mended(struct view *view, const char *path, struct pem_wanted *wanted, struct buf *ret,
	struct fault *why);

/*
 * Plan `path` with the certificate appended, a newline put before it where the last line has none,
 * and mended where some client could not load it.  It holds it already, and all see it: no edit.  A
 * new file gets 0644.  FAULT_FORMAT: something else than a file is there, or it cannot be mended.
 */
int bundle_add(struct view *view, const char *path, const struct cert *cert, const char *whose,
	struct fault *why);

/* Plan `path` without that certificate; not there: no edit. */
int bundle_drop(struct view *view, const char *path, const uint8_t sha256[static DIGEST_SHA256_LEN],
	enum bundle_comment comment, const char *whose, struct fault *why);

/* Every certificate of the file (lenient), appended; not there: none. */
int bundle_certs(struct view *view, const char *path, struct certs *ret, struct fault *why);

#endif
