/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_KEYSTORE_CACHE_H
#define TRUSTFIX_KEYSTORE_CACHE_H

/*
 * The passwords for the keystores of one run, and the results of reading them.
 *
 * A run reads a keystore when it finds it, before and after changing it, and again from the disk.
 * So this cache keeps the derived keys and the contents of keystores up to LIMIT_KEYRING_BYTES; a
 * larger one is kept only until the next is read.
 */

#include "stores/java/keystore.h"
#include "stores/java/p12_crypt.h"

#define KEYSTORE_CACHE_READS_N 32

struct keystore_cache {
	struct names passwords; /* the given one, then the usual ones; empty if none is given */
	bool fits, fails; /* the given password opened, or failed to open, some keystore */
	struct keystore_cache_read {
		struct buf bytes; /* the keystore; empty: none */
		struct keystore_facts facts;
		struct certs certs;
	} reads[KEYSTORE_CACHE_READS_N]; /* the first is for a large one */
	size_t next; /* counts the small ones */
	const struct keystore_cache_read *latest; /* the next read may be a changed version of it */
	struct p12_crypt crypt;
};

/* Try this password first.  FAULT_REFUSED: it is not UTF-8.  FAULT_SYSTEM: out of memory. */
int keystore_cache_set(
	struct keystore_cache *keystore_cache, const char *password, struct fault *why);

/* FAULT_REFUSED: keystores with passwords were read, but the given password opened none of them. */
int keystore_cache_check(const struct keystore_cache *keystore_cache, struct fault *why);
void keystore_cache_free(struct keystore_cache *keystore_cache);
CLEANUP_VALUE(keystore_cache, keystore_cache_free)
#define auto_keystore_cache CLEANUP(keystore_cache) struct keystore_cache

/* Like keystore_read(); takes the bytes, even on failure.  `*ret` is borrowed until the next call.
 */
int keystore_cache_read(struct keystore_cache *keystore_cache, struct buf *bytes,
	const struct keystore_cache_read **ret, struct fault *why);

/* What was read, borrowed, and the password that opened it. */
struct keystore_source keystore_cache_source(
	struct keystore_cache *keystore_cache, const struct keystore_cache_read *read);

#endif
