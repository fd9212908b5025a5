/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_ARMOR_H
#define TRUSTFIX_ARMOR_H

/* The text around a PEM block (RFC 7468, section 2), read as generously as by OpenSSL. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARMOR_BEGIN "-----BEGIN "
#define ARMOR_END "-----END "
#define ARMOR_DASHES "-----"
#define ARMOR_BYTE_ORDER_MARK "\xef\xbb\xbf" /* RFC 3629, section 6 */

/* A piece of the text, borrowed. */
struct armor_span {
	const char *at;
	size_t len;
};

/* The text that is left, and the line that it starts in. */
struct armor_text {
	struct armor_span rest;
	size_t number;
	bool is_behind_end; /* of an END line, which may go on */
};

/* What is unusual about a block, though it can be read (shape.h says who does). */
enum {
	ARMOR_MARK_FIRST = 1 << 0, /* a byte order mark before it, at the start of the text */
	ARMOR_MARK = 1 << 1, /* the same elsewhere */
	ARMOR_INDENTED = 1 << 2,
	ARMOR_BEHIND_END = 1 << 3, /* it begins in the line that ends another */
	ARMOR_BEFORE_BEGIN = 1 << 4, /* another begins in the line that ends it */
	ARMOR_BLANK_LINES = 1 << 5, /* in its body, more than the one that may be on top */
	ARMOR_NO_END = 1 << 6, /* damaged, too */
};

struct armor_block {
	struct armor_span label;
	struct armor_span body;
	size_t line; /* of its BEGIN */
	unsigned unusual; /* ARMOR_* */
	const char *damaged; /* the reason, or NULL */
};

/* Does it begin with this? */
bool armor_starts(struct armor_span span, const char *prefix);

/* The next block, damaged or not; false: there is none. */
bool armor_next(struct armor_text *in, struct armor_block *ret);

/*
 * Decode base64 into `out`, which has 3 bytes for every 4 of `text` and 3 more.  NULL, or the
 * reason why it is damaged.
 */
const char *armor_decode(struct armor_span text, uint8_t *out, size_t *ret_len);

#endif
