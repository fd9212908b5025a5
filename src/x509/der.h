/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_DER_H
#define TRUSTFIX_DER_H

/*
 * DER, one element after the other (X.690, section 10): lengths are definite and as short as can
 * be, tags have one byte.  Reading goes over a cursor, which fails for good at the first element
 * that is not so; writing goes into a buf, outer header first.
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
	DER_CONTEXT_0_BYTES = 0x80, /* an IMPLICIT string */
	DER_CONTEXT_0 = 0xa0, /* constructed */
};

/* One element, borrowed: the whole of it, and the cursor over what is in it. */
struct der {
	const uint8_t *at;
	size_t len;
	uint8_t tag;
	struct bytes inside;
};

/* The next element, whatever its tag; false, and a failed cursor, when there is none. */
bool der_take(struct bytes *in, struct der *ret);

/* The next element, which must have this tag. */
bool der_take_tag(struct bytes *in, uint8_t tag, struct der *ret);

/* What is inside that element; a failed cursor when there is none. */
static inline struct bytes der_enter(struct bytes *in, uint8_t tag)
{
	struct der it;

	return der_take_tag(in, tag, &it) ? it.inside : (struct bytes){.failed = true};
}

/* The next element as a number that is not negative; UINT64_MAX: it has more than eight bytes. */
bool der_take_number(struct bytes *in, uint64_t *ret);

/* Is the next element's tag this one? */
static inline bool der_is_next(const struct bytes *in, uint8_t tag)
{
	return !in->failed && in->left > 0 && in->at[0] == tag;
}

/* Are these bytes one SEQUENCE, whatever is in it, and nothing behind it? */
bool der_is_whole(const uint8_t *der, size_t len);

/* Append tag and length of an element with `len` bytes inside; how many bytes that will be. */
void der_add_header(struct buf *out, uint8_t tag, size_t len);
size_t der_header_len(size_t len);

/* Put such a header in front of what `out` has from `from` on. */
void der_wrap(struct buf *out, size_t from, uint8_t tag);

#endif
