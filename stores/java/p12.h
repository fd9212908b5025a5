/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_P12_H
#define TRUSTFIX_P12_H

/*
 * PKCS#12 (RFC 7292) as a Java truststore, as the JDK's PKCS12KeyStore.java reads and writes it.
 */

#include "stores/java/keystore.h"

/* Do the bytes begin like a PFX: SEQUENCE { INTEGER 3, SEQUENCE { ...? */
bool p12_is(const uint8_t *bytes, size_t len);

/* The keystore_walk of this format. */
int p12_walk(const struct keystore_source *source, const struct keystore_edit *edit,
	struct keystore_facts *ret_facts, struct certs *certs, struct fault *why);

#endif
