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
#include "src/base/bytes.h"
#include "src/base/names.h"
#include "src/x509/certs.h"

struct p12_crypt;

enum keystore_format { KEYSTORE_JKS, KEYSTORE_JCEKS, KEYSTORE_PKCS12, KEYSTORE_FORMATS };

/* "JKS", "JCEKS", "PKCS12". */
const char *keystore_format_name(enum keystore_format format);

/* The bytes, and how to open them. */
struct keystore_source {
	const uint8_t *bytes; /* at most LIMIT_FILE_BYTES */
	size_t len;
	const struct names *passwords; /* tried in order; "" means no password */
	struct p12_crypt *crypt; /* of the run (p12_crypt.h); NULL: the call has its own */
};

struct keystore_facts {
	enum keystore_format format;
	bool has_password; /* it has a digest, MAC or encryption that needs one */
	bool opens_without; /* Java sees the certificates even if no password is given */
	const char *opened_with; /* the password; NULL: none */
	size_t entries_n;
	size_t lost_n; /* trusted entries that Java cannot find, as their alias has capitals */
};

/*
 * Read a keystore.  `ret_facts` and `ret_certs` (the trusted certificates that Java finds, in
 * order) may be NULL.  FAULT_FORMAT: not a keystore, a damaged one, or an unsupported kind (such as
 * BKS, UBER, BCFKS, DKS, or PKCS#12 with PBMAC1).  FAULT_REFUSED: none of the passwords is right.
 * FAULT_LIMIT.
 */
int keystore_read(const struct keystore_source *source, struct keystore_facts *ret_facts,
	struct certs *ret_certs, struct fault *why);

/* A change: one trusted certificate more, or one less. */
struct keystore_edit {
	const struct cert *cert; /* to be added; NULL: to be removed */
	const uint8_t *sha256; /* of the certificate */
	const char *alias; /* of the added entry: ASCII and lower case */
	time_t when; /* the date of the added entry, seconds since 1970 */
};

/*
 * Append the whole changed keystore to `out`.  The bytes do not change if the certificate already
 * is a trusted entry under any alias, or there is none to be removed.  If another certificate has
 * the alias, "-1", "-2", ... is appended to it.  A private key's own chain is never touched.
 * Faults as keystore_read().
 */
int keystore_change(const struct keystore_source *source, const struct keystore_edit *edit,
	struct buf *out, struct fault *why);

/*
 * Append a new JKS with these certificates as trusted entries.  Every Java reads it without being
 * given its type or its password ("changeit").
 */
int keystore_make(const struct certs *certs, time_t when, struct buf *out, struct fault *why);

/* ---- for the formats, jks.c and p12.c -------------------------------------------------------- */

/* One keystore being read or changed. */
struct keystore_walk {
	const struct keystore_source *source;
	const struct keystore_edit *edit; /* NULL: it is only read */
	struct buf out; /* the changed keystore */
	struct keystore_facts facts; /* the format is known */
	struct certs *certs; /* gets the trusted ones that Java finds; NULL: not wanted */
	struct names aliases; /* of all entries */
};

/* Take a trusted certificate that Java finds; *ret_met: it is what the edit adds or removes. */
int keystore_take(struct keystore_walk *walk, struct bytes der, bool *ret_met, struct fault *why);

/*
 * Refuse duplicate aliases, of which Java keeps the last.  Then choose that of the edit: the first
 * free one of "alias", "alias-1", ...  (compared in lower case), allocated.  FAULT_FORMAT: a
 * duplicate.  FAULT_LIMIT: LIMIT_ALIAS_SUFFIX_N are taken.
 */
int keystore_alias(struct keystore_walk *walk, char **ret, struct fault *why);

#define JKS_MAGIC "\xfe\xed\xfe\xed"
#define JCEKS_MAGIC "\xce\xce\xce\xce"

/* Do the bytes begin like a PFX: SEQUENCE { INTEGER 3, SEQUENCE { ...? */
bool p12_is(const uint8_t *bytes, size_t len);

/* Read all of it, and make the change. */
int jks_walk(struct keystore_walk *walk, struct fault *why);
int p12_walk(struct keystore_walk *walk, struct fault *why);

#endif
