/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_P12_CRYPT_H
#define TRUSTFIX_P12_CRYPT_H

/*
 * Encryption and MAC of a PKCS#12 with a password (RFC 7292, appendix B; RFC 8018).
 *
 * A password is UTF-8; NULL is the other way to write an empty one: no bytes at all, where "" is
 * two zeros.
 */

#include "src/base/buf.h"
#include "src/base/limits.h"
#include "stores/java/p12_key.h"

struct asn1_string_st;
struct pkcs7_enc_content_st;

/* What is spent in one keystore; begin with P12_CRYPT_INIT. */
struct p12_crypt {
	uint64_t rounds_left;
	struct p12_keys *keys; /* borrowed, or NULL */
	struct ossl_lib_ctx_st *legacy; /* where RC2 and RC4 are known; NULL until one is met */
	struct ossl_provider_st *providers[2];
};

#define P12_CRYPT_INIT                                     \
	{                                                  \
		.rounds_left = LIMIT_KEYSTORE_ROUNDS_ALL_N \
	}

void p12_crypt_close(struct p12_crypt *crypt);

/*
 * Append what an EncryptedContentInfo, whole, decrypts to; *ret: does the password fit?  If not
 * nothing is appended.  Known are PBES2 of PBKDF2 with a block cipher in CBC, and the six of
 * PKCS#12.  FAULT_FORMAT: an algorithm that is not known, or needs a provider that is not there.
 * FAULT_LIMIT.
 */
int p12_decrypt(struct p12_crypt *crypt, const struct pkcs7_enc_content_st *secret,
	const char *password, struct buf *out, bool *ret, struct fault *why);

/* Have `secret` hold that text under its algorithm, with a new salt and IV of the same lengths. */
int p12_encrypt(struct p12_crypt *crypt, struct pkcs7_enc_content_st *secret, const char *password,
	const struct buf *plain, struct fault *why);

/* MacData. */
struct p12_mac {
	struct X509_sig_st *digest;
	struct asn1_string_st *salt, *rounds; /* NULL: 1 */
	const char *password; /* none of it */
};

/*
 * The MAC of that text, as long as the one that is there.  FAULT_FORMAT: PBMAC1, or a digest that
 * is not known.  FAULT_LIMIT.
 */
int p12_mac_make(struct p12_crypt *crypt, const struct p12_mac *mac,
	const struct asn1_string_st *text, uint8_t ret[static P12_KEY_MOST], struct fault *why);

#endif
