/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_PEM_QUIRKS_H
#define TRUSTFIX_PEM_QUIRKS_H

/*
 * What programs load from a file of certificates that is not plain PEM: some read a certificate
 * that others skip, and some then load nothing from the whole file.
 */

#include <stdbool.h>
#include <stddef.h>

/* Groups of programs that read such files the same way: those built on OpenSSL, Node.js
 * (NODE_EXTRA_CA_CERTS), ... */
enum pem_reader {
	PEM_QUIRK_OPENSSL,
	PEM_QUIRK_CURL, /* like OpenSSL, but curl fails if it cannot read the file */
	PEM_QUIRK_NODE,
	PEM_QUIRK_GNUTLS,
	PEM_QUIRK_GO,
	PEM_QUIRK_WEBPKI,
	PEM_QUIRK_KEYSTORE, /* does not read such files, so nothing is hidden from it */
	PEM_READERS
};

#define PEM_QUIRK_BIT(reader) (1u << (reader))

/*
 * In the order in which they take effect: a reader that skips a block for one quirk does not meet
 * the later ones.  Those up to PEM_QUIRK_NO_DASHES are found in the text around a block
 * (pem_block.h).
 */
enum pem_quirk {
	PEM_QUIRK_MARK_FIRST, /* a byte order mark before BEGIN, at the start of the text */
	PEM_QUIRK_MARK, /* the same on the line after a block */
	PEM_QUIRK_MID_LINE, /* other text or blanks before BEGIN */
	PEM_QUIRK_BEHIND_END, /* BEGIN is on the line that ends another block */
	PEM_QUIRK_BEGIN_GOES_ON, /* text after BEGIN on its line */
	PEM_QUIRK_BEGIN_CUT, /* BEGIN CERTIFICATE without its last dashes, and nothing after it */
	PEM_QUIRK_BEFORE_BEGIN, /* another block begins on the END line */
	PEM_QUIRK_END_GOES_ON, /* other text after END on its line */
	PEM_QUIRK_BLANK_LINES, /* in the body, where OpenSSL does not allow them */
	PEM_QUIRK_NO_END, /* no END at the start of a line; the next five dashes end the body */
	PEM_QUIRK_NO_DASHES, /* the same, and no dashes follow */
	PEM_QUIRK_OTHER_DAMAGED, /* a damaged block of another type than CERTIFICATE */
	PEM_QUIRK_LIKE_CERTIFICATE, /* CERTIFICATE REQUEST or another label with that prefix */
	PEM_QUIRK_X509_LABEL, /* X509 CERTIFICATE */
	PEM_QUIRK_X509_BEFORE, /* the same, before a CERTIFICATE */
	PEM_QUIRK_TRUSTED_LABEL, /* TRUSTED CERTIFICATE */
	PEM_QUIRK_DISTRUSTED, /* the same, but distrusted for servers */
	PEM_QUIRK_NOT_PEM, /* PKCS#7 */
	PEM_QUIRK_TRAILING, /* bytes after the certificate in its block */
	PEM_QUIRK_DAMAGED, /* not base64, or the contents are not a certificate */
	PEM_QUIRK_OTHER_INSIDE, /* a block of another type whose contents do not match its label */
	PEM_QUIRK_NUL, /* a line that begins with a NUL */
	PEM_QUIRK_NO_CERT, /* the file has no certificate in PEM */
	PEM_QUIRKS
};

/* How readers fare with one file, in PEM_QUIRK_BIT()s: `stopped` load nothing after some point in
 * it, `failed` load nothing from it at all. */
struct pem_quirk_file {
	unsigned stopped;
	unsigned failed;
	struct {
		enum pem_quirk quirk;
		size_t line;
	} first[PEM_READERS]; /* what first made each reader stop or fail */
	unsigned hurt; /* PEM_QUIRK_BIT()s of the readers that the current block stops or fails */
	char *path; /* allocated, printable */
};

/*
 * Record that a block has these quirks (1u << PEM_QUIRK_...); `end_line` is the line of its END.
 * Returns the PEM_QUIRK_BIT()s of the readers that do not read it, and sets file->hurt.
 */
unsigned pem_quirks_met(struct pem_quirk_file *file, unsigned quirks, size_t line, size_t end_line);

#define PEM_QUIRK_WHY_LEN 256

/*
 * Write "OpenSSL loads nothing of 'PATH': line 12: END and BEGIN on one line" into `ret`, about the
 * first of `readers` that the file stops or fails. false: there is none, and `ret` is "".
 */
bool pem_quirk_file_says(
	const struct pem_quirk_file *file, unsigned readers, char ret[static PEM_QUIRK_WHY_LEN]);

/*
 * Which readers would lose certificates of other files that are put into one bundle with this file?
 * A file without any certificate is left out of the bundle.  `file` may be NULL.
 */
unsigned pem_quirk_file_spoils(const struct pem_quirk_file *file);

void pem_quirk_file_free(struct pem_quirk_file *file);

#endif
