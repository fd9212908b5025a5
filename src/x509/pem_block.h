/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_PEM_BLOCK_H
#define TRUSTFIX_PEM_BLOCK_H

/* The text around a PEM block (RFC 7468, section 2), read as generously as by GnuTLS. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PEM_BLOCK_BEGIN "-----BEGIN "
#define PEM_BLOCK_END "-----END "
#define PEM_BLOCK_DASHES "-----"
#define PEM_BLOCK_BYTE_ORDER_MARK "\xef\xbb\xbf" /* RFC 3629, section 6 */

/* A piece of the text, borrowed. */
struct pem_block_span {
	const char *at;
	size_t len;
};

/* The text that is left. */
struct pem_block_text {
	struct pem_block_span rest;
	size_t number; /* of the lines before the one that it starts in */
	size_t fresh; /* where OpenSSL passes over a byte order mark: the first line, those behind
			 blocks */
	size_t nul_line; /* the first that begins with a NUL, outside of blocks; 0: none */
	bool is_inside; /* a block has ended in that line */
};

/* What is unusual about a block, though it can be read (shape.h says who does). */
enum {
	PEM_BLOCK_MARK_FIRST = 1 << 0, /* a byte order mark before it, at the start of the text */
	PEM_BLOCK_MARK = 1 << 1, /* the same in the line behind a block */
	PEM_BLOCK_MID_LINE = 1 << 2, /* text or blanks before its BEGIN */
	PEM_BLOCK_BEHIND_END = 1 << 3, /* it begins in the line that ends another */
	PEM_BLOCK_BEGIN_GOES_ON = 1 << 4, /* text behind its BEGIN, in that line */
	PEM_BLOCK_BEFORE_BEGIN = 1 << 5, /* another begins in the line that ends it */
	PEM_BLOCK_END_GOES_ON = 1 << 6, /* other text behind its END, in that line */
	PEM_BLOCK_BLANK_LINES = 1 << 7, /* in its body, where OpenSSL has none */
	PEM_BLOCK_HEADERS = 1 << 8, /* RFC 1421; `body` begins behind them */
	PEM_BLOCK_NO_END =
		1 << 9, /* none at the start of a line; the next five dashes end the body */
	PEM_BLOCK_NO_DASHES = 1 << 10, /* the same, and no such come */
	PEM_BLOCK_BEGIN_CUT =
		1 << 11, /* BEGIN CERTIFICATE without its last dashes, and nothing else */
	PEM_BLOCK_JOINED = PEM_BLOCK_BEHIND_END | PEM_BLOCK_BEFORE_BEGIN | PEM_BLOCK_END_GOES_ON,
};

struct pem_block {
	struct pem_block_span label;
	struct pem_block_span body;
	const char *start; /* its BEGIN */
	const char *end; /* behind the dashes of its END, or where its body ends */
	size_t line, end_line; /* of its BEGIN and of `end` */
	unsigned unusual; /* ARMOR_* */
	const char *damaged; /* the reason, or NULL */
};

/* Does it begin with this?  Is it this? */
bool pem_block_starts(struct pem_block_span span, const char *prefix);
bool pem_block_is_label(struct pem_block_span label, const char *text);

/* The next block, damaged or not; false: there is none. */
bool pem_block_next(struct pem_block_text *in, struct pem_block *ret);

/*
 * Decode base64 into `out`, which has 3 bytes for every 4 of `text` and 3 more.  NULL, or the
 * reason why it is damaged.
 */
const char *pem_block_decode(struct pem_block_span text, uint8_t *out, size_t *ret_len);

#endif
