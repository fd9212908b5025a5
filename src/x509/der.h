/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_DER_H
#define TRUSTFIX_DER_H

/*
 * DER, one element after another (X.690, section 10): lengths are definite and as short as
 * possible, tags have one byte.  Reading uses a cursor, which fails for good at the first element
 * that breaks these rules; writing wraps what was appended to a buf.
 */

#include "src/base/buf.h"
#include "src/base/bytes.h"

enum der_tag {
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_OID = 0x06,
	DER_UTF8_STRING = 0x0c,
	DER_BMP_STRING = 0x1e,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT_0_BYTES = 0x80, /* primitive: an IMPLICIT string */
	DER_CONTEXT_0 = 0xa0, /* constructed */
};

/* One element, borrowed: all of it, and a cursor over its contents. */
struct der {
	const uint8_t *at;
	size_t len;
	uint8_t tag;
	struct bytes inside;
};

/* Read the next element, whatever its tag; false, with the cursor failed, if there is none. */
bool der_take(struct bytes *in, struct der *ret);

/* Read the next element, which must have this tag. */
bool der_take_tag(struct bytes *in, uint8_t tag, struct der *ret);

/* The contents of the next element, which must have this tag; a failed cursor if there is none. */
static inline struct bytes der_enter(struct bytes *in, uint8_t tag)
{
	struct der it;

	return der_take_tag(in, tag, &it) ? it.inside : (struct bytes){.failed = true};
}

/* Read the next element, a nonnegative integer; UINT64_MAX: it has more than eight bytes. */
bool der_take_number(struct bytes *in, uint64_t *ret);

/* Does the next element have this tag? */
static inline bool der_is_next(const struct bytes *in, uint8_t tag)
{
	return !in->failed && in->left > 0 && in->at[0] == tag;
}

/* Are these bytes exactly one SEQUENCE, whatever it contains? */
bool der_is_whole(const uint8_t *der, size_t len);

/* Make the bytes of `out` from `from` on the contents of an element: insert its tag and length. */
void der_wrap(struct buf *out, size_t from, uint8_t tag);

/*
 * Append the next element, which may be BER (old exporters write it), to `out` as DER: every length
 * definite and as short as possible, every string in one piece.  What is DER already stays byte for
 * byte, also the order in a SET.  FAULT_FORMAT: damaged.  FAULT_LIMIT: nested deeper than
 * LIMIT_BER_DEPTH.
 */
int der_from_ber(struct bytes *in, struct buf *out, struct fault *why);

#endif
