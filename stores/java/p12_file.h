/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_P12_FILE_H
#define TRUSTFIX_P12_FILE_H

/*
 * The frame of a PKCS#12 (RFC 7292, 4): a list of ContentInfos with bags in them, some encrypted,
 * and a MAC over all of it.
 *
 * p12_open() finds the password, checks the MAC and opens every ContentInfo; then parts get other
 * bags or are gone, and p12_write() makes a file of them.  BER is read and DER is written; what was
 * DER and is not changed keeps its bytes.
 */

#include "src/base/limits.h"
#include "stores/java/keystore.h"
#include "stores/java/p12_bag.h"
#include "stores/java/p12_crypt.h"

/* P12_OTHER is encrypted for a public key, say, and left alone. */
enum p12_kind { P12_PLAIN, P12_ENCRYPTED, P12_OTHER, P12_KINDS };

struct p12_part {
	struct p12_content *content; /* NULL: it is gone */
	enum p12_kind kind;
	struct pkcs7_encrypted_st *secret; /* of an encrypted one */
	const char *password; /* what opened it */
	struct buf opened; /* its SafeContents, decrypted or made DER */
	struct bytes bags; /* the SafeContents' bags */
	size_t trusted_n;
};

struct p12 {
	const struct keystore_source *source;
	struct p12_crypt crypt;
	const char **passwords; /* that may fit yet */
	size_t passwords_n;
	struct p12_pfx *pfx;
	size_t end; /* of the PFX in the source: Java does not look behind it */
	bool has_mac;
	struct p12_part *at;
	size_t n, n_of[P12_KINDS];
	struct names aliases; /* of all entries */
	size_t entries_n;
};

/* `ret` is zeroed; p12_close() also after a failure. */
int p12_open(const struct keystore_source *source, struct p12 *ret, struct fault *why);
void p12_close(struct p12 *p12);
CLEANUP_VALUE(p12, p12_close)
#define auto_p12 CLEANUP(p12) struct p12

/* One more part with these bags and the algorithm of `like`, NULL: plain.  `bags` is used up. */
int p12_add_part(struct p12 *p12, const struct p12_part *like, struct buf *bags, struct fault *why);

/* Other bags for this part; `bags` is used up. */
int p12_fill_part(struct p12 *p12, struct p12_part *part, struct buf *bags, struct fault *why);

void p12_drop_part(struct p12 *p12, struct p12_part *part);

/* Append the whole file, with its MAC. */
int p12_write(struct p12 *p12, struct buf *out, struct fault *why);

#endif
