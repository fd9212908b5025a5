/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_SPLICE_H
#define TRUSTFIX_SPLICE_H

/*
 * Changing single values inside JSON text, every other byte kept: unknown members, their order and
 * the way numbers are written are the image maker's own, and digests are made of them.
 *
 * The text has been accepted by json_parse() before; here it is only walked.  An edit names a span
 * of the old text; splices_apply() makes the new text of all of them.
 */

#include <stdbool.h>
#include <stddef.h>

#include "src/base/buf.h"

/* A value in the text: its first byte, and the one behind its last. */
struct span {
	size_t at;
	size_t end;
};

/* The outermost value. */
struct span span_whole(const char *text);

/*
 * The value of that member of an object, of element i of an array; false: there is none.  `key` is
 * what the member's name means, as json_parse() finds it: its ASCII may be escaped in the text.
 */
bool span_member(const char *text, struct span object, const char *key, struct span *ret);
bool span_element(const char *text, struct span array, size_t i, struct span *ret);

struct splice {
	struct span span;
	char *text;
};

struct splices {
	const char *text; /* borrowed */
	struct splice *at;
	size_t n;
	bool lacks; /* the text is without a value that was to change */
	bool failed; /* no memory */
};

void splices_free(struct splices *splices);
CLEANUP_VALUE(splices, splices_free)
#define auto_splices CLEANUP(splices) struct splices

/* Put what fmt makes in the span's place. */
void splices_set(struct splices *splices, struct span span, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same for the value of that member, which must be there. */
void splices_member(struct splices *splices, struct span object, const char *key, const char *fmt,
	...) __attribute__((format(printf, 4, 5)));

/* One more element or member ("\"key\":value") behind the last; one such edit for each container. A
 * null becomes an array of one. */
void splices_append(struct splices *splices, struct span container, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Without the last element or member: the bytes are those before splices_append(). */
void splices_remove_last(struct splices *splices, struct span container);

/* Without that member, which must be there. */
void splices_remove_member(struct splices *splices, struct span object, const char *key);

/* The new text, appended to `out`.  FAULT_FORMAT: a value that was to change is not there. */
int splices_apply(struct splices *splices, const char *what, struct buf *out, struct fault *why);

#endif
