/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_P12_H
#define TRUSTFIX_P12_H

/*
 * PKCS#12 (RFC 7292) as a Java truststore, as JDK's PKCS12KeyStore.java reads and writes it.
 *
 * Only keystore.c calls this; the functions are those of keystore.h for this format.
 */

#include "stores/java/keystore.h"

/* Do the bytes begin as a PFX does: SEQUENCE { INTEGER 3, SEQUENCE { ...? */
bool p12_is(const uint8_t *bytes, size_t len);

int p12_read(const struct keystore_source *source, struct keystore_facts *ret_facts,
	struct certs *ret_certs, struct fault *why);
int p12_add(const struct keystore_source *source, struct cert *cert, const char *alias, time_t when,
	struct buf *out, struct fault *why);
int p12_remove(const struct keystore_source *source, const uint8_t sha256[static DIGEST_SHA256_LEN],
	struct buf *out, struct fault *why);

#endif
