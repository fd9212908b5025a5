/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_P12_H
#define TRUSTFIX_P12_H

/*
 * PKCS#12 (RFC 7292) as a Java truststore, as the JDK's PKCS12KeyStore.java reads and writes it.
 */

#include "stores/java/keystore.h"

/* Do the bytes begin like a PFX: SEQUENCE { INTEGER 3, SEQUENCE { ...? */
bool p12_is(const uint8_t *bytes, size_t len);

/* Read all of it, and make the change. */
int p12_walk(struct keystore_walk *walk, struct fault *why);

#endif
