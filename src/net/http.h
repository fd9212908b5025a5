/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_HTTP_H
#define TRUSTFIX_HTTP_H

/* What a proxy or a web server answers: the header block of an HTTP/1.x reply (RFC 9112). */

#include "src/base/buf.h"
#include "src/base/names.h"
#include "src/net/stream.h"

struct http_reply {
	unsigned status; /* 100 to 999 */
	char *line; /* "407 Proxy Authentication Required", printable */
	char *location; /* as sent, or NULL */
	struct names
		challenges; /* schemes of Proxy-Authenticate, printable: "Basic", "Negotiate" */
	bool chunked;
	bool has_length;
	uint64_t length;
};

void http_reply_free(struct http_reply *reply);
CLEANUP_VALUE(http_reply, http_reply_free)
#define auto_http_reply CLEANUP(http_reply) struct http_reply

/*
 * Understand a header block: lines ended by LF, the blank one left out.  Pure.
 * FAULT_PEER: no HTTP/1.x; FAULT_SYSTEM.
 */
int http_parse_reply(const char *text, struct http_reply *ret, struct fault *why);

/*
 * Read one reply's header block, 1xx replies before it skipped, and not a byte behind the blank
 * line. FAULT_LIMIT: more than LIMIT_REPLY_HEADER_BYTES or LIMIT_REPLY_LINES_N, or timed out;
 * FAULT_PEER.
 */
int http_read_reply(struct stream *stream, struct http_reply *ret, struct fault *why);

/*
 * Read the body that belongs to the reply: by Content-Length, chunked, or until close; `ret`'s
 * ceiling holds.  FAULT_LIMIT, FAULT_PEER.
 */
int http_read_body(
	struct stream *stream, const struct http_reply *reply, struct buf *ret, struct fault *why);

/* The size in a chunk's first line (RFC 9112, section 7.1); false: it is none, or over `max`. */
bool http_chunk_size(const char *line, uint64_t max, uint64_t *ret);

/* Append "Proxy-Authorization: Basic ..." CRLF (RFC 7617); cleanse the buffer after use. */
int http_add_basic(struct buf *out, const char *user, const char *password, struct fault *why);

#endif
