/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_PEM_BLOCK_H
#define TRUSTFIX_PEM_BLOCK_H

/* The blocks of a PEM text (RFC 7468, section 2), found as generously as GnuTLS finds them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/x509/pem_quirks.h"

#define PEM_BLOCK_BEGIN "-----BEGIN "
#define PEM_BLOCK_END "-----END "
#define PEM_BLOCK_DASHES "-----"

/* A piece of the text, borrowed. */
struct pem_block_span {
	const char *at;
	size_t len;
};

/* The text that is left; start with pem_block_text(). */
struct pem_block_text {
	const char *at, *stop;
	const char *line_end; /* the newline of the line that `at` is in, or `stop` */
	const char *line_last; /* the same, without the blanks before it */
	size_t number; /* of the lines before that one */
	size_t fresh; /* the line where OpenSSL skips a byte order mark: the first, then each that
			 follows a block */
	size_t nul_line; /* the first outside of blocks that begins with a NUL; 0: none */
	bool is_inside; /* a block has ended in this line */
};

struct pem_block {
	struct pem_block_span label;
	struct pem_block_span body;
	const char *start; /* its BEGIN */
	const char *end; /* after the dashes of its END, or where its body ends */
	size_t line, end_line; /* of its BEGIN and of `end` */
	unsigned quirks; /* 1u << PEM_QUIRK_..., of those up to PEM_QUIRK_NO_DASHES */
	bool has_headers; /* RFC 1421; `body` begins after them */
	const char *damaged; /* the reason, or NULL */
};

struct pem_block_text pem_block_text(const void *text, size_t len);

/* The next block, damaged or not; false: there is none. */
bool pem_block_next(struct pem_block_text *in, struct pem_block *ret);

bool pem_block_has_label(const struct pem_block *block, const char *label);

/* Does the text begin like this?  Where is that first in it (NULL: nowhere)? */
bool pem_block_starts(const char *at, const char *stop, const char *prefix);
const char *pem_block_find(const char *at, const char *stop, const char *what);

/*
 * Decode base64 into `out`, which has 3 bytes for every 4 of `text` and 3 more.  NULL, or the
 * reason why it is damaged.
 */
const char *pem_block_decode(struct pem_block_span text, uint8_t *out, size_t *ret_len);

#endif
