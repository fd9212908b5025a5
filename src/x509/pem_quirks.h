/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_PEM_QUIRKS_H
#define TRUSTFIX_PEM_QUIRKS_H

/*
 * What programs take out of a file of certificates that is not plain PEM: some see a certificate,
 * some do not, and some then take none of the whole file.
 */

#include <stdbool.h>
#include <stddef.h>

/* Who reads files alike: those built on OpenSSL, Node.js (NODE_EXTRA_CA_CERTS), ... */
enum pem_reader {
	PEM_QUIRK_OPENSSL,
	PEM_QUIRK_CURL, /* the same, but what it cannot read ends the program */
	PEM_QUIRK_NODE,
	PEM_QUIRK_GNUTLS,
	PEM_QUIRK_GO,
	PEM_QUIRK_WEBPKI,
	PEM_QUIRK_KEYSTORE, /* reads no such files: never blind */
	SHAPE_CLIENTS
};

#define PEM_QUIRK_BIT(client) (1u << (client))

struct fault;

enum pem_quirk {
	PEM_QUIRK_MARK_FIRST, /* as ARMOR_MARK_FIRST and so on */
	PEM_QUIRK_MARK,
	PEM_QUIRK_MID_LINE,
	PEM_QUIRK_BEHIND_END,
	PEM_QUIRK_BEGIN_GOES_ON,
	PEM_QUIRK_BEGIN_CUT,
	PEM_QUIRK_BEFORE_BEGIN,
	PEM_QUIRK_END_GOES_ON,
	PEM_QUIRK_BLANK_LINES,
	PEM_QUIRK_NO_END,
	PEM_QUIRK_NO_DASHES,
	PEM_QUIRK_DAMAGED, /* no base64, or no certificate inside */
	PEM_QUIRK_TRAILING, /* bytes behind the certificate in its block */
	PEM_QUIRK_X509_LABEL, /* X509 CERTIFICATE */
	PEM_QUIRK_X509_BEFORE, /* the same, before a CERTIFICATE */
	PEM_QUIRK_TRUSTED_LABEL, /* TRUSTED CERTIFICATE */
	PEM_QUIRK_DISTRUSTED, /* the same, and not for servers */
	PEM_QUIRK_NOT_PEM, /* DER, or PKCS#7 */
	PEM_QUIRK_OTHER_DAMAGED, /* a block of another type that is no PEM */
	PEM_QUIRK_OTHER_INSIDE, /* and one with something else inside than its label says */
	PEM_QUIRK_LIKE_CERTIFICATE, /* CERTIFICATE REQUEST, and whatever else begins so */
	PEM_QUIRK_NUL, /* a line that begins with a NUL */
	PEM_QUIRK_NO_CERT, /* the file has none */
	PEM_QUIRKS
};

/* Of one file, SHAPE_BIT()s: who takes nothing more of it, and who takes nothing at all. */
struct pem_quirk_file {
	unsigned stopped;
	unsigned failed;
	struct {
		enum pem_quirk quirk;
		size_t line;
	} first[SHAPE_CLIENTS]; /* what first stopped or failed each */
	unsigned hurt; /* SHAPE_BIT()s of those that the block in hand stops or fails */
	char *path; /* allocated, printable */
};

/*
 * What stands at that line has this shape; the SHAPE_BIT()s of those that do not take it.  Who is
 * among `blind` has passed over the block already.
 */
unsigned pem_quirk_met(
	struct pem_quirk_file *file, enum pem_quirk quirk, size_t line, unsigned blind);

/* "OpenSSL": whom the lowest bit stands for; some set bit must be. */
const char *pem_reader(unsigned clients);

#define PEM_QUIRK_WHY_LEN 256

/*
 * "OpenSSL loads nothing of 'PATH': line 12: END and BEGIN on one line", of the first of `readers`
 * that the file stops or fails.  false: it does that to none of them, and `ret` is "".
 */
bool pem_quirk_file_says(
	const struct pem_quirk_file *file, unsigned clients, char ret[static PEM_QUIRK_WHY_LEN]);

/*
 * Who would lose certificates of other files that stand in one bundle with this one.  One that has
 * no certificate at all is passed over there.  `file` may be NULL.
 */
unsigned pem_quirk_file_spoils(const struct pem_quirk_file *file);

/* FAULT_FORMAT: UTF-16 or HTML, to which no certificate can be added; it names `what`. */
int pem_quirk_check_text(const char *text, size_t len, const char *what, struct fault *why);

void pem_quirk_file_free(struct pem_quirk_file *file);

#endif
