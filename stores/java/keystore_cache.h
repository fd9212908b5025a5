/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_KEYSTORE_CACHE_H
#define TRUSTFIX_KEYSTORE_CACHE_H

/*
 * What opens the keystores of one run, and the one that was read last.
 *
 * A run reads a keystore when it finds it, before and after changing it, and again from the disk.
 * Remembering the last one, its certificates and its keys takes a sixth off the time to add a CA.
 */

#include "stores/java/keystore.h"
#include "stores/java/p12_crypt.h"

struct keystore_cache {
	struct names passwords; /* the given one, then the usual ones; empty if none is given */
	bool fits, fails; /* the given password opened, or failed to open, some keystore */
	struct p12_crypt crypt;
	struct buf bytes; /* the keystore read last; empty: none */
	struct keystore_facts facts;
	struct certs certs;
};

/* Try this password first.  FAULT_REFUSED: it is not UTF-8.  FAULT_SYSTEM: out of memory. */
int keystore_cache_set(
	struct keystore_cache *keystore_cache, const char *password, struct fault *why);

/* FAULT_REFUSED: keystores with passwords were read, but the given password opened none of them. */
int keystore_cache_check(const struct keystore_cache *keystore_cache, struct fault *why);
void keystore_cache_free(struct keystore_cache *keystore_cache);
CLEANUP_VALUE(keystore_cache, keystore_cache_free)
#define auto_keystore_cache CLEANUP(keystore_cache) struct keystore_cache

/* Like keystore_read(), into `bytes`, `facts` and `certs`.  Takes the bytes, even on failure. */
int keystore_cache_read(
	struct keystore_cache *keystore_cache, struct buf *bytes, struct fault *why);

/* What was read, borrowed, and the password that opened it. */
struct keystore_source keystore_cache_source(struct keystore_cache *keystore_cache);

#endif
