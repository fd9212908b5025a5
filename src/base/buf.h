/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_BUF_H
#define TRUSTFIX_BUF_H

/*
 * A growing byte buffer with a size limit and a sticky failure.
 *
 * Make it with buf_make(max), append as often as you like, then check once with buf_check().  After
 * a failed append (out of memory, or more than max) later appends do nothing.  The bytes are always
 * followed by a NUL that is not counted, so `(char *)buf.bytes` is text if it contains no NUL.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/cleanup.h"
#include "src/base/fault.h"

struct buf {
	uint8_t *bytes; /* NULL while empty */
	size_t len;
	size_t room; /* allocated, including the NUL */
	size_t max;
	bool over; /* max was reached */
	bool failed; /* out of memory */
};

/* An empty buffer that will hold at most `max` bytes. */
static inline struct buf buf_make(size_t max)
{
	return (struct buf){.max = max};
}

void buf_free(struct buf *buf);
CLEANUP_VALUE(buf, buf_free)
#define auto_buf CLEANUP(buf) struct buf

void buf_add(struct buf *buf, const void *bytes, size_t len);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_byte(struct buf *buf, uint8_t byte);
void buf_printf(struct buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Append `len` bytes for the caller to write, already counted; NULL after a failure. */
uint8_t *buf_extend(struct buf *buf, size_t len);

/* Empty it, but keep its memory and limit. */
void buf_clear(struct buf *buf);

/* The contents as text, never NULL: "" while empty. */
const char *buf_text(const struct buf *buf);

/* 0 if every append succeeded; else FAULT_SYSTEM (ENOMEM), or FAULT_LIMIT naming `what`. */
int buf_check(const struct buf *buf, const char *what, struct fault *why);

/* Move the bytes out (malloc'd, followed by a NUL); the buffer is empty afterwards.  `ret_len` may
 * be NULL. */
uint8_t *buf_take(struct buf *buf, size_t *ret_len);

#endif
