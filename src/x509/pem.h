/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_PEM_H
#define TRUSTFIX_PEM_H

/*
 * Reads and writes certificates: PEM (RFC 7468), DER, PKCS#7 certs-only (RFC 5652, as DER or PEM).
 *
 * The encoding is recognized by content, never by file name.  Everything here is pure: bytes in,
 * bytes out.
 */

#include "src/base/buf.h"
#include "src/x509/certs.h"

enum pem_encoding { PEM_TEXT, PEM_DER, PEM_PKCS7, PEM_ENCODINGS };

enum pem_damage {
	PEM_STRICT, /* a damaged block is a fault that names its line: files the user passes */
	PEM_LENIENT, /* a damaged block is skipped: store bundles, as their readers do */
};

/*
 * Read every certificate from PEM text, DER or PKCS#7, in order.
 *
 * Reads CERTIFICATE, X509 CERTIFICATE and TRUSTED CERTIFICATE blocks (the last without its trust
 * settings), and the certificates in PKCS7 and CMS blocks.  Text between blocks, CRLF, a byte order
 * mark and blocks without a newline between them are fine.  `bytes` need not end in NUL; at most
 * LIMIT_PEM_BYTES.  `what` names the source in faults.  PEM_STRICT checks each certificate with
 * cert_parse().  FAULT_FORMAT: no certificate, or (PEM_STRICT) a damaged one. FAULT_LIMIT: over
 * LIMIT_PEM_CERTS.  With PEM_LENIENT, a file without certificates is fine and gives an empty list;
 * hidden_from says which readers do not see a certificate, and ret->file why.
 */
int pem_read(const void *bytes, size_t len, const char *what, enum pem_damage damage,
	struct certs *ret, struct fault *why);

/* The certificate that a repaired text must contain. */
struct pem_wanted {
	const struct cert *cert;
	bool as_trusted; /* a TRUSTED CERTIFICATE block of it is enough */
	bool held; /* set by pem_mend(): it is in the text */
};

/*
 * Append to `out` a repaired copy of the text of a certificate file that every reader of
 * pem_quirks.h can load.  It rewrites whatever makes a reader stop, or load nothing from the file;
 * the wanted certificate if some reader does not see it; and X509 CERTIFICATE blocks, which GnuTLS
 * would no longer load once a CERTIFICATE follows them.  All other bytes stay the same.
 * FAULT_FORMAT: something cannot be rewritten; the text names `what`, the line, the reason and a
 * reader.
 */
int pem_mend(const struct buf *text, const char *what, struct pem_wanted *wanted, struct buf *out,
	struct fault *why);

/*
 * Append these bytes as one PEM block with that label: 64 columns, LF, nothing before or after it.
 */
int pem_format_as(
	const char *label, const uint8_t *der, size_t len, struct buf *out, struct fault *why);

/* The same for a certificate. */
int pem_format(const struct cert *cert, struct buf *out, struct fault *why);

/*
 * Append all certificates in that encoding.  PEM_DER takes exactly one certificate (FAULT_USAGE
 * otherwise); PEM_PKCS7 writes one certs-only SignedData in DER.
 */
int pem_format_all(
	const struct certs *certs, enum pem_encoding encoding, struct buf *out, struct fault *why);

/* Parse "pem", "der" or "p7b" into *ret; false: `name` is none of them. */
bool pem_encoding_named(const char *name, enum pem_encoding *ret);

#endif
