/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_PEM_QUIRKS_H
#define TRUSTFIX_PEM_QUIRKS_H

/*
 * What programs load from a file of certificates that is not plain PEM: some see a certificate,
 * some skip it, and some then load nothing of the whole file.
 */

#include <stdbool.h>
#include <stddef.h>

/* Programs that read files alike: those built on OpenSSL, Node.js (NODE_EXTRA_CA_CERTS), ... */
enum pem_reader {
	PEM_QUIRK_OPENSSL,
	PEM_QUIRK_CURL, /* the same, but a file that it cannot read ends the program */
	PEM_QUIRK_NODE,
	PEM_QUIRK_GNUTLS,
	PEM_QUIRK_GO,
	PEM_QUIRK_WEBPKI,
	PEM_QUIRK_KEYSTORE, /* reads no such files, so none of them can hide anything from it */
	PEM_READERS
};

#define PEM_QUIRK_BIT(reader) (1u << (reader))

/* Those up to PEM_QUIRK_NO_DASHES are seen in the text around a block (pem_block.h). */
enum pem_quirk {
	PEM_QUIRK_MARK_FIRST, /* a byte order mark before BEGIN, at the start of the text */
	PEM_QUIRK_MARK, /* the same on the line after a block */
	PEM_QUIRK_MID_LINE, /* other text or blanks before BEGIN */
	PEM_QUIRK_BEHIND_END, /* BEGIN is on the line that ends another block */
	PEM_QUIRK_BEGIN_GOES_ON, /* text after BEGIN on its line */
	PEM_QUIRK_BEGIN_CUT, /* BEGIN CERTIFICATE without its last dashes, and nothing else */
	PEM_QUIRK_BEFORE_BEGIN, /* another block begins on the END line */
	PEM_QUIRK_END_GOES_ON, /* other text after END on its line */
	PEM_QUIRK_BLANK_LINES, /* in the body, where OpenSSL allows none */
	PEM_QUIRK_NO_END, /* none at the start of a line; the next five dashes end the body */
	PEM_QUIRK_NO_DASHES, /* the same, and no dashes come */
	PEM_QUIRK_DAMAGED, /* not base64, or no certificate inside */
	PEM_QUIRK_TRAILING, /* bytes after the certificate in its block */
	PEM_QUIRK_X509_LABEL, /* X509 CERTIFICATE */
	PEM_QUIRK_X509_BEFORE, /* the same, before a CERTIFICATE */
	PEM_QUIRK_TRUSTED_LABEL, /* TRUSTED CERTIFICATE */
	PEM_QUIRK_DISTRUSTED, /* the same, and not for servers */
	PEM_QUIRK_NOT_PEM, /* DER, or PKCS#7 */
	PEM_QUIRK_OTHER_DAMAGED, /* a damaged block of another type */
	PEM_QUIRK_OTHER_INSIDE, /* and one whose contents are not what its label says */
	PEM_QUIRK_LIKE_CERTIFICATE, /* CERTIFICATE REQUEST, and whatever else begins like that */
	PEM_QUIRK_NUL, /* a line that begins with a NUL */
	PEM_QUIRK_NO_CERT, /* the file has none */
	PEM_QUIRKS
};

/* One file, in PEM_QUIRK_BIT()s: who loads nothing more of it, and who loads nothing at all. */
struct pem_quirk_file {
	unsigned stopped;
	unsigned failed;
	struct {
		enum pem_quirk quirk;
		size_t line;
	} first[PEM_READERS]; /* what first stopped or failed each */
	unsigned hurt; /* PEM_QUIRK_BIT()s of those that the block at hand stops or fails */
	char *path; /* allocated, printable */
};

/*
 * There is this quirk at that line: `blind`, the PEM_QUIRK_BIT()s of those that have skipped the
 * block already, with those that skip it because of the quirk.
 */
unsigned pem_quirk_met(
	struct pem_quirk_file *file, enum pem_quirk quirk, size_t line, unsigned blind);

#define PEM_QUIRK_WHY_LEN 256

/*
 * "OpenSSL loads nothing of 'PATH': line 12: END and BEGIN on one line", about the first of
 * `readers` that the file stops or fails.  false: it does that to none of them, and `ret` is "".
 */
bool pem_quirk_file_says(
	const struct pem_quirk_file *file, unsigned readers, char ret[static PEM_QUIRK_WHY_LEN]);

/*
 * Who would lose certificates of other files that are put into one bundle with this one?  A file
 * without any certificate is skipped there.  `file` may be NULL.
 */
unsigned pem_quirk_file_spoils(const struct pem_quirk_file *file);

void pem_quirk_file_free(struct pem_quirk_file *file);

#endif
