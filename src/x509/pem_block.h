/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_PEM_BLOCK_H
#define TRUSTFIX_PEM_BLOCK_H

/* Finds the blocks of a PEM text (RFC 7468, section 2), as leniently as GnuTLS does. */

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

/* The text not yet read; start with pem_block_text(). */
struct pem_block_text {
	const char *at, *stop;
	const char *line_end; /* the newline of the line that `at` is in, or `stop` */
	const char *line_last; /* the same, before any trailing blanks */
	size_t number; /* number of lines before that one */
	size_t fresh; /* the line where OpenSSL skips a byte order mark: the first, then the one
			 after each block */
	size_t nul_line; /* first line outside blocks that begins with a NUL; 0: none */
	bool is_inside; /* a block has ended on this line */
};

struct pem_block {
	struct pem_block_span label;
	struct pem_block_span body;
	const char *start; /* where its BEGIN starts */
	const char *end; /* after the dashes of its END, or where the body ends */
	size_t line, end_line; /* lines of its BEGIN and of `end` */
	unsigned quirks; /* 1u << PEM_QUIRK_..., only those up to PEM_QUIRK_NO_DASHES */
	bool has_headers; /* RFC 1421 headers; `body` begins after them */
	const char *damaged; /* the reason, or NULL */
};

struct pem_block_text pem_block_text(const void *text, size_t len);

/* Find the next block, damaged or not; false: there are no more. */
bool pem_block_next(struct pem_block_text *in, struct pem_block *ret);

bool pem_block_has_label(const struct pem_block *block, const char *label);

/* Does the text start with `prefix`?  Where does `what` first occur in it (NULL: nowhere)? */
bool pem_block_starts(const char *at, const char *stop, const char *prefix);
const char *pem_block_find(const char *at, const char *stop, const char *what);

/* Decode base64 into `out`, which must have room for twice the length of `text`; false: it is not
 * base64. */
bool pem_block_decode(struct pem_block_span text, uint8_t *out, size_t *ret_len);

#endif
