/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_P12_CRYPT_H
#define TRUSTFIX_P12_CRYPT_H

/*
 * Password-based encryption and MAC of a PKCS#12 (RFC 7292, appendix B; RFC 8018).
 *
 * OpenSSL derives the keys.  We only locate the salt, the IV and the number of rounds: rounds have
 * a limit, and a new salt must not be random, because an image's layer must be reproducible.
 *
 * Each derivation takes milliseconds by design, and a run needs the same key several times: to read
 * a keystore, to change it, and to check the result.  So a run caches its keys, and adding a CA
 * takes four derivations instead of ten.
 */

#include <openssl/types.h>

#include "src/base/buf.h"
#include "src/base/bytes.h"
#include "src/x509/digest.h"

#define P12_MAC_MOST 64
#define P12_KEYS_N 32

/* State of a run, all zero at first.  The caller sets the first two for each keystore. */
struct p12_crypt {
	const char *password; /* UTF-8; NULL means no bytes at all, while "" is two zero bytes */
	uint64_t rounds_left;
	uint64_t rounds_n; /* spent by the run */
	struct p12_key {
		uint8_t of[DIGEST_SHA256_LEN]; /* digest of the inputs of the derivation */
		EVP_CIPHER_CTX *cipher; /* with key and IV; NULL: it is the key of a MAC */
		uint8_t mac[P12_MAC_MOST];
	} keys[P12_KEYS_N];
	size_t keys_n; /* derived so far; the oldest are forgotten */
	OSSL_LIB_CTX *legacy; /* has RC2 and RC4; NULL until one is needed */
	OSSL_PROVIDER *provider; /* loaded there, beside the default one */
};

/* Erase all keys; the state is as at first. */
void p12_crypt_close(struct p12_crypt *crypt);
CLEANUP_VALUE(p12_crypt, p12_crypt_close)

/*
 * Decrypt `text` according to `algorithm` (an AlgorithmIdentifier) and append the result.  *ret: is
 * the password right?  If not, nothing is appended.  Supported are PBES2 with PBKDF2 and a block
 * cipher in CBC mode, and the six schemes of PKCS#12.  FAULT_FORMAT: an unknown algorithm, or one
 * whose OpenSSL provider is missing.  FAULT_LIMIT: too many rounds, for one key or for all.
 */
int p12_decrypt(struct p12_crypt *crypt, struct bytes algorithm, struct bytes text, struct buf *out,
	bool *ret, struct fault *why);

/* Encrypt `plain` and append the result; `algorithm` gets a new salt and IV in place. */
int p12_encrypt(struct p12_crypt *crypt, struct buf *algorithm, const struct buf *plain,
	struct buf *out, struct fault *why);

/*
 * Compute the MAC of `text` according to `mac_data` (MacData).  *ret_there is the MAC in the file;
 * `ret` gets as many bytes.  FAULT_FORMAT: damaged, PBMAC1, or an unknown digest.  FAULT_LIMIT.
 */
int p12_mac(struct p12_crypt *crypt, struct bytes mac_data, struct bytes text,
	uint8_t ret[static P12_MAC_MOST], struct bytes *ret_there, struct fault *why);

#endif
