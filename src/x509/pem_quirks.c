/* SPDX-License-Identifier: Apache-2.0 */
#include "src/x509/pem_quirks.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * What each reader does: '-' loads the certificate, 's' skips this one, 'S' stops here and keeps
 * those before, 'F' fails and loads nothing from the file.
 *
 * Measured with OpenSSL 3.0.19, curl 7.88.1, Python 3.11 and 3.13, Ruby 3.1.2, Node.js 20.20,
 * GnuTLS 3.7.9 (gnutls-cli, wget, git) and Go 1.19.8, each with every quirk (tests/truth, "The file
 * of anchors").  OpenSSL: X509_load_cert_crl_file() reads the whole file before it adds anything.
 * Node.js: src/crypto/crypto_context.cc, AddCertsFromFile(), adds them one by one.  GnuTLS:
 * lib/x509/x509.c, gnutls_x509_crt_list_import(), searches for BEGIN CERTIFICATE anywhere, and then
 * for the next five dashes.  Go: encoding/pem and CertPool.AppendCertsFromPEM() skip what they
 * cannot read.  From reading the source: rustls-pki-types, pem.rs.
 */
static const struct {
	char effects[PEM_READERS + 1]; /* OpenSSL, curl, Node.js, GnuTLS, Go, webpki, keystores */
	const char *words;
} rows[PEM_QUIRKS] = {
	[PEM_QUIRK_MARK_FIRST] = {"----s--", "a byte order mark"},
	[PEM_QUIRK_MARK] = {"----ss-", "a byte order mark"},
	[PEM_QUIRK_MID_LINE] = {"sss-ss-", "BEGIN does not start its line"},
	[PEM_QUIRK_BEHIND_END] = {"FFS-ss-", "END and BEGIN on one line"},
	[PEM_QUIRK_BEGIN_GOES_ON] = {"sss-sF-", "more text on the BEGIN line"},
	[PEM_QUIRK_BEGIN_CUT] = {"sssFsF-", "a BEGIN line that is cut off"},
	[PEM_QUIRK_BEFORE_BEGIN] = {"FFS-s--", "END and BEGIN on one line"},
	[PEM_QUIRK_END_GOES_ON] = {"FFS-s--", "more text on the END line"},
	[PEM_QUIRK_BLANK_LINES] = {"FFS----", "blank lines inside the block"},
	[PEM_QUIRK_NO_END] = {"FFS-sF-", "no END line for this BEGIN"},
	[PEM_QUIRK_NO_DASHES] = {"FFSFsF-", "no END line for this BEGIN"},
	[PEM_QUIRK_DAMAGED] = {"FFSFsF-", "a damaged certificate"},
	[PEM_QUIRK_TRAILING] = {"---FsF-", "bytes after the certificate in its block"},
	[PEM_QUIRK_X509_LABEL] = {"----ss-", "an X509 CERTIFICATE block"},
	[PEM_QUIRK_X509_BEFORE] = {"---s---", "an X509 CERTIFICATE block before a CERTIFICATE"},
	[PEM_QUIRK_TRUSTED_LABEL] = {"--ssss-", "a TRUSTED CERTIFICATE block"},
	[PEM_QUIRK_DISTRUSTED] = {"ss-----", "a distrusted certificate"},
	[PEM_QUIRK_NOT_PEM] = {"ssssss-", "not PEM"},
	[PEM_QUIRK_OTHER_DAMAGED] = {"FFS--F-", "a damaged block"},
	[PEM_QUIRK_OTHER_INSIDE] = {"FF-----", "a damaged block"},
	[PEM_QUIRK_LIKE_CERTIFICATE] = {"---F---", "a certificate request"},
	[PEM_QUIRK_NUL] = {"SSS----", "a line that begins with a NUL byte"},
	[PEM_QUIRK_NO_CERT] = {"FFFFFF-", "no certificate in PEM"},
};

unsigned pem_quirks_met(struct pem_quirk_file *file, unsigned quirks, size_t line, size_t end_line)
{
	unsigned hidden = file->stopped;

	file->hurt = 0;
	for (enum pem_quirk quirk = 0; quirks >> quirk; quirk++) {
		bool at_end = quirk == PEM_QUIRK_BEFORE_BEGIN || quirk == PEM_QUIRK_END_GOES_ON;

		for (unsigned reader = 0; reader < PEM_READERS; reader++) {
			char effect = rows[quirk].effects[reader];
			unsigned bit = PEM_QUIRK_BIT(reader);

			if (!(quirks & 1u << quirk) || effect == '-' || (hidden & bit))
				continue;
			hidden |= bit;
			if (effect == 's')
				continue;
			if (!((file->failed | file->stopped) & bit)) {
				file->first[reader].quirk = quirk;
				file->first[reader].line = at_end ? end_line : line;
			}
			*(effect == 'F' ? &file->failed : &file->stopped) |= bit;
			file->hurt |= bit;
		}
	}
	return hidden;
}

bool pem_quirk_file_says(
	const struct pem_quirk_file *file, unsigned readers, char ret[static PEM_QUIRK_WHY_LEN])
{
	static const char *const names[PEM_READERS] = {
		"OpenSSL", "curl", "Node.js", "GnuTLS", "Go", "rustls", "Java"};
	unsigned hurt = file ? (file->failed | file->stopped) & readers : 0;

	ret[0] = '\0';
	for (unsigned reader = 0; reader < PEM_READERS; reader++) {
		if (!(hurt & PEM_QUIRK_BIT(reader)))
			continue;
		snprintf(ret, PEM_QUIRK_WHY_LEN,
			file->failed & PEM_QUIRK_BIT(reader)
				? "%s loads nothing of '%.100s': line %zu: %s"
				: "%s stops reading '%.100s' at line %zu: %s",
			names[reader], file->path, file->first[reader].line,
			rows[file->first[reader].quirk].words);
		return true;
	}
	return false;
}

unsigned pem_quirk_file_spoils(const struct pem_quirk_file *file)
{
	unsigned ret = 0;

	for (unsigned reader = 0; file && reader < PEM_READERS; reader++)
		if (file->first[reader].quirk != PEM_QUIRK_NO_CERT)
			ret |= (file->failed | file->stopped) & PEM_QUIRK_BIT(reader);
	return ret;
}

void pem_quirk_file_free(struct pem_quirk_file *file)
{
	if (file)
		free(file->path);
	free(file);
}
