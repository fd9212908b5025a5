/* SPDX-License-Identifier: Apache-2.0 */
#include "src/x509/pem_quirks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/fault.h"
#include "src/x509/pem_block.h"

enum effect {
	TAKES,
	SKIPS, /* this one only */
	STOPS, /* this one and all behind it */
	FAILS, /* the whole file */
};

/*
 * Measured with OpenSSL 3.0.19, curl 7.88.1, Python 3.11 and 3.13, Ruby 3.1.2, Node.js 20.20,
 * GnuTLS 3.7.9 (gnutls-cli, wget, git) and Go 1.19.8, each asked about each shape (tests/truth,
 * "The file of anchors").  OpenSSL: X509_load_cert_crl_file() reads all before it takes any.  Node:
 * src/crypto/crypto_context.cc, AddCertsFromFile(), takes one by one.  GnuTLS: lib/x509/x509.c,
 * gnutls_x509_crt_list_import(), looks for BEGIN CERTIFICATE wherever it stands, and for the next
 * five dashes.  Go: encoding/pem skips what it cannot read, and CertPool.AppendCertsFromPEM() too.
 * By reading: rustls-pki-types, pem.rs.
 */
static const struct row {
	enum effect effects[SHAPE_READERS];
	const char *words;
} rows[SHAPES] = {
	[SHAPE_MARK_FIRST] = {{[SHAPE_GO] = SKIPS}, "a byte order mark"},
	[SHAPE_MARK] = {{[SHAPE_GO] = SKIPS, [SHAPE_WEBPKI] = SKIPS}, "a byte order mark"},
	[SHAPE_MID_LINE] = {{[SHAPE_OPENSSL] = SKIPS,
				    [SHAPE_NODE] = SKIPS,
				    [SHAPE_GO] = SKIPS,
				    [SHAPE_WEBPKI] = SKIPS},
		"BEGIN does not start its line"},
	[SHAPE_BEHIND_END] = {{[SHAPE_OPENSSL] = FAILS,
				      [SHAPE_NODE] = STOPS,
				      [SHAPE_GO] = SKIPS,
				      [SHAPE_WEBPKI] = SKIPS},
		"END and BEGIN on one line"},
	[SHAPE_BEGIN_GOES_ON] = {{[SHAPE_OPENSSL] = SKIPS,
					 [SHAPE_NODE] = SKIPS,
					 [SHAPE_GO] = SKIPS,
					 [SHAPE_WEBPKI] = FAILS},
		"more text on the BEGIN line"},
	[SHAPE_BEGIN_CUT] = {{[SHAPE_OPENSSL] = SKIPS,
				     [SHAPE_NODE] = SKIPS,
				     [SHAPE_GNUTLS] = FAILS,
				     [SHAPE_GO] = SKIPS,
				     [SHAPE_WEBPKI] = FAILS},
		"a BEGIN line that is cut off"},
	[SHAPE_BEFORE_BEGIN] = {{[SHAPE_OPENSSL] = FAILS, [SHAPE_NODE] = STOPS, [SHAPE_GO] = SKIPS},
		"END and BEGIN on one line"},
	[SHAPE_END_GOES_ON] = {{[SHAPE_OPENSSL] = FAILS, [SHAPE_NODE] = STOPS, [SHAPE_GO] = SKIPS},
		"more text on the END line"},
	[SHAPE_BLANK_LINES] = {{[SHAPE_OPENSSL] = FAILS, [SHAPE_NODE] = STOPS},
		"blank lines inside the block"},
	[SHAPE_NO_END] = {{[SHAPE_OPENSSL] = FAILS,
				  [SHAPE_NODE] = STOPS,
				  [SHAPE_GO] = SKIPS,
				  [SHAPE_WEBPKI] = FAILS},
		"no END line for this BEGIN"},
	[SHAPE_NO_DASHES] = {{[SHAPE_OPENSSL] = FAILS,
				     [SHAPE_NODE] = STOPS,
				     [SHAPE_GNUTLS] = FAILS,
				     [SHAPE_GO] = SKIPS,
				     [SHAPE_WEBPKI] = FAILS},
		"no END line for this BEGIN"},
	[SHAPE_DAMAGED] = {{[SHAPE_OPENSSL] = FAILS,
				   [SHAPE_NODE] = STOPS,
				   [SHAPE_GNUTLS] = FAILS,
				   [SHAPE_GO] = SKIPS,
				   [SHAPE_WEBPKI] = FAILS},
		"a damaged certificate"},
	[SHAPE_TRAILING] = {{[SHAPE_GNUTLS] = FAILS, [SHAPE_GO] = SKIPS, [SHAPE_WEBPKI] = FAILS},
		"bytes after the certificate in its block"},
	[SHAPE_X509_LABEL] = {{[SHAPE_GO] = SKIPS, [SHAPE_WEBPKI] = SKIPS},
		"an X509 CERTIFICATE block"},
	[SHAPE_X509_BEFORE] = {{[SHAPE_GNUTLS] = SKIPS},
		"an X509 CERTIFICATE block before a CERTIFICATE"},
	[SHAPE_TRUSTED_LABEL] = {{[SHAPE_NODE] = SKIPS,
					 [SHAPE_GNUTLS] = SKIPS,
					 [SHAPE_GO] = SKIPS,
					 [SHAPE_WEBPKI] = SKIPS},
		"a TRUSTED CERTIFICATE block"},
	[SHAPE_DISTRUSTED] = {{[SHAPE_OPENSSL] = SKIPS}, "a distrusted certificate"},
	[SHAPE_NOT_PEM] = {{[SHAPE_OPENSSL] = SKIPS,
				   [SHAPE_NODE] = SKIPS,
				   [SHAPE_GNUTLS] = SKIPS,
				   [SHAPE_GO] = SKIPS,
				   [SHAPE_WEBPKI] = SKIPS},
		"not PEM"},
	[SHAPE_OTHER_DAMAGED] = {{[SHAPE_OPENSSL] = FAILS, [SHAPE_NODE] = STOPS},
		"a damaged block"},
	[SHAPE_OTHER_INSIDE] = {{[SHAPE_OPENSSL] = FAILS}, "a damaged block"},
	[SHAPE_LIKE_CERTIFICATE] = {{[SHAPE_GNUTLS] = FAILS}, "a certificate request"},
	[SHAPE_NUL] = {{[SHAPE_OPENSSL] = STOPS, [SHAPE_NODE] = STOPS},
		"a line that begins with a NUL byte"},
	[SHAPE_NO_CERT] = {{[SHAPE_OPENSSL] = FAILS,
				   [SHAPE_NODE] = FAILS,
				   [SHAPE_GNUTLS] = FAILS,
				   [SHAPE_GO] = FAILS,
				   [SHAPE_WEBPKI] = FAILS},
		"no certificate in PEM"},
};

