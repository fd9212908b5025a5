/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_KEYSTORE_H
#define TRUSTFIX_KEYSTORE_H

/*
 * A Java keystore as bytes: told by content, listed, one trusted certificate added or taken out.
 *
 * Pure: bytes in, bytes out.  What is not ours (private keys, secret keys, other certificates,
 * their aliases, dates and attributes) comes out byte for byte as it went in; type, password,
 * protection algorithms and iteration counts stay as they were found.
 */

#include "src/base/buf.h"
#include "src/base/names.h"
#include "src/x509/certs.h"

struct p12_keys;

enum keystore_format { KEYSTORE_JKS, KEYSTORE_JCEKS, KEYSTORE_PKCS12, KEYSTORE_FORMATS };

/* "JKS", "JCEKS", "PKCS12". */
const char *keystore_format_name(enum keystore_format format);

/* The bytes, and what opens them. */
struct keystore_source {
	const uint8_t *bytes; /* at most LIMIT_FILE_BYTES */
	size_t len;
	const struct names *passwords; /* tried in order; "" is none */
	struct p12_keys *keys; /* what was derived from them (p12_key.h), or NULL */
	const char *opened_with; /* as a read of the same bytes said; NULL: it is to be found */
	const struct certs *known; /* shared where it holds the same at the same place; or NULL */
};

static inline struct keystore_source keystore_source_make(
	const uint8_t *bytes, size_t len, const struct names *passwords)
{
	return (struct keystore_source){.bytes = bytes, .len = len, .passwords = passwords};
}

struct keystore_facts {
	enum keystore_format format;
	bool has_password; /* a digest, MAC or encryption that a password opens */
	bool opens_without; /* Java without a password given sees the certificates */
	const char *opened_with; /* the password; NULL: it has none */
	size_t entries_n;
	size_t lost_n; /* trusted entries that Java does not find, under aliases with capitals */
};

/* What is to become of a keystore. */
struct keystore_edit {
	struct cert *cert; /* to be added; NULL: the one with this fingerprint is to go */
	const uint8_t *sha256;
	const char *alias; /* of what is added, and its date */
	time_t when;
	struct buf *out;
};

/* For the formats: is that certificate the one that the edit, which may be NULL, is about? */
bool keystore_is_met(const struct keystore_edit *edit, const uint8_t *der, size_t len);

/*
 * `ret_facts` and `ret_certs` (the trusted certificates that Java finds, in order) may be NULL.
 * FAULT_FORMAT: no keystore, a damaged one, or one of a kind that is not supported (BKS, UBER,
 * BCFKS and DKS among them, and a PKCS#12 with PBMAC1).  FAULT_REFUSED: no password fits.
 * FAULT_LIMIT.
 */
int keystore_read(const struct keystore_source *source, struct keystore_facts *ret_facts,
	struct certs *ret_certs, struct fault *why);

/*
 * Append the whole keystore with `cert` as one more trusted entry to `out`.  `alias` is ASCII and
 * lower case; when another certificate has it, "-1", "-2", ... is put behind it.  `when` is the
 * entry's date, seconds since 1970.  It is a trusted entry already, under any alias: the very same
 * bytes.
 */
int keystore_add(const struct keystore_source *source, struct cert *cert, const char *alias,
	time_t when, struct buf *out, struct fault *why);

/*
 * Append a new JKS with these as trusted entries, which every Java reads without being told its
 * type or its password ("changeit").
 */
int keystore_make(const struct certs *certs, time_t when, struct buf *out, struct fault *why);

/*
 * Append the whole keystore without the trusted entries that hold this certificate, under whatever
 * alias.  A key's own chain is never touched.  Not there: the very same bytes.
 */
int keystore_remove(const struct keystore_source *source,
	const uint8_t sha256[static DIGEST_SHA256_LEN], struct buf *out, struct fault *why);

#endif
