/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CERT_H
#define TRUSTFIX_CERT_H

/*
 * One certificate: its exact DER and the facts in it.
 *
 * cert_make() creates one, cert_ref() adds a reference, cert_free() drops one.  cert_make() parses
 * only the outer fields of RFC 5280, section 4.1 (cheap: a bundle of 144 takes a millisecond);
 * cert_parse() decodes it fully and strictly when first needed and keeps the result.  Two threads
 * must not use one cert at the same time.
 */

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "src/base/bytes.h"
#include "src/base/cleanup.h"
#include "src/base/fault.h"
#include "src/base/limits.h"
#include "src/x509/digest.h"

/* A DER Name, for byte-for-byte comparison. */
struct cert_name {
	struct bytes der;
	uint32_t hash; /* as cert_subject_hash() gives it; 0: not computed yet */
};

struct cert {
	struct bytes der; /* the exact DER; the other bytes point into it */
	struct cert_name subject, issuer;
	struct bytes spki; /* the SubjectPublicKeyInfo */
	uint8_t sha256[DIGEST_SHA256_LEN]; /* of der */
	bool is_public_root; /* one of Mozilla's roots, by SHA-256 (src/x509/roots.h) */

	/* How it was read from a file of certificates: only these fields may be set. */
	unsigned hidden_from; /* PEM_QUIRK_BIT()s of the readers that do not see it there */
	bool is_trusted; /* its TRUSTED CERTIFICATE block trusts it for servers: OpenSSL takes it as
			  * a trust anchor even if it is not self-signed */

	/* only for cert.c */
	unsigned refs;
	X509 *x509; /* NULL until cert_parse() */
	uint8_t verified_by[DIGEST_SHA256_LEN]; /* SPKI digest of that key, or zeros */
	uint8_t bytes[];
};

/* Copy `der`, exactly one DER certificate of at most LIMIT_CERT_BYTES.  FAULT_FORMAT, FAULT_LIMIT.
 */
int cert_make(const uint8_t *der, size_t len, struct cert **ret, struct fault *why);
struct cert *cert_ref(struct cert *cert);
void cert_free(struct cert *cert);
CLEANUP_POINTER(cert, cert_free)
#define auto_cert CLEANUP(cert) struct cert *

/* Do both have the same bytes; the same SubjectPublicKeyInfo? */
bool cert_same(const struct cert *a, const struct cert *b);
bool cert_same_key(const struct cert *a, const struct cert *b);
void cert_spki_sha256(const struct cert *cert, uint8_t out[static DIGEST_SHA256_LEN]);

/* Decode it fully; `*ret` is borrowed and lives as long as the cert.  FAULT_FORMAT with OpenSSL's
 * reason.  cert_x509() is for yes-or-no questions; NULL: it cannot be decoded. */
int cert_parse(struct cert *cert, X509 **ret, struct fault *why);
X509 *cert_x509(struct cert *cert);

/* OpenSSL's hash of the subject name (X509_NAME_hash_ex), as in HHHHHHHH.0.  FAULT_FORMAT: the name
 * cannot be decoded.  And the hash that OpenSSL used before 1.0. */
int cert_subject_hash(struct cert *cert, uint32_t *ret, struct fault *why);
uint32_t cert_subject_hash_old(struct cert *cert);

/* Is `issuer`'s subject `child`'s issuer; do both have the same subject?  By RFC 5280, 7.1,
 * ignoring case, extra blanks and string type. */
bool cert_names_match(struct cert *issuer, struct cert *child);
bool cert_subjects_match(struct cert *a, struct cert *b);

/* Is its issuer's name that of a public root?  Tells a public root that is missing here from a
 * private one.  Anyone may use these names. */
bool cert_issuer_is_public(struct cert *cert);

/* cert_names_match(), and does issuer's key, if up to LIMIT_PUBLIC_KEY_BITS, verify child? */
bool cert_issued(struct cert *issuer, struct cert *child);

/* Are subject and issuer equal, and does its own key verify the signature? */
bool cert_is_self_signed(struct cert *cert);

/* RFC 5280: basicConstraints has cA TRUE, and keyUsage, if present, has keyCertSign. */
bool cert_is_ca(struct cert *cert);

/* Does the extended key usage (RFC 5280, 4.2.1.12) allow it?  Without that extension everything is
 * allowed. */
enum cert_use { CERT_USE_SERVERS, CERT_USE_EMAIL, CERT_USE_CODE };
bool cert_allows(struct cert *cert, enum cert_use use);

/* notBefore and notAfter, both inclusive; false: they cannot be decoded. */
bool cert_times(struct cert *cert, time_t *ret_not_before, time_t *ret_not_after);

#define CERT_HEX_LEN (1 + LIMIT_NAME_SHOWN)
#define CERT_ALGORITHM_LEN 88

/* The facts reported to people and programs.  All texts are printable (text_printable()).
 * cert_facts_make() works on every cert: fields that cannot be decoded are empty or zero. */
struct cert_facts {
	char *subject; /* "O = Corp, CN = Corp Root": as s_client prints names, UTF-8 */
	char *issuer;
	char *common_name; /* last CN of the subject, "" if none */
	char *organization; /* last O of the subject, "" if none */
	char serial[CERT_HEX_LEN + 1]; /* hex digits, "-" before a negative one */
	char subject_key_id[CERT_HEX_LEN + 1]; /* hex, "" if none */
	char authority_key_id[CERT_HEX_LEN + 1]; /* hex, "" if none */
	char key[CERT_ALGORITHM_LEN]; /* "RSA 2048", "EC P-256", "Ed25519" */
	char signature[CERT_ALGORITHM_LEN]; /* "sha256WithRSAEncryption" */
	char sha256[2 * DIGEST_SHA256_LEN + 1];
	char spki_sha256[2 * DIGEST_SHA256_LEN + 1];
	time_t not_before;
	time_t not_after;
	bool is_ca;
	bool is_self_signed;
};

int cert_facts_make(struct cert *cert, struct cert_facts *ret, struct fault *why);
void cert_facts_free(struct cert_facts *facts);
CLEANUP_VALUE(cert_facts, cert_facts_free)
#define auto_cert_facts CLEANUP(cert_facts) struct cert_facts

/* The label that p11-kit uses: the first common name, unit or organization, printable, cut to `max`
 * bytes; "" if there is none.  Allocated. */
int cert_label(struct cert *cert, size_t max, char **ret, struct fault *why);

#endif
