/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_KEYSTORE_H
#define TRUSTFIX_KEYSTORE_H

/*
 * A Java keystore as bytes: detect its format, list it, add or remove one trusted certificate.
 *
 * Pure: bytes in, bytes out.  Everything that is not ours (private keys, secret keys, other
 * certificates, their aliases, dates and attributes) stays byte for byte.  The type, password,
 * protection algorithms and iteration counts do not change.
 */

#include "src/base/buf.h"
#include "src/base/names.h"
#include "src/x509/certs.h"

struct p12_keys;

enum keystore_format { KEYSTORE_JKS, KEYSTORE_JCEKS, KEYSTORE_PKCS12, KEYSTORE_FORMATS };

/* "JKS", "JCEKS", "PKCS12". */
const char *keystore_format_name(enum keystore_format format);

/* The bytes, and how to open them. */
struct keystore_source {
	const uint8_t *bytes; /* at most LIMIT_FILE_BYTES */
	size_t len;
	const struct names *passwords; /* tried in order; "" means no password */
	struct p12_keys *keys; /* keys derived from them (p12_key.h), or NULL */
	const char *opened_with; /* from an earlier read of the same bytes; NULL: not known */
	const struct certs *known; /* certificates to share if equal at the same index, or NULL */
};

static inline struct keystore_source keystore_source_make(
	const uint8_t *bytes, size_t len, const struct names *passwords)
{
	return (struct keystore_source){.bytes = bytes, .len = len, .passwords = passwords};
}

struct keystore_facts {
	enum keystore_format format;
	bool has_password; /* it has a digest, MAC or encryption that needs one */
	bool opens_without; /* Java sees the certificates even if no password is given */
	const char *opened_with; /* the password; NULL: none */
	size_t entries_n;
	size_t lost_n; /* trusted entries that Java cannot find, as their alias has capitals */
};

/* A change to a keystore. */
struct keystore_edit {
	struct cert *cert; /* to be added; NULL: remove the one with `sha256` */
	const uint8_t *sha256;
	const char *alias; /* of the added entry; `when` is its date */
	time_t when;
	struct buf *out;
};

/* For the formats: is this the certificate that the edit (may be NULL) adds or removes? */
bool keystore_is_met(const struct keystore_edit *edit, const uint8_t *der, size_t len);

/*
 * Read a keystore.  `ret_facts` and `ret_certs` (the trusted certificates that Java finds, in
 * order) may be NULL.  FAULT_FORMAT: not a keystore, a damaged one, or an unsupported kind (such as
 * BKS, UBER, BCFKS, DKS, or PKCS#12 with PBMAC1).  FAULT_REFUSED: none of the passwords is right.
 * FAULT_LIMIT.
 */
int keystore_read(const struct keystore_source *source, struct keystore_facts *ret_facts,
	struct certs *ret_certs, struct fault *why);

/*
 * Append the whole keystore, with `cert` as one more trusted entry, to `out`.  `alias` is ASCII and
 * lower case; if another certificate has it, "-1", "-2", ... is appended.  `when` is the entry's
 * date, seconds since 1970.  If `cert` already is a trusted entry, under any alias, the bytes do
 * not change.
 */
int keystore_add(const struct keystore_source *source, struct cert *cert, const char *alias,
	time_t when, struct buf *out, struct fault *why);

/*
 * Append a new JKS with these certificates as trusted entries.  Every Java reads it without being
 * given its type or its password ("changeit").
 */
int keystore_make(const struct certs *certs, time_t when, struct buf *out, struct fault *why);

/*
 * Append the whole keystore without the trusted entries for this certificate, under any alias.  A
 * private key's own chain is never touched.  If there is no such entry, the bytes do not change.
 */
int keystore_remove(const struct keystore_source *source,
	const uint8_t sha256[static DIGEST_SHA256_LEN], struct buf *out, struct fault *why);

#endif
