/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_BYTES_H
#define TRUSTFIX_BYTES_H

/*
 * Reads untrusted bytes: a cursor that cannot move past its end.
 *
 * Take what you need, then check `failed` once.  A read beyond the end makes the cursor
 * fail; every later read returns zero or NULL.  The cursor borrows the bytes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
	const uint8_t *at;
	size_t left;
	bool failed;
};

static inline struct bytes bytes_make(const void *at, size_t len)
{
	return (struct bytes){.at = at, .left = len};
}

/* Are they the same bytes? */
static inline bool bytes_same(struct bytes a, struct bytes b)
{
	return a.left == b.left && (!a.left || memcmp(a.at, b.at, a.left) == 0);
}

/* The next `len` bytes, borrowed; NULL if there are fewer. */
static inline const uint8_t *bytes_take(struct bytes *in, size_t len)
{
	const uint8_t *at = in->at;

	if (in->failed || len > in->left) {
		in->failed = true;
		return NULL;
	}
	in->at += len;
	in->left -= len;
	return at;
}

/* The next `n` (1 to 8) bytes as a big-endian number. */
static inline uint64_t bytes_be(struct bytes *in, size_t n)
{
	const uint8_t *at = bytes_take(in, n);
	uint64_t value = 0;

	for (size_t i = 0; at && i < n; i++)
		value = value << 8 | at[i];
	return value;
}

#endif
