/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_BER_H
#define TRUSTFIX_BER_H

/* Convert BER, which old PKCS#12 exporters write, to DER, which der.h reads. */

#include "src/base/buf.h"
#include "src/base/bytes.h"

/*
 * Append the next element to `out` as DER: every length definite and as short as possible, every
 * string in one piece.  What is DER already stays byte for byte, also the order in a SET.  `depth`
 * is 0.  FAULT_FORMAT: damaged.  FAULT_LIMIT: nested deeper than LIMIT_KEYSTORE_DEPTH.
 */
int ber_add_der(struct bytes *in, unsigned depth, struct buf *out, struct fault *why);

#endif