unsigned shape_met(struct shape_file *file, enum shape shape, size_t line, unsigned blind)
{
	unsigned met = blind;

	for (unsigned reader = 0; reader < SHAPE_READERS; reader++) {
		unsigned like = reader == SHAPE_CURL ? SHAPE_OPENSSL : reader;
		enum effect effect = rows[shape].effects[like];
		unsigned *hurt = effect == FAILS ? &file->failed : &file->stopped;

		if (effect == TAKES || (blind & SHAPE_BIT(reader)))
			continue;
		met |= SHAPE_BIT(reader);
		if (effect == SKIPS)
			continue;
		if (!((file->failed | file->stopped) & SHAPE_BIT(reader))) {
			file->first[reader].shape = shape;
			file->first[reader].line = line;
		}
		*hurt |= SHAPE_BIT(reader);
		file->hurt |= SHAPE_BIT(reader);
	}
	return met;
}

static unsigned lowest(unsigned readers)
{
	unsigned reader = 0;

	while (reader < SHAPE_KEYSTORE && !(readers & SHAPE_BIT(reader)))
		reader++;
	return reader;
}

const char *shape_reader_name(unsigned readers)
{
	static const char *const names[SHAPE_READERS] = {
		[SHAPE_OPENSSL] = "OpenSSL",
		[SHAPE_CURL] = "curl",
		[SHAPE_NODE] = "Node.js",
		[SHAPE_GNUTLS] = "GnuTLS",
		[SHAPE_GO] = "Go",
		[SHAPE_WEBPKI] = "rustls",
		[SHAPE_KEYSTORE] = "Java",
	};

	return names[lowest(readers)];
}

bool shape_file_says(
	const struct shape_file *file, unsigned readers, char ret[static SHAPE_WHY_LEN])
{
	unsigned hurt = file ? (file->failed | file->stopped) & readers : 0;
	unsigned reader = lowest(hurt);

	ret[0] = '\0';
	if (!hurt)
		return false;
	snprintf(ret, SHAPE_WHY_LEN,
		file->failed & SHAPE_BIT(reader) ? "%s loads nothing of '%.100s': line %zu: %s"
						 : "%s stops reading '%.100s' at line %zu: %s",
		shape_reader_name(hurt), file->path, file->first[reader].line,
		rows[file->first[reader].shape].words);
	return true;
}

unsigned shape_file_spoils(const struct shape_file *file)
{
	unsigned ret = 0;

	for (unsigned reader = 0; file && reader < SHAPE_READERS; reader++)
		if (file->first[reader].shape != SHAPE_NO_CERT)
			ret |= (file->failed | file->stopped) & SHAPE_BIT(reader);
	return ret;
}

void shape_file_free(struct shape_file *file)
{
	if (file)
		free(file->path);
	free(file);
}

int shape_check_text(const char *text, size_t len, const char *what, struct fault *why)
{
	static const char wide[] = "-\0B\0E\0G\0I\0N";
	size_t at = 0;

	if (memmem(text, len, wide, sizeof(wide) - 1) ||
		(len >= 2 &&
			(memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0)))
		return fault_set(why, FAULT_FORMAT,
			"'%s': line 1: UTF-16, which no client loads: convert it with iconv -f "
			"UTF-16 -t UTF-8",
			what);
	while (at < len && (text[at] == ' ' || (text[at] >= '\t' && text[at] <= '\r')))
		at++;
	if (at < len && text[at] == '<' && !memmem(text, len, ARMOR_BEGIN, strlen(ARMOR_BEGIN)))
		return fault_set(why, FAULT_FORMAT,
			"'%s': line 1: HTML or XML, and no certificate in it", what);
	return 0;
}
