/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_JKS_H
#define TRUSTFIX_JKS_H

/*
 * JKS and JCEKS, as the JDK's JavaKeyStore.java and JceKeyStore.java read and write them.
 *
 *     u32 magic, u32 version (1 or 2), u32 count, entries,
 *     SHA-1(password in UTF-16BE, "Mighty Aphrodite", all the bytes before)
 *
 *     entry        u32 tag, UTF alias, u64 date in ms, then by its tag:
 *     1 key        u32 length, bytes, u32 count, certificates
 *     2 trusted    certificate
 *     3 secret     a serialized Java object, only in JCEKS
 *     certificate  UTF type (from version 2 on), u32 length, DER
 *     UTF          u16 length, bytes (DataOutput.writeUTF)
 *
 * keystore_make() is here too.
 */

#include "stores/java/keystore.h"

#define JKS_MAGIC "\xfe\xed\xfe\xed"
#define JKS_MAGIC_JCEKS "\xce\xce\xce\xce"

/* Read all of it, and make the change. */
int jks_walk(struct keystore_walk *walk, struct fault *why);

#endif
