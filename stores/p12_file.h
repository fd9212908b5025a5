/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_P12_FILE_H
#define TRUSTFIX_P12_FILE_H

/*
 * The frame of a PKCS#12 (RFC 7292, 4): a list of ContentInfos with bags in them, some encrypted,
 * and a MAC over all of it.
 *
 * p12_open() finds the password, checks the MAC and opens every ContentInfo; p12_add_file() writes
 * a list of them again, of which p12_add_part() has made what is new.
 */

#include "src/base/limits.h"
#include "stores/keystore.h"
#include "stores/p12_bag.h"
#include "stores/p12_crypt.h"

/* P12_OTHER is encrypted for a public key, say, and left alone. */
enum p12_kind { P12_PLAIN, P12_ENCRYPTED, P12_OTHER, P12_KINDS };

struct p12_part {
	const uint8_t *at; /* the ContentInfo, whole */
	size_t len;
	enum p12_kind kind;
	const uint8_t *octets; /* of a plain one: its SafeContents */
	size_t octets_len;
	struct p12_secret secret; /* of an encrypted one */
	const char *password; /* what opened it */
	struct buf opened, definite; /* its SafeContents decrypted, and made DER if it was not */
	struct bytes bags; /* the SafeContents' bags */
	size_t trusted_n;
};

struct p12 {
	const struct keystore_source *source;
	struct p12_crypt crypt;
	const char **passwords; /* that may fit yet */
	size_t passwords_n;
	struct buf pfx, safes; /* made DER, if they were not */
	size_t end; /* of the PFX in the source: Java does not look behind it */
	const uint8_t *safes_at; /* what the MAC is over */
	size_t safes_len;
	struct p12_mac mac;
	struct p12_part *at;
	size_t n;
	struct names aliases; /* of all entries */
	size_t entries_n;
};

/* `ret` is zeroed; p12_close() also after a failure. */
int p12_open(const struct keystore_source *source, struct p12 *ret, struct fault *why);
void p12_close(struct p12 *p12);
CLEANUP_VALUE(p12, p12_close)
#define auto_p12 CLEANUP(p12) struct p12

/* One part again, with these bags and the algorithm of `like`, NULL: plain. */
int p12_add_part(struct p12 *p12, const struct p12_part *like, const struct buf *bags,
	struct buf *out, struct fault *why);

/* The whole file around `parts`, and its MAC. */
int p12_add_file(
	const struct p12 *p12, const struct buf *parts, struct buf *out, struct fault *why);

#endif
