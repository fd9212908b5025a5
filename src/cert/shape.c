/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cert/shape.h"

enum effect {
	TAKES,
	SKIPS, /* this one only */
	STOPS, /* this one and all behind it */
	FAILS, /* the whole file */
};

/*
 * Seen with the real programs (tests/truth).  OpenSSL: X509_load_cert_crl_file() reads all before
 * it takes any.  Node: src/crypto/crypto_context.cc, AddCertsFromFile(), takes one by one.  GnuTLS:
 * lib/x509/x509.c, gnutls_x509_crt_list_import().  Go: encoding/pem skips what it cannot read, and
 * CertPool.AppendCertsFromPEM() too.  rustls: rustls-pki-types, pem.rs.
 */
static const enum effect effects[SHAPES][SHAPE_READERS] = {
	[SHAPE_MARK_FIRST] = {[SHAPE_GO] = SKIPS},
	[SHAPE_MARK] = {[SHAPE_GO] = SKIPS, [SHAPE_WEBPKI] = SKIPS},
	[SHAPE_INDENTED] = {[SHAPE_OPENSSL] = SKIPS,
		[SHAPE_NODE] = SKIPS,
		[SHAPE_GO] = SKIPS,
		[SHAPE_WEBPKI] = SKIPS},
	[SHAPE_BEHIND_END] = {[SHAPE_OPENSSL] = FAILS,
		[SHAPE_NODE] = STOPS,
		[SHAPE_GO] = SKIPS,
		[SHAPE_WEBPKI] = SKIPS},
	[SHAPE_BEFORE_BEGIN] = {[SHAPE_OPENSSL] = FAILS, [SHAPE_NODE] = STOPS, [SHAPE_GO] = SKIPS},
	[SHAPE_BLANK_LINES] = {[SHAPE_OPENSSL] = FAILS, [SHAPE_NODE] = STOPS},
	[SHAPE_DAMAGED] = {[SHAPE_OPENSSL] = FAILS,
		[SHAPE_NODE] = STOPS,
		[SHAPE_GNUTLS] = FAILS,
		[SHAPE_GO] = SKIPS,
		[SHAPE_WEBPKI] = FAILS},
	[SHAPE_NO_END] = {[SHAPE_OPENSSL] = FAILS,
		[SHAPE_NODE] = STOPS,
		[SHAPE_GNUTLS] = SKIPS,
		[SHAPE_GO] = SKIPS,
		[SHAPE_WEBPKI] = FAILS},
	[SHAPE_TRAILING] = {[SHAPE_GNUTLS] = FAILS, [SHAPE_GO] = SKIPS, [SHAPE_WEBPKI] = FAILS},
	[SHAPE_X509_LABEL] = {[SHAPE_GO] = SKIPS, [SHAPE_WEBPKI] = SKIPS},
	[SHAPE_TRUSTED_LABEL] = {[SHAPE_NODE] = SKIPS,
		[SHAPE_GNUTLS] = SKIPS,
		[SHAPE_GO] = SKIPS,
		[SHAPE_WEBPKI] = SKIPS},
	[SHAPE_DISTRUSTED] = {[SHAPE_OPENSSL] = SKIPS},
	[SHAPE_NOT_PEM] = {[SHAPE_OPENSSL] = SKIPS,
		[SHAPE_NODE] = SKIPS,
		[SHAPE_GNUTLS] = SKIPS,
		[SHAPE_GO] = SKIPS,
		[SHAPE_WEBPKI] = SKIPS},
};

unsigned shape_met(struct shape_file *file, enum shape shape)
{
	unsigned blind = 0;

	for (unsigned reader = 0; reader < SHAPE_READERS; reader++) {
		unsigned like = reader == SHAPE_CURL ? SHAPE_OPENSSL : reader;
		enum effect effect = effects[shape][like];

		if (effect != TAKES)
			blind |= SHAPE_BIT(reader);
		if (effect == STOPS)
			file->stopped |= SHAPE_BIT(reader);
		if (effect == FAILS)
			file->failed |= SHAPE_BIT(reader);
	}
	return blind;
}
