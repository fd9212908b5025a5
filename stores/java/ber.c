/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/java/ber.h"

#include <string.h>

#include "src/base/limits.h"
#include "src/x509/der.h"

enum { CONSTRUCTED = 0x20, UNIVERSAL_END = 0x40, INDEFINITE = 0x80 };

/* Keep only the contents of the last element in `out`, a piece of a string. */
static bool unwrap(struct buf *out, size_t from, uint8_t tag)
{
	struct bytes in = bytes_make(out->bytes + from, out->len - from);
	struct der piece;

	if (!der_take_tag(&in, tag, &piece))
		return false;
	memmove(out->bytes + from, piece.inside.at, piece.inside.left);
	out->len = from + piece.inside.left;
	return true;
}

int ber_add_der(struct bytes *in, unsigned depth, struct buf *out, struct fault *why)
{
	uint8_t tag = (uint8_t)bytes_be(in, 1), first = (uint8_t)bytes_be(in, 1);
	size_t from = out->len, n = first & 0x7f,
	       len = first < INDEFINITE ? first : bytes_be(in, n);
	bool is_indefinite = first == INDEFINITE, is_constructed = tag & CONSTRUCTED;
	bool is_string =
		is_constructed && tag < UNIVERSAL_END && tag != DER_SEQUENCE && tag != DER_SET;
	struct bytes inside = *in;

	if (depth > LIMIT_KEYSTORE_DEPTH)
		return fault_set(why, FAULT_LIMIT, "nested more than %u elements deep",
			LIMIT_KEYSTORE_DEPTH);
	if (!is_indefinite)
		inside = bytes_make(bytes_take(in, len), len);
	if (in->failed || tag == 0 || (tag & 0x1f) == 0x1f || (first > INDEFINITE && n > 8) ||
		(is_indefinite && !is_constructed))
		return fault_set(why, FAULT_FORMAT, "damaged or truncated");
	if (!is_constructed)
		buf_add(out, inside.at, len);
	while (is_constructed && inside.left && !(is_indefinite && inside.at[0] == 0)) {
		size_t at = out->len;

		if (ber_add_der(&inside, depth + 1, out, why) < 0)
			return -1;
		if (is_string && !unwrap(out, at, tag & ~CONSTRUCTED))
			return fault_set(why, FAULT_FORMAT, "damaged or truncated");
	}
	if (is_indefinite) {
		if (bytes_be(&inside, 2) != 0 || inside.failed)
			return fault_set(why, FAULT_FORMAT, "damaged or truncated");
		*in = inside;
	}
	der_wrap(out, from, is_string ? tag & (uint8_t)~CONSTRUCTED : tag);
	return buf_check(out, "keystore", why);
}
