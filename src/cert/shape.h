/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_SHAPE_H
#define TRUSTFIX_SHAPE_H

/*
 * What programs take out of a file of certificates that is not plain PEM: some see a certificate,
 * some do not, and some then take none of the whole file.
 */

/* Who reads files alike: those built on OpenSSL, Node.js (NODE_EXTRA_CA_CERTS), ... */
enum shape_reader {
	SHAPE_OPENSSL,
	SHAPE_CURL, /* the same, but what it cannot read ends the program */
	SHAPE_NODE,
	SHAPE_GNUTLS,
	SHAPE_GO,
	SHAPE_WEBPKI,
	SHAPE_KEYSTORE, /* reads no such files: never blind */
	SHAPE_READERS
};

#define SHAPE_BIT(reader) (1u << (reader))

enum shape {
	SHAPE_MARK_FIRST, /* as ARMOR_MARK_FIRST and so on */
	SHAPE_MARK,
	SHAPE_INDENTED,
	SHAPE_BEHIND_END,
	SHAPE_BEFORE_BEGIN,
	SHAPE_BLANK_LINES,
	SHAPE_NO_END,
	SHAPE_DAMAGED, /* no base64, or no certificate inside */
	SHAPE_TRAILING, /* bytes behind the certificate in its block */
	SHAPE_X509_LABEL, /* X509 CERTIFICATE */
	SHAPE_TRUSTED_LABEL, /* TRUSTED CERTIFICATE */
	SHAPE_DISTRUSTED, /* the same, and not for servers */
	SHAPE_NOT_PEM, /* DER, or PKCS#7 */
	SHAPES
};

/* Of one file, SHAPE_BIT()s: who takes nothing more of it, and who takes nothing at all. */
struct shape_file {
	unsigned stopped;
	unsigned failed;
};

/* The next block has this shape; the SHAPE_BIT()s of those that do not take it. */
unsigned shape_met(struct shape_file *file, enum shape shape);

#endif
