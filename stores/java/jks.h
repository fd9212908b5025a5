/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_JKS_H
#define TRUSTFIX_JKS_H

/*
 * JKS and JCEKS, as JDK's JavaKeyStore.java and JceKeyStore.java read and write them.
 *
 * Only keystore.c calls this; the functions are those of keystore.h for these two formats.
 */

#include "stores/java/keystore.h"

/* Do the bytes begin as a JKS does, as a JCEKS does? */
bool jks_is(const uint8_t *bytes, size_t len);
bool jks_is_jceks(const uint8_t *bytes, size_t len);

int jks_read(const struct keystore_source *source, struct keystore_facts *ret_facts,
	struct certs *ret_certs, struct fault *why);
int jks_add(const struct keystore_source *source, struct cert *cert, const char *alias, time_t when,
	struct buf *out, struct fault *why);
int jks_make(const struct certs *certs, time_t when, struct buf *out, struct fault *why);
int jks_remove(const struct keystore_source *source, const uint8_t sha256[static DIGEST_SHA256_LEN],
	struct buf *out, struct fault *why);

#endif
