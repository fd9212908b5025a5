/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_P12_CRYPT_H
#define TRUSTFIX_P12_CRYPT_H

/*
 * Password-based encryption and MAC of a PKCS#12 (RFC 7292, appendix B; RFC 8018).
 *
 * We do not use OpenSSL's PKCS12_pbe_crypt() and PKCS12_verify_mac(): they derive the key again in
 * every call (p12_key.h) and encrypt with a random IV, but an image's layer must be reproducible.
 * We parse the parameters ourselves, so that we can limit the rounds and replace a salt in place.
 */

#include "src/base/buf.h"
#include "src/base/bytes.h"
#include "stores/java/p12_key.h"

/* State for one keystore; the caller sets the password and the number of rounds allowed. */
struct p12_crypt {
	const char *password; /* UTF-8; NULL means no bytes at all, while "" is two zero bytes */
	uint64_t rounds_left;
	struct p12_keys *keys; /* borrowed, or NULL */
	struct ossl_lib_ctx_st *legacy; /* has RC2 and RC4; NULL until one is needed */
	struct ossl_provider_st *providers[2];
};

void p12_crypt_close(struct p12_crypt *crypt);

/*
 * Decrypt `text` according to `algorithm` (an AlgorithmIdentifier) and append the result.  *ret: is
 * the password right?  If not, nothing is appended.  Supported are PBES2 with PBKDF2 and a block
 * cipher in CBC mode, and the six schemes of PKCS#12.  FAULT_FORMAT: an unknown algorithm, or one
 * whose OpenSSL provider is missing.  FAULT_LIMIT.
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
	uint8_t ret[static P12_KEY_MOST], struct bytes *ret_there, struct fault *why);

#endif
