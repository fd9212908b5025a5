/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CERT_H
#define TRUSTFIX_CERT_H

/*
 * One certificate: its exact DER and the facts in it.
 *
 * A cert is immutable and reference-counted: cert_make() creates one, cert_ref() adds a reference,
 * cert_free() drops one. cert_make() parses only the outer fields of RFC 5280, section 4.1 (cheap:
 * a bundle of 144 takes a millisecond); cert_parse() decodes it fully and strictly when first
 * needed and keeps the result.  Two threads must not use one cert at the same time.
 */

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "src/base/cleanup.h"
#include "src/base/fault.h"
#include "src/x509/digest.h"

struct cert;

/* Copy `der`, which must be exactly one DER certificate of at most LIMIT_CERT_BYTES with nothing
 * after it.  FAULT_FORMAT: it is not; FAULT_LIMIT. */
int cert_make(const uint8_t *der, size_t len, struct cert **ret, struct fault *why);
struct cert *cert_ref(struct cert *cert);
void cert_free(struct cert *cert);
CLEANUP_POINTER(cert, cert_free)
#define auto_cert CLEANUP(cert) struct cert *

/* The exact DER, borrowed. */
const uint8_t *cert_der(const struct cert *cert, size_t *ret_len);

/* SHA-256 of the DER, and of the SubjectPublicKeyInfo. 32 bytes, borrowed; computed when first
 * needed. */
const uint8_t *cert_sha256(const struct cert *cert);
const uint8_t *cert_spki_sha256(struct cert *cert);

/* Do both have the same bytes; the same SubjectPublicKeyInfo? */
bool cert_same(const struct cert *a, const struct cert *b);
bool cert_same_key(const struct cert *a, const struct cert *b);

/* The readers that do not see this certificate in the file it was read from: PEM_QUIRK_BIT()s. */
void cert_set_blind(struct cert *cert, unsigned clients);
unsigned cert_blind(const struct cert *cert);

/* It was read from a TRUSTED CERTIFICATE block that trusts it for servers: OpenSSL takes it as a
 * trust anchor even if it is not self-signed. */
void cert_set_trusted(struct cert *cert);
bool cert_is_trusted(const struct cert *cert);

/* Decode it fully; `*ret` is borrowed and lives as long as the cert.  FAULT_FORMAT with OpenSSL's
 * reason. */
int cert_parse(struct cert *cert, X509 **ret, struct fault *why);

/* The same for yes-or-no questions; NULL: it cannot be decoded. */
X509 *cert_x509(struct cert *cert);

/* Subject and issuer as DER Names (borrowed), for byte-for-byte comparison. */
const uint8_t *cert_subject_der(const struct cert *cert, size_t *ret_len);
const uint8_t *cert_issuer_der(const struct cert *cert, size_t *ret_len);

/* OpenSSL's hash of the subject name (X509_NAME_hash_ex), as in HHHHHHHH.0.  FAULT_FORMAT: the name
 * cannot be decoded. */
int cert_subject_hash(struct cert *cert, uint32_t *ret, struct fault *why);

/* The hash that OpenSSL used before 1.0 (X509_NAME_hash_old). */
uint32_t cert_subject_hash_old(const struct cert *cert);

/* Is `issuer`'s subject `child`'s issuer by RFC 5280, 7.1 (ignoring case, extra blanks, string
 * type)? */
bool cert_names_match(struct cert *issuer, struct cert *child);

/* Do both have the same subject, compared in the same way? */
bool cert_subjects_match(struct cert *a, struct cert *b);

/* cert_names_match(), and does issuer's key verify child?  Keys over LIMIT_PUBLIC_KEY_BITS never
 * do. */
bool cert_issued(struct cert *issuer, struct cert *child);

/* Are subject and issuer equal, and does its own key verify the signature? */
bool cert_is_self_signed(struct cert *cert);

/* RFC 5280: basicConstraints has cA TRUE, and keyUsage, if present, has keyCertSign. */
bool cert_is_ca(struct cert *cert);

/* notBefore and notAfter, both inclusive; false: they cannot be decoded. */
bool cert_times(struct cert *cert, time_t *ret_not_before, time_t *ret_not_after);

/* Is it one of Mozilla's roots, by SHA-256 (src/x509/roots.h)? */
bool cert_is_public_root(const struct cert *cert);

/* The facts reported to people and programs.  All texts are printable (text_printable()).
 * cert_facts_make() works on every cert: fields that cannot be decoded are empty or zero. */
struct cert_facts {
	char *subject; /* "O = Corp, CN = Corp Root": as s_client prints names, UTF-8 */
	char *issuer;
	char *common_name; /* last CN of the subject, "" if none */
	char *organization; /* last O of the subject, "" if none */
	char *serial; /* hex digits, "-" before a negative one */
	char *key; /* "RSA 2048", "EC P-256", "Ed25519" */
	char *signature; /* "sha256WithRSAEncryption" */
	char *subject_key_id; /* hex, "" if none */
	char *authority_key_id; /* hex, "" if none */
	char sha256[2 * DIGEST_SHA256_LEN + 1];
	char spki_sha256[2 * DIGEST_SHA256_LEN + 1];
	time_t not_before;
	time_t not_after;
	bool is_ca;
	bool is_self_signed;
	bool is_public_root;
};

int cert_facts_make(struct cert *cert, struct cert_facts *ret, struct fault *why);
void cert_facts_free(struct cert_facts *facts);
CLEANUP_VALUE(cert_facts, cert_facts_free)
#define auto_cert_facts CLEANUP(cert_facts) struct cert_facts

/* The label that p11-kit uses: the first common name, unit or organization, printable, cut to `max`
 * bytes; "" if there is none.  Allocated. */
int cert_label(struct cert *cert, size_t max, char **ret, struct fault *why);

#endif
