/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_PKCS7_H
#define TRUSTFIX_PKCS7_H

/* PKCS#7 certs-only files, .p7b or .p7c: a SignedData without signers (RFC 5652, section 5). */

#include "src/base/buf.h"
#include "src/base/bytes.h"
#include "src/x509/certs.h"

/* Do these bytes start like PKCS#7 (SEQUENCE { OID), in DER or BER? */
bool pkcs7_is(const uint8_t *der, size_t len);

/*
 * Set `*ret` to a cursor over its certificates, one DER element each.  The cursor borrows `ber` or,
 * if that has indefinite lengths, `room`: an empty buf that receives the content as DER.
 * FAULT_FORMAT, FAULT_LIMIT.
 */
int pkcs7_open(
	const uint8_t *ber, size_t len, struct buf *room, struct bytes *ret, struct fault *why);

/* Append one SignedData that contains these certificates, in their order. */
int pkcs7_format(const struct certs *certs, struct buf *out, struct fault *why);

#endif
