/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CERT_H
#define TRUSTFIX_CERT_H

/*
 * One certificate: its exact DER and what can be said of it.
 *
 * A cert is immutable and counted: cert_make() gives one, cert_ref() another hold on it,
 * cert_free() lets go.  Making one walks only the outer fields of RFC 5280, section 4.1 (cheap: a
 * bundle of 144 costs a millisecond); cert_parse() is the full and strict decoding, done on first
 * need and kept.  One cert must not be used by two threads at once.
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

/*
 * Copy `der`, which must be exactly one DER certificate of at most LIMIT_CERT_BYTES, nothing behind
 * it. FAULT_FORMAT: it is not; FAULT_LIMIT.
 */
int cert_make(const uint8_t *der, size_t len, struct cert **ret, struct fault *why);
struct cert *cert_ref(struct cert *cert);
void cert_free(struct cert *cert);
CLEANUP_POINTER(cert, cert_free)
#define auto_cert CLEANUP(cert) struct cert *

/* The exact bytes, borrowed. */
const uint8_t *cert_der(const struct cert *cert, size_t *ret_len);

/* SHA-256 of the DER; of the SubjectPublicKeyInfo.  32 bytes, borrowed; made on first need. */
const uint8_t *cert_sha256(const struct cert *cert);
const uint8_t *cert_spki_sha256(struct cert *cert);

/* The same bytes; the same SubjectPublicKeyInfo. */
bool cert_same(const struct cert *a, const struct cert *b);
bool cert_same_key(const struct cert *a, const struct cert *b);

/* The readers that do not see it in the file it was read from: PEM_QUIRK_BIT()s. */
void cert_set_blind(struct cert *cert, unsigned clients);
unsigned cert_blind(const struct cert *cert);

/* It stood in a TRUSTED CERTIFICATE block that trusts it for servers: an anchor for OpenSSL, be it
 * self-signed or not. */
void cert_set_trusted(struct cert *cert);
bool cert_is_trusted(const struct cert *cert);

/* Decode all of it; `*ret` is borrowed and lives as long as the cert.  FAULT_FORMAT with OpenSSL's
 * reason. */
int cert_parse(struct cert *cert, X509 **ret, struct fault *why);

/* The same for questions that are answered with yes or no; NULL: it cannot be decoded. */
X509 *cert_x509(struct cert *cert);

/* Subject and issuer as DER Names (borrowed), for comparing byte for byte. */
const uint8_t *cert_subject_der(const struct cert *cert, size_t *ret_len);
const uint8_t *cert_issuer_der(const struct cert *cert, size_t *ret_len);

/* OpenSSL's hash of the subject's name (X509_NAME_hash_ex), as in HHHHHHHH.0.  FAULT_FORMAT: the
 * name cannot be decoded. */
int cert_subject_hash(struct cert *cert, uint32_t *ret, struct fault *why);

/* The same as OpenSSL had it before 1.0 (X509_NAME_hash_old). */
uint32_t cert_subject_hash_old(const struct cert *cert);

/* Is `issuer`'s subject `child`'s issuer, as RFC 5280, 7.1 compares names (case, blanks, string
 * types)? */
bool cert_names_match(struct cert *issuer, struct cert *child);

/* Have both the same subject, compared in the same way? */
bool cert_subjects_match(struct cert *a, struct cert *b);

/*
 * cert_names_match(), and issuer's key verifies child's signature?  Keys over LIMIT_PUBLIC_KEY_BITS
 * verify nothing.
 */
bool cert_issued(struct cert *issuer, struct cert *child);

/* Subject equals issuer and the signature verifies with the own key. */
bool cert_is_self_signed(struct cert *cert);

/* RFC 5280: basicConstraints cA TRUE, and keyUsage, if there, with keyCertSign. */
bool cert_is_ca(struct cert *cert);

/* notBefore and notAfter, both within; false: they cannot be decoded. */
bool cert_times(struct cert *cert, time_t *ret_not_before, time_t *ret_not_after);

/* Is it one of Mozilla's roots, by SHA-256 (src/x509/roots.h)? */
bool cert_is_public_root(const struct cert *cert);

/*
 * What a person or a program is told.  All texts are printable (text_printable()).
 * cert_facts_make() works on every cert: fields that cannot be decoded are empty or zero.
 */
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

/* The label p11-kit gives: the first common name, unit or organization, printable, cut to `max`
 * bytes; "" for none.  Allocated. */
int cert_label(struct cert *cert, size_t max, char **ret, struct fault *why);

#endif
