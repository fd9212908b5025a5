/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_P12_CRYPT_H
#define TRUSTFIX_P12_CRYPT_H

/*
 * Encryption and MAC of a PKCS#12 with a password (RFC 7292, appendix B; RFC 8018).
 *
 * OpenSSL's PKCS12_pbe_crypt() and PKCS12_verify_mac() are not used: they derive the key anew for
 * every call (p12_key.h) and encrypt with a random IV, and an image's layer must come out the same
 * each time it is made.  The parameters are walked here, so that rounds have a limit and a salt can
 * be replaced where it stands.
 */

#include "src/base/buf.h"
#include "src/base/bytes.h"
#include "stores/java/p12_key.h"

/* What one keystore needs; begin with the password and the rounds that are allowed. */
struct p12_crypt {
	const char *password; /* UTF-8; NULL: no bytes at all, where "" is two zero bytes */
	uint64_t rounds_left;
	struct p12_keys *keys; /* borrowed, or NULL */
	struct ossl_lib_ctx_st *legacy; /* where RC2 and RC4 are known; NULL until one is met */
	struct ossl_provider_st *providers[2];
};

void p12_crypt_close(struct p12_crypt *crypt);

/*
 * Append what `text`, encrypted as `algorithm` (an AlgorithmIdentifier) says, decrypts to; *ret:
 * does the password fit?  If not nothing is appended.  Known are PBES2 of PBKDF2 with a block
 * cipher in CBC, and the six of PKCS#12.  FAULT_FORMAT: an algorithm that is not known, or needs a
 * provider that is not there.  FAULT_LIMIT.
 */
int p12_decrypt(struct p12_crypt *crypt, struct bytes algorithm, struct bytes text, struct buf *out,
	bool *ret, struct fault *why);

/* Append `plain` encrypted; `algorithm` gets a new salt and IV, in place. */
int p12_encrypt(struct p12_crypt *crypt, struct buf *algorithm, const struct buf *plain,
	struct buf *out, struct fault *why);

/*
 * The MAC of `text` as `mac_data` (MacData) says, as long as the one that is there, which is
 * *ret_there.  FAULT_FORMAT: damaged, PBMAC1, or a digest that is not known.  FAULT_LIMIT.
 */
int p12_mac(struct p12_crypt *crypt, struct bytes mac_data, struct bytes text,
	uint8_t ret[static P12_KEY_MOST], struct bytes *ret_there, struct fault *why);

#endif
