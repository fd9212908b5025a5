/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_MAKE_P12_H
#define TRUSTFIX_MAKE_P12_H

/*
 * PKCS#12 by hand: bags, then make_p12_part(), several of these one behind the other, then
 * make_p12().  Bytes that do not change are hex digits.
 */

#include "stores/java/keystore.h"

#define HEX_DATA "06092a864886f70d010701"
#define HEX_ENCRYPTED "06092a864886f70d010706"
#define HEX_ENVELOPED "06092a864886f70d010703"
#define HEX_BAG "060b2a864886f70d010c0a01"
#define HEX_X509 "060a2a864886f70d01091601"
#define HEX_NAME "06092a864886f70d010914"
#define HEX_TRUST "060c6086480186f966adca7b0101"
#define HEX_ANY "0604551d2500"
#define HEX_3DES "060a2a864886f70d010c0103"
#define HEX_SHA256 "300d06096086480165030402010500"
#define HEX_PBMAC1 "300b06092a864886f70d01050e"

#define TRUSTED "3016" HEX_TRUST "3106" HEX_ANY
#define NAME_ONE               \
	"3015" HEX_NAME "3108" \
	"1e06006f006e0065"
#define NAME_ONE_UPPER         \
	"3015" HEX_NAME "3108" \
	"1e06004f004e0065"
#define GOOD "\x30\x03\x02\x01\x01", 5

void make_p12_hex(struct buf *out, const char *digits);

/* A bag of that type (one byte) and content, with attributes. */
void make_p12_bag(
	struct buf *out, const char *type, const void *value, size_t len, const char *attributes);
void make_p12_cert(struct buf *out, const void *der, size_t len, const char *attributes);

/* Put bags into the frame of a plain ContentInfo; such parts into that of a PFX. */
void make_p12_part(struct buf *bags);
void make_p12(struct buf *parts, const char *mac);

/* With the passwords "changeit" and none. */
int make_p12_read(const struct buf *bytes, struct keystore_facts *ret_facts,
	struct certs *ret_certs, struct fault *why);

#endif
