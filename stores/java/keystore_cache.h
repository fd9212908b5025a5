/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_KEYSTORE_CACHE_H
#define TRUSTFIX_KEYSTORE_CACHE_H

/*
 * What opens the keystores of one run: passwords, and the keys that were derived from them.
 *
 * A run reads a keystore when it finds it, before and after changing it, and again from the disk.
 */

#include "stores/java/keystore.h"
#include "stores/java/p12_crypt.h"

struct keystore_cache {
	struct names passwords; /* the given one, then the usual ones; empty if none is given */
	bool fits, fails; /* the given password opened, or failed to open, some keystore */
	struct p12_crypt crypt;
};

/* Try this password first.  FAULT_REFUSED: it is not UTF-8.  FAULT_SYSTEM: out of memory. */
int keystore_cache_set(struct keystore_cache *cache, const char *password, struct fault *why);

/* FAULT_REFUSED: keystores with passwords were read, but the given password opened none of them. */
int keystore_cache_check(const struct keystore_cache *cache, struct fault *why);
void keystore_cache_free(struct keystore_cache *cache);
CLEANUP_VALUE(keystore_cache, keystore_cache_free)
#define auto_keystore_cache CLEANUP(keystore_cache) struct keystore_cache

/* These bytes, to be opened with the passwords and keys of the run; all is borrowed. */
struct keystore_source keystore_cache_source(struct keystore_cache *cache, const struct buf *bytes);

/* keystore_read(), remembering whether the given password fits. */
int keystore_cache_read(struct keystore_cache *cache, const struct buf *bytes,
	struct keystore_facts *ret_facts, struct certs *ret_certs, struct fault *why);

#endif
