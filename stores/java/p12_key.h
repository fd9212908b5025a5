/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_P12_KEY_H
#define TRUSTFIX_P12_KEY_H

/*
 * Derive keys from passwords, for PKCS#12.
 *
 * Each derivation takes milliseconds by design, and one run needs the same key up to four times: to
 * find a keystore, to change it, and to check the result.  So a run caches its keys, and adding a
 * CA takes three derivations instead of eight.
 */

#include <stddef.h>
#include <stdint.h>

#include "src/base/fault.h"
#include "src/x509/digest.h"

#define P12_KEY_MOST 64
#define P12_KEYS_N 32

struct p12_keys {
	struct {
		uint8_t of[DIGEST_SHA256_LEN]; /* digest of the inputs of the derivation */
		uint8_t key[P12_KEY_MOST];
	} at[P12_KEYS_N];
	size_t made_n;
	uint64_t rounds_n; /* rounds spent on all of them */
};

/* The first three are the ID bytes of RFC 7292, B.3. */
enum p12_kdf { P12_KDF_KEY = 1, P12_KDF_IV = 2, P12_KDF_MAC = 3, P12_KDF_PBKDF2 };

struct p12_recipe {
	enum p12_kdf kdf;
	const struct evp_md_st *md;
	const char *password; /* UTF-8; NULL means no bytes at all, while "" is two zero bytes */
	const uint8_t *salt;
	size_t salt_len;
	uint64_t rounds;
	size_t len; /* of the key, at most P12_KEY_MOST */
};

/*
 * Derive the key into the first `len` bytes of `ret`; `keys` may be NULL.  FAULT_FORMAT: OpenSSL's
 * policy disables the digest.  FAULT_LIMIT: `keys` has used up LIMIT_RUN_ROUNDS_N.
 */
int p12_key_make(struct p12_keys *keys, const struct p12_recipe *recipe,
	uint8_t ret[static P12_KEY_MOST], struct fault *why);

/* Erase all keys. */
void p12_keys_clear(struct p12_keys *keys);

#endif
