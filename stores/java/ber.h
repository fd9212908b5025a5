/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_BER_H
#define TRUSTFIX_BER_H

/* Convert BER, which old PKCS#12 exporters write, to DER, which der.h reads. */

#include "src/base/buf.h"
#include "src/base/bytes.h"

struct ASN1_ITEM_st;

/*
 * Take the contents of the next element, a SEQUENCE that OpenSSL knows as `item`, as DER at every
 * level.  If it is not DER, it is converted in `room`, where `in` itself may point.  FAULT_FORMAT:
 * damaged.  FAULT_LIMIT: nested deeper than LIMIT_KEYSTORE_DEPTH, or more than
 * LIMIT_KEYSTORE_BER_BYTES to convert.
 */
int ber_take(struct bytes *in, const struct ASN1_ITEM_st *item, struct buf *room, struct bytes *ret,
	struct fault *why);

#endif
