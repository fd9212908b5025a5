/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_BER_H
#define TRUSTFIX_BER_H

/* BER, which old exporters of PKCS#12 write, made DER, which der.h reads. */

#include "src/base/buf.h"
#include "src/base/bytes.h"

struct ASN1_ITEM_st;

/*
 * What is inside the next element, a SEQUENCE that OpenSSL knows as `item`; down to the last
 * element it is DER.  If it was not it has been made so in `room`, where `in` may lie.
 * FAULT_FORMAT: damaged.  FAULT_LIMIT: more than LIMIT_KEYSTORE_DEPTH elements in elements, or more
 * than LIMIT_KEYSTORE_BER_BYTES of what is not DER.
 */
int ber_take(struct bytes *in, const struct ASN1_ITEM_st *item, struct buf *room, struct bytes *ret,
	struct fault *why);

#endif
