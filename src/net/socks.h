/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_SOCKS_H
#define TRUSTFIX_SOCKS_H

/*
 * Open a tunnel through a SOCKS5 proxy (RFC 1928; user and password as in RFC 1929).
 */

#include "src/net/stream.h"

#define SOCKS_REQUEST_MAX (4 + 1 + 255 + 2)

/*
 * Write the CONNECT request: by address if `host` is an IP literal, else by name.  Returns its
 * length, or 0 if the name is empty or longer than 255 bytes.
 */
size_t socks_format_request(const char *host, uint16_t port, uint8_t out[static SOCKS_REQUEST_MAX]);

/*
 * Request a tunnel to to->host and to->port on a stream to the proxy.  On failure stream->end is
 * PROBE_PROXY_AUTH_REQUIRED or PROBE_PROXY_REFUSED.
 */
int socks_open(
	struct stream *stream, const struct url *proxy, const struct url *to, struct fault *why);

#endif
