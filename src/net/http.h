/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_HTTP_H
#define TRUSTFIX_HTTP_H

/*
 * HTTP/1.1 (RFC 9112) as far as it is needed: CONNECT to a proxy, GET of an issuer's certificate.
 *
 * The reader is our own: it never reads past a header block, which OpenSSL's loses to a buffer, and
 * OSSL_HTTP_* of OpenSSL 3.0 sends HTTP/1.0 (Envoy answers 426), leaves chunks undecoded and takes
 * neither 1xx replies nor 303, 307 and 308.
 */

#include "src/base/buf.h"
#include "src/base/names.h"
#include "src/net/hostport.h"
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
	struct buf body; /* empty until it was read */
};

void http_reply_free(struct http_reply *reply);
CLEANUP_VALUE(http_reply, http_reply_free)
#define auto_http_reply CLEANUP(http_reply) struct http_reply

/*
 * Parse a header block: lines that end with LF, without the blank one.  Pure.
 * FAULT_PEER: not HTTP/1.x; FAULT_SYSTEM.
 */
int http_parse_reply(const char *text, struct http_reply *ret, struct fault *why);

/*
 * Read one reply's header block, skipping 1xx replies, and not a byte past the blank line.
 * FAULT_LIMIT: more than LIMIT_REPLY_HEADER_BYTES or LIMIT_REPLY_LINES_N, or timed out; FAULT_PEER.
 */
int http_read_reply(struct stream *stream, struct http_reply *ret, struct fault *why);

/*
 * Read the body that belongs to the reply: by Content-Length, chunked, or until close; at most
 * `max` bytes.  FAULT_LIMIT, FAULT_PEER.
 */
int http_read_body(struct stream *stream, struct http_reply *reply, size_t max, struct fault *why);

/* The size in a chunk's first line (RFC 9112, section 7.1); false: it is none, or over `max`. */
bool http_chunk_size(const char *line, uint64_t max, uint64_t *ret);

/*
 * Ask for a tunnel to host:port on a stream to the proxy (RFC 9110, section 9.3.6).  Credentials
 * are sent at once, and a 407 is final: a wrong password is not tried twice.  On failure
 * stream->end is PROBE_PROXY_AUTH_REQUIRED, with the schemes that the proxy offers in the text, or
 * PROBE_PROXY_REFUSED.
 */
int http_connect(struct stream *stream, const struct proxy *proxy, const char *host, uint16_t port,
	struct fault *why);

/* "it requires a user and password (offered: Basic)"; FAULT_PEER, returns -1. */
int http_auth_fault(const struct http_reply *reply, const struct proxy *proxy, struct fault *why);

/*
 * GET `path` of `place` on a stream to it, or to `proxy` where that is an HTTP proxy, and read the
 * reply's header block.
 */
int http_get(struct stream *stream, const struct proxy *proxy, const struct hostport *place,
	const char *path, struct http_reply *ret, struct fault *why);

#endif
