/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_KEYSTORE_CACHE_H
#define TRUSTFIX_KEYSTORE_CACHE_H

/*
 * What opens the keystores of one run, and what was read with it.
 *
 * A run reads a keystore when it finds it, before and after it changes it, and again from the disk.
 * So what the same bytes held is remembered, of keystores up to LIMIT_KEYRING_BYTES, and the keys;
 * a larger one stays until the next is read.
 */

#include "stores/java/keystore.h"
#include "stores/java/p12_key.h"

#define KEYSTORE_CACHE_READS_N 32

struct keystore_cache {
	struct names passwords; /* the given one, then the usual; none given: empty */
	bool fits, fails; /* the given one, a keystore that was read */
	struct keystore_cache_read {
		struct buf bytes; /* the keystore; empty: none */
		struct keystore_facts facts;
		struct certs certs;
	} reads[KEYSTORE_CACHE_READS_N];
	size_t next; /* of them, to be replaced */
	const struct keystore_cache_read *latest; /* what is read next may be that one, changed */
	struct p12_keys keys;
};

/* Try this password first.  FAULT_REFUSED: it is not UTF-8.  FAULT_SYSTEM: no memory. */
int keystore_cache_set(
	struct keystore_cache *keystore_cache, const char *password, struct fault *why);

/* FAULT_REFUSED: keystores with passwords were read, and the given one is that of none. */
int keystore_cache_check(const struct keystore_cache *keystore_cache, struct fault *why);
void keystore_cache_free(struct keystore_cache *keystore_cache);
CLEANUP_VALUE(keystore_cache, keystore_cache_free)
#define auto_keystore_cache CLEANUP(keystore_cache) struct keystore_cache

/* keystore_read() of the bytes, which are taken, whatever comes of it; `*ret` is borrowed until the
 * next call. */
int keystore_cache_read(struct keystore_cache *keystore_cache, struct buf *bytes,
	const struct keystore_cache_read **ret, struct fault *why);

/* What was read, borrowed, and what opened it. */
struct keystore_source keystore_cache_source(
	struct keystore_cache *keystore_cache, const struct keystore_cache_read *read);

#endif
