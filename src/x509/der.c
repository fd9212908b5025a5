/* SPDX-License-Identifier: Apache-2.0 */
#include "src/x509/der.h"

#include <string.h>

#include "src/base/limits.h"

/* X.690, 8.1.3 and 10.1.  A length of four bytes would exceed every limit here. */
static size_t take_len(struct bytes *in)
{
	uint64_t first = bytes_be(in, 1);
	size_t n = first & 0x7f;
	uint64_t len;

	if (first < 0x80)
		return first;
	if (n == 0 || n > 4) {
		in->failed = true;
		return 0;
	}
	len = bytes_be(in, n);
	if (len < 0x80 || len >> (8 * (n - 1)) == 0)
		in->failed = true;
	return len;
}

bool der_take(struct bytes *in, struct der *ret)
{
	const uint8_t *at = in->at;
	uint8_t tag = (uint8_t)bytes_be(in, 1);
	size_t len = take_len(in);
	const uint8_t *inside = bytes_take(in, len);

	if ((tag & 0x1f) == 0x1f)
		in->failed = true;
	if (in->failed)
		return false;
	*ret = (struct der){
		.at = at,
		.len = (size_t)(in->at - at),
		.tag = tag,
		.inside = bytes_make(inside, len),
	};
	return true;
}

bool der_take_tag(struct bytes *in, uint8_t tag, struct der *ret)
{
	if (!der_is_next(in, tag)) {
		in->failed = true;
		return false;
	}
	return der_take(in, ret);
}

bool der_take_number(struct bytes *in, uint64_t *ret)
{
	struct der number;
	const uint8_t *at;
	size_t len;

	if (!der_take_tag(in, DER_INTEGER, &number))
		return false;
	at = number.inside.at;
	len = number.inside.left;
	if (len == 0 || at[0] > 0x7f || (len > 1 && at[0] == 0 && at[1] < 0x80)) {
		in->failed = true;
		return false;
	}
	*ret = len > 8 ? UINT64_MAX : bytes_be(&number.inside, len);
	return true;
}

bool der_is_whole(const uint8_t *der, size_t len)
{
	struct bytes in = bytes_make(der, len);
	struct der all;

	return der_take_tag(&in, DER_SEQUENCE, &all) && in.left == 0;
}

void der_wrap(struct buf *out, size_t from, uint8_t tag)
{
	size_t len = out->len - from, n = 0;
	uint8_t header[2 + sizeof(len)] = {tag, (uint8_t)len}, *at;

	for (size_t rest = len; len >= 0x80 && rest; rest >>= 8)
		header[1] = (uint8_t)(0x80 | ++n);
	for (size_t i = 0; i < n; i++)
		header[2 + i] = (uint8_t)(len >> (8 * (n - 1 - i)));
	n += 2;
	if (!buf_extend(out, n))
		return;
	at = out->bytes + from;
	memmove(at + n, at, len);
	memcpy(at, header, n);
}

/* ---- BER ------------------------------------------------------------------------------------- */

enum { CONSTRUCTED = 0x20, UNIVERSAL_END = 0x40, INDEFINITE = 0x80 };

static int add_der(struct bytes *in, unsigned depth, struct buf *out, struct fault *why)
{
	uint8_t tag = (uint8_t)bytes_be(in, 1), first = (uint8_t)bytes_be(in, 1);
	size_t from = out->len, n = first & 0x7f,
	       len = first < INDEFINITE ? first : bytes_be(in, n);
	bool is_indefinite = first == INDEFINITE, is_constructed = tag & CONSTRUCTED;
	bool is_string =
		is_constructed && tag < UNIVERSAL_END && tag != DER_SEQUENCE && tag != DER_SET;
	struct bytes inside = *in, piece;
	struct der it;

	if (depth > LIMIT_BER_DEPTH)
		return fault_set(
			why, FAULT_LIMIT, "nested more than %u elements deep", LIMIT_BER_DEPTH);
	if (!is_indefinite)
		inside = bytes_make(bytes_take(in, len), len);
	if (in->failed || tag == 0 || (tag & 0x1f) == 0x1f || (first > INDEFINITE && n > 8) ||
		(is_indefinite && !is_constructed))
		return fault_set(why, FAULT_FORMAT, "damaged or truncated");
	if (!is_constructed)
		buf_add(out, inside.at, len);
	while (is_constructed && inside.left && !(is_indefinite && inside.at[0] == 0)) {
		size_t at = out->len;

		if (add_der(&inside, depth + 1, out, why) < 0)
			return -1;
		if (!is_string)
			continue;
		piece = bytes_make(out->bytes + at, out->len - at);
		if (!der_take_tag(&piece, tag & ~CONSTRUCTED, &it))
			return fault_set(why, FAULT_FORMAT, "damaged or truncated");
		memmove(out->bytes + at, it.inside.at, it.inside.left);
		out->len = at + it.inside.left;
	}
	if (is_indefinite) {
		if (bytes_be(&inside, 2) != 0 || inside.failed)
			return fault_set(why, FAULT_FORMAT, "damaged or truncated");
		*in = inside;
	}
	der_wrap(out, from, is_string ? tag & (uint8_t)~CONSTRUCTED : tag);
	return 0;
}

int der_from_ber(struct bytes *in, struct buf *out, struct fault *why)
{
	return add_der(in, 0, out, why) < 0 ? -1 : buf_check(out, "BER", why);
}
