/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_PEM_H
#define TRUSTFIX_PEM_H

/*
 * Certificates in and out of files: PEM (RFC 7468), DER, PKCS#7 certs-only (RFC 5652, as DER or
 * PEM).
 *
 * The encoding is recognized by content, never by name.  Everything here is pure: bytes in, bytes
 * out.
 */

#include "src/base/buf.h"
#include "src/x509/certs.h"

enum pem_encoding { PEM_TEXT, PEM_DER, PEM_PKCS7, PEM_ENCODINGS };

enum pem_damage {
	PEM_STRICT, /* a damaged block is a fault that names its line: files a person gives us */
	PEM_LENIENT, /* a damaged block is skipped: bundles of a store, as their readers do */
};

/* How many blocks were skipped, and the line of the first damaged one (0: none). */
struct pem_skipped {
	size_t other; /* blocks of other types: keys, CRLs */
	size_t damaged; /* PEM_LENIENT only */
	size_t first_damaged_line;
};

/*
 * Read every certificate out of PEM text, DER or PKCS#7, in order.
 *
 * CERTIFICATE, X509 CERTIFICATE and TRUSTED CERTIFICATE (reduced to the certificate) count, and the
 * certificates of PKCS7 and CMS blocks.  Text between blocks, CRLF, a byte order mark and blocks
 * without a newline between them are fine.  `bytes` need not end in NUL; at most LIMIT_PEM_BYTES.
 * `what` names the source in faults.  `skipped` may be NULL.  PEM_STRICT checks each certificate
 * with cert_parse().  FAULT_FORMAT: no certificate, or (PEM_STRICT) a damaged one.  FAULT_LIMIT:
 * over LIMIT_PEM_CERTS.  With PEM_LENIENT no certificate at all is fine and gives an empty list;
 * cert_blind() says who does not see a certificate, and ret->file why.
 */
int pem_read(const void *bytes, size_t len, const char *what, enum pem_damage damage,
	struct certs *ret, struct pem_skipped *skipped, struct fault *why);

/* The certificate that a mended text must hold. */
struct pem_wanted {
	const struct cert *cert;
	bool as_trusted; /* a TRUSTED CERTIFICATE block of it will do */
	bool held; /* set: it is in the text */
};

/*
 * Append to `out` the text of a file of certificates such that every reader of pem_quirks.h can
 * load it: what stops one of them, or makes it load nothing of the file, is rewritten, and so are
 * the wanted certificate where not all of them see it, and X509 CERTIFICATE blocks, which GnuTLS
 * would lose once a CERTIFICATE follows them.  All else keeps every byte.  FAULT_FORMAT: something
 * cannot be rewritten; the text names `what`, its line, the reason and a reader.
 */
int pem_mend(const struct buf *text, const char *what, struct pem_wanted *wanted, struct buf *out,
	struct fault *why);

/* Append these bytes as one block with that label: 64 columns, LF, nothing before or after it. */
int pem_format_as(
	const char *label, const uint8_t *der, size_t len, struct buf *out, struct fault *why);

/* The same of a certificate. */
int pem_format(const struct cert *cert, struct buf *out, struct fault *why);

/*
 * Append all of them in that encoding.  PEM_DER takes exactly one certificate (FAULT_USAGE
 * otherwise); PEM_PKCS7 makes one certs-only SignedData in DER.
 */
int pem_format_all(
	const struct certs *certs, enum pem_encoding encoding, struct buf *out, struct fault *why);

/* "pem", "der", "p7b" into *ret; false: none of them. */
bool pem_encoding_named(const char *name, enum pem_encoding *ret);

#endif
