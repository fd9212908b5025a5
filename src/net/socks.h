/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_SOCKS_H
#define TRUSTFIX_SOCKS_H

/*
 * A tunnel through a SOCKS5 proxy (RFC 1928, with user and password by RFC 1929).
 */

#include "src/net/probe.h"
#include "src/net/stream.h"

#define SOCKS_REQUEST_MAX (4 + 1 + 255 + 2)

/* The CONNECT request: by address when `host` is an IP literal, else by name.  Its length, 0: no
 * such. */
size_t socks_format_request(const char *host, uint16_t port, uint8_t out[static SOCKS_REQUEST_MAX]);

/* What a reply code means: "connection refused"; unknown codes have a text, too. */
const char *socks_reply_text(uint8_t code);

/*
 * Ask for a tunnel to host:port on a wire to the proxy.  On failure *ret_end is
 * PROBE_PROXY_AUTH_REQUIRED or PROBE_PROXY_REFUSED.
 */
int socks_open(struct stream *stream, const struct proxy *proxy, const char *host, uint16_t port,
	enum probe_end *ret_end, struct fault *why);

#endif
