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

#define KEYRING_READS_N 32

struct keyring {
	struct names passwords; /* the given one, then the usual; none given: empty */
	bool fits, fails; /* the given one, a keystore that was read */
	struct keyring_read {
		struct buf bytes; /* the keystore; empty: none */
		struct keystore_facts facts;
		struct certs certs;
	} reads[KEYRING_READS_N];
	size_t next; /* of them, to be replaced */
	const struct keyring_read *latest; /* what is read next may be that one, changed */
	struct p12_keys keys;
};

/* Try this password first.  FAULT_REFUSED: it is not UTF-8.  FAULT_SYSTEM: no memory. */
int keyring_set(struct keyring *keyring, const char *password, struct fault *why);

/* FAULT_REFUSED: keystores with passwords were read, and the given one is that of none. */
int keyring_check(const struct keyring *keyring, struct fault *why);
void keyring_free(struct keyring *keyring);
CLEANUP_VALUE(keyring, keyring_free)
#define auto_keyring CLEANUP(keyring) struct keyring

/* keystore_read() of the bytes, which are taken, whatever comes of it; `*ret` is borrowed until the
 * next call. */
int keyring_read(struct keyring *keyring, struct buf *bytes, const struct keyring_read **ret,
	struct fault *why);

/* What was read, borrowed, and what opened it. */
struct keystore_source keyring_source(struct keyring *keyring, const struct keyring_read *read);

#endif
