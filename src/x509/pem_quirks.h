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

struct fault;

enum shape {
	SHAPE_MARK_FIRST, /* as ARMOR_MARK_FIRST and so on */
	SHAPE_MARK,
	SHAPE_MID_LINE,
	SHAPE_BEHIND_END,
	SHAPE_BEGIN_GOES_ON,
	SHAPE_BEGIN_CUT,
	SHAPE_BEFORE_BEGIN,
	SHAPE_END_GOES_ON,
	SHAPE_BLANK_LINES,
	SHAPE_NO_END,
	SHAPE_NO_DASHES,
	SHAPE_DAMAGED, /* no base64, or no certificate inside */
	SHAPE_TRAILING, /* bytes behind the certificate in its block */
	SHAPE_X509_LABEL, /* X509 CERTIFICATE */
	SHAPE_X509_BEFORE, /* the same, before a CERTIFICATE */
	SHAPE_TRUSTED_LABEL, /* TRUSTED CERTIFICATE */
	SHAPE_DISTRUSTED, /* the same, and not for servers */
	SHAPE_NOT_PEM, /* DER, or PKCS#7 */
	SHAPE_OTHER_DAMAGED, /* a block of another type that is no PEM */
	SHAPE_OTHER_INSIDE, /* and one with something else inside than its label says */
	SHAPE_LIKE_CERTIFICATE, /* CERTIFICATE REQUEST, and whatever else begins so */
	SHAPE_NUL, /* a line that begins with a NUL */
	SHAPE_NO_CERT, /* the file has none */
	SHAPES
};

/* Of one file, SHAPE_BIT()s: who takes nothing more of it, and who takes nothing at all. */
struct shape_file {
	unsigned stopped;
	unsigned failed;
	struct {
		enum shape shape;
		size_t line;
	} first[SHAPE_READERS]; /* what first stopped or failed each */
	unsigned hurt; /* SHAPE_BIT()s of those that the block in hand stops or fails */
	char *path; /* allocated, printable */
};

/*
 * What stands at that line has this shape; the SHAPE_BIT()s of those that do not take it.  Who is
 * among `blind` has passed over the block already.
 */
unsigned shape_met(struct shape_file *file, enum shape shape, size_t line, unsigned blind);

/* "OpenSSL": whom the lowest bit stands for; some set bit must be. */
const char *shape_reader_name(unsigned readers);

#define SHAPE_WHY_LEN 256

/*
 * "OpenSSL loads nothing of 'PATH': line 12: END and BEGIN on one line", of the first of `readers`
 * that the file stops or fails.  false: it does that to none of them, and `ret` is "".
 */
bool shape_file_says(
	const struct shape_file *file, unsigned readers, char ret[static SHAPE_WHY_LEN]);

/*
 * Who would lose certificates of other files that stand in one bundle with this one.  One that has
 * no certificate at all is passed over there.  `file` may be NULL.
 */
unsigned shape_file_spoils(const struct shape_file *file);

/* FAULT_FORMAT: UTF-16 or HTML, to which no certificate can be added; it names `what`. */
int shape_check_text(const char *text, size_t len, const char *what, struct fault *why);

void shape_file_free(struct shape_file *file);

#endif
