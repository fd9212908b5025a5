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
	enum effect effects[SHAPE_CLIENTS];
	const char *words;
} rows[PEM_QUIRKS] = {
	[PEM_QUIRK_MARK_FIRST] = {{[PEM_QUIRK_GO] = SKIPS}, "a byte order mark"},
	[PEM_QUIRK_MARK] = {{[PEM_QUIRK_GO] = SKIPS, [PEM_QUIRK_WEBPKI] = SKIPS},
		"a byte order mark"},
	[PEM_QUIRK_MID_LINE] = {{[PEM_QUIRK_OPENSSL] = SKIPS,
					[PEM_QUIRK_NODE] = SKIPS,
					[PEM_QUIRK_GO] = SKIPS,
					[PEM_QUIRK_WEBPKI] = SKIPS},
		"BEGIN does not start its line"},
	[PEM_QUIRK_BEHIND_END] = {{[PEM_QUIRK_OPENSSL] = FAILS,
					  [PEM_QUIRK_NODE] = STOPS,
					  [PEM_QUIRK_GO] = SKIPS,
					  [PEM_QUIRK_WEBPKI] = SKIPS},
		"END and BEGIN on one line"},
	[PEM_QUIRK_BEGIN_GOES_ON] = {{[PEM_QUIRK_OPENSSL] = SKIPS,
					     [PEM_QUIRK_NODE] = SKIPS,
					     [PEM_QUIRK_GO] = SKIPS,
					     [PEM_QUIRK_WEBPKI] = FAILS},
		"more text on the BEGIN line"},
	[PEM_QUIRK_BEGIN_CUT] = {{[PEM_QUIRK_OPENSSL] = SKIPS,
					 [PEM_QUIRK_NODE] = SKIPS,
					 [PEM_QUIRK_GNUTLS] = FAILS,
					 [PEM_QUIRK_GO] = SKIPS,
					 [PEM_QUIRK_WEBPKI] = FAILS},
		"a BEGIN line that is cut off"},
	[PEM_QUIRK_BEFORE_BEGIN] =
		{{[PEM_QUIRK_OPENSSL] = FAILS, [PEM_QUIRK_NODE] = STOPS, [PEM_QUIRK_GO] = SKIPS},
			"END and BEGIN on one line"},
	[PEM_QUIRK_END_GOES_ON] =
		{{[PEM_QUIRK_OPENSSL] = FAILS, [PEM_QUIRK_NODE] = STOPS, [PEM_QUIRK_GO] = SKIPS},
			"more text on the END line"},
	[PEM_QUIRK_BLANK_LINES] = {{[PEM_QUIRK_OPENSSL] = FAILS, [PEM_QUIRK_NODE] = STOPS},
		"blank lines inside the block"},
	[PEM_QUIRK_NO_END] = {{[PEM_QUIRK_OPENSSL] = FAILS,
				      [PEM_QUIRK_NODE] = STOPS,
				      [PEM_QUIRK_GO] = SKIPS,
				      [PEM_QUIRK_WEBPKI] = FAILS},
		"no END line for this BEGIN"},
	[PEM_QUIRK_NO_DASHES] = {{[PEM_QUIRK_OPENSSL] = FAILS,
					 [PEM_QUIRK_NODE] = STOPS,
					 [PEM_QUIRK_GNUTLS] = FAILS,
					 [PEM_QUIRK_GO] = SKIPS,
					 [PEM_QUIRK_WEBPKI] = FAILS},
		"no END line for this BEGIN"},
	[PEM_QUIRK_DAMAGED] = {{[PEM_QUIRK_OPENSSL] = FAILS,
				       [PEM_QUIRK_NODE] = STOPS,
				       [PEM_QUIRK_GNUTLS] = FAILS,
				       [PEM_QUIRK_GO] = SKIPS,
				       [PEM_QUIRK_WEBPKI] = FAILS},
		"a damaged certificate"},
	[PEM_QUIRK_TRAILING] =
		{{[PEM_QUIRK_GNUTLS] = FAILS, [PEM_QUIRK_GO] = SKIPS, [PEM_QUIRK_WEBPKI] = FAILS},
			"bytes after the certificate in its block"},
	[PEM_QUIRK_X509_LABEL] = {{[PEM_QUIRK_GO] = SKIPS, [PEM_QUIRK_WEBPKI] = SKIPS},
		"an X509 CERTIFICATE block"},
	[PEM_QUIRK_X509_BEFORE] = {{[PEM_QUIRK_GNUTLS] = SKIPS},
		"an X509 CERTIFICATE block before a CERTIFICATE"},
	[PEM_QUIRK_TRUSTED_LABEL] = {{[PEM_QUIRK_NODE] = SKIPS,
					     [PEM_QUIRK_GNUTLS] = SKIPS,
					     [PEM_QUIRK_GO] = SKIPS,
					     [PEM_QUIRK_WEBPKI] = SKIPS},
		"a TRUSTED CERTIFICATE block"},
	[PEM_QUIRK_DISTRUSTED] = {{[PEM_QUIRK_OPENSSL] = SKIPS}, "a distrusted certificate"},
	[PEM_QUIRK_NOT_PEM] = {{[PEM_QUIRK_OPENSSL] = SKIPS,
				       [PEM_QUIRK_NODE] = SKIPS,
				       [PEM_QUIRK_GNUTLS] = SKIPS,
				       [PEM_QUIRK_GO] = SKIPS,
				       [PEM_QUIRK_WEBPKI] = SKIPS},
		"not PEM"},
	[PEM_QUIRK_OTHER_DAMAGED] = {{[PEM_QUIRK_OPENSSL] = FAILS, [PEM_QUIRK_NODE] = STOPS},
		"a damaged block"},
	[PEM_QUIRK_OTHER_INSIDE] = {{[PEM_QUIRK_OPENSSL] = FAILS}, "a damaged block"},
	[PEM_QUIRK_LIKE_CERTIFICATE] = {{[PEM_QUIRK_GNUTLS] = FAILS}, "a certificate request"},
	[PEM_QUIRK_NUL] = {{[PEM_QUIRK_OPENSSL] = STOPS, [PEM_QUIRK_NODE] = STOPS},
		"a line that begins with a NUL byte"},
	[PEM_QUIRK_NO_CERT] = {{[PEM_QUIRK_OPENSSL] = FAILS,
				       [PEM_QUIRK_NODE] = FAILS,
				       [PEM_QUIRK_GNUTLS] = FAILS,
				       [PEM_QUIRK_GO] = FAILS,
				       [PEM_QUIRK_WEBPKI] = FAILS},
		"no certificate in PEM"},
};

