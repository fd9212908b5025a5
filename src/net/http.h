/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_HTTP_H
#define TRUSTFIX_HTTP_H

/*
 * The part of HTTP/1.1 (RFC 9112) that trustfix needs: CONNECT to a proxy, and GET of an issuer's
 * certificate.
 *
 * This does not use OSSL_HTTP_*.  OpenSSL's reader buffers bytes past the header block, and they
 * are lost to the TLS handshake; in OpenSSL 3.0 it also sends HTTP/1.0 (Envoy answers 426), does
 * not decode chunks, and rejects 1xx replies and status 303, 307 and 308.
 */

#include "src/base/buf.h"
#include "src/base/names.h"
#include "src/net/stream.h"

struct http_reply {
	unsigned status; /* 100 to 999 */
	char *line; /* "407 Proxy Authentication Required", printable */
	char *location; /* the Location field as sent, or NULL */
	struct names
		challenges; /* schemes in Proxy-Authenticate, printable: "Basic", "Negotiate" */
	bool chunked;
	bool has_length;
	uint64_t length;
	struct buf body; /* empty until http_read_body() */
};

void http_reply_free(struct http_reply *reply);
CLEANUP_VALUE(http_reply, http_reply_free)
#define auto_http_reply CLEANUP(http_reply) struct http_reply

/*
 * Read the header block of the first reply that is not 1xx, and stop right after its blank line.
 * FAULT_LIMIT: more than LIMIT_REPLY_HEADER_BYTES or LIMIT_REPLY_LINES_N, or timed out; FAULT_PEER.
 */
int http_read_reply(struct stream *stream, struct http_reply *ret, struct fault *why);

/*
 * Read the reply's body, at most `max` bytes, by Content-Length, by chunks, or until the peer
 * closes the connection.  FAULT_LIMIT, FAULT_PEER.
 */
int http_read_body(struct stream *stream, struct http_reply *reply, size_t max, struct fault *why);

/* Parse a chunk's size line (RFC 9112, section 7.1); false if it is malformed or over `max`. */
bool http_chunk_size(const char *line, uint64_t max, uint64_t *ret);

/*
 * Request a tunnel to to->place on a stream to the proxy (RFC 9110, section 9.3.6).
 *
 * The first request carries the credentials, and a 407 is final: a wrong password is not sent
 * twice.  On failure stream->end is PROBE_PROXY_REFUSED or PROBE_PROXY_AUTH_REQUIRED; in the latter
 * case the fault lists the schemes that the proxy offers.
 */
int http_connect(
	struct stream *stream, const struct url *proxy, const struct url *to, struct fault *why);

/* Set FAULT_PEER, such as "it requires a user and password (offered: Basic)", and return -1. */
int http_auth_fault(const struct http_reply *reply, const struct url *proxy, struct fault *why);

/*
 * Send GET for the URL and read the reply's header block.  The stream leads to its host, or to
 * `proxy` if that is an HTTP proxy.
 */
int http_get(struct stream *stream, const struct url *proxy, const struct url *url,
	struct http_reply *ret, struct fault *why);

#endif
