/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_P12_CRYPT_H
#define TRUSTFIX_P12_CRYPT_H

/*
 * What of a PKCS#12 needs OpenSSL: encryption and MAC with a password (RFC 7292, appendix B; RFC
 * 8018), and BER made DER.
 *
 * A password is UTF-8; NULL is the other way to write an empty one: no bytes at all, where "" is
 * two zeros.
 */

#include "src/base/buf.h"
#include "src/base/bytes.h"
#include "src/base/limits.h"
#include "stores/p12_key.h"

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
 * Encrypted text and the DER of its AlgorithmIdentifier, whole.  Known are PBES2 of PBKDF2 with
 * AES or triple DES in CBC, and the six of PKCS#12.
 */
struct p12_secret {
	const uint8_t *algorithm;
	size_t algorithm_len;
	const uint8_t *text;
	size_t text_len;
};

/*
 * Append what it decrypts to; *ret: does the password fit?  If not nothing is appended.
 * FAULT_FORMAT: an algorithm that is not known, or needs a provider that is not there. FAULT_LIMIT.
 */
int p12_decrypt(struct p12_crypt *crypt, const struct p12_secret *secret, const char *password,
	struct buf *out, bool *ret, struct fault *why);

/*
 * Append the AlgorithmIdentifier of `like` with a new salt and IV of the same lengths, then `[0]`
 * with the text that `plain` becomes: the last fields of an EncryptedContentInfo.
 */
int p12_encrypt(struct p12_crypt *crypt, const struct p12_secret *like, const char *password,
	const struct buf *plain, struct buf *out, struct fault *why);

#define P12_MAC_MOST P12_KEY_MOST

struct p12_mac {
	const uint8_t *at; /* MacData, whole; NULL: there is none */
	size_t len;
	const uint8_t *oid; /* of its digest */
	size_t oid_len;
	const uint8_t *digest;
	size_t digest_len;
	const uint8_t *salt;
	size_t salt_len;
	uint64_t rounds;
	uint8_t key[P12_MAC_MOST]; /* from p12_mac_key() */
};

/* Derive the key.  FAULT_FORMAT: PBMAC1, or a digest that is not known.  FAULT_LIMIT. */
int p12_mac_key(
	struct p12_crypt *crypt, struct p12_mac *mac, const char *password, struct fault *why);

/* The MAC with that key, digest_len bytes. */
int p12_mac_make(const struct p12_mac *mac, const uint8_t *at, size_t len,
	uint8_t ret[static P12_MAC_MOST], struct fault *why);

enum p12_item { P12_PFX, P12_SAFES, P12_BAGS };

/*
 * Append the DER of what is BER at `at`; *ret_len: how many of the bytes that took.  Old exporters
 * write indefinite lengths; what comes out has other bytes and says the same.
 */
int p12_make_definite(enum p12_item item, const uint8_t *at, size_t len, struct buf *out,
	size_t *ret_len, struct fault *why);

#endif