unsigned pem_quirk_met(
	struct pem_quirk_file *file, enum pem_quirk quirk, size_t line, unsigned blind)
{
	unsigned met = blind;

	for (unsigned client = 0; client < SHAPE_CLIENTS; client++) {
		unsigned like = client == PEM_QUIRK_CURL ? PEM_QUIRK_OPENSSL : client;
		enum effect effect = rows[quirk].effects[like];
		unsigned *hurt = effect == FAILS ? &file->failed : &file->stopped;

		if (effect == TAKES || (blind & PEM_QUIRK_BIT(client)))
			continue;
		met |= PEM_QUIRK_BIT(client);
		if (effect == SKIPS)
			continue;
		if (!((file->failed | file->stopped) & PEM_QUIRK_BIT(client))) {
			file->first[client].quirk = quirk;
			file->first[client].line = line;
		}
		*hurt |= PEM_QUIRK_BIT(client);
		file->hurt |= PEM_QUIRK_BIT(client);
	}
	return met;
}

static unsigned lowest(unsigned clients)
{
	unsigned client = 0;

	while (client < PEM_QUIRK_KEYSTORE && !(clients & PEM_QUIRK_BIT(client)))
		client++;
	return client;
}

const char *pem_reader(unsigned clients)
{
	static const char *const names[SHAPE_CLIENTS] = {
		[PEM_QUIRK_OPENSSL] = "OpenSSL",
		[PEM_QUIRK_CURL] = "curl",
		[PEM_QUIRK_NODE] = "Node.js",
		[PEM_QUIRK_GNUTLS] = "GnuTLS",
		[PEM_QUIRK_GO] = "Go",
		[PEM_QUIRK_WEBPKI] = "rustls",
		[PEM_QUIRK_KEYSTORE] = "Java",
	};

	return names[lowest(clients)];
}

bool pem_quirk_file_says(
	const struct pem_quirk_file *file, unsigned clients, char ret[static PEM_QUIRK_WHY_LEN])
{
	unsigned hurt = file ? (file->failed | file->stopped) & clients : 0;
	unsigned client = lowest(hurt);

	ret[0] = '\0';
	if (!hurt)
		return false;
	snprintf(ret, PEM_QUIRK_WHY_LEN,
		file->failed & PEM_QUIRK_BIT(client) ? "%s loads nothing of '%.100s': line %zu: %s"
						     : "%s stops reading '%.100s' at line %zu: %s",
		pem_reader(hurt), file->path, file->first[client].line,
		rows[file->first[client].quirk].words);
	return true;
}

unsigned pem_quirk_file_spoils(const struct pem_quirk_file *file)
{
	unsigned ret = 0;

	for (unsigned client = 0; file && client < SHAPE_CLIENTS; client++)
		if (file->first[client].quirk != PEM_QUIRK_NO_CERT)
			ret |= (file->failed | file->stopped) & PEM_QUIRK_BIT(client);
	return ret;
}

void pem_quirk_file_free(struct pem_quirk_file *file)
{
	if (file)
		free(file->path);
	free(file);
}

int pem_quirk_check_text(const char *text, size_t len, const char *what, struct fault *why)
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
	if (at < len && text[at] == '<' &&
		!memmem(text, len, PEM_BLOCK_BEGIN, strlen(PEM_BLOCK_BEGIN)))
		return fault_set(why, FAULT_FORMAT,
			"'%s': line 1: HTML or XML, and no certificate in it", what);
	return 0;
}
