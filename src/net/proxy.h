/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_PROXY_H
#define TRUSTFIX_PROXY_H

/*
 * Choose the proxy for a host, or none, and open a tunnel through a SOCKS5 proxy.  Options come
 * first, then the environment as curl reads it (https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY;
 * no_proxy, NO_PROXY; and for plain HTTP http_proxy, in lower case only).
 */

#include "src/net/stream.h"

/*
 * Find the proxy for `host` in the options, or else in the environment; ret->host is NULL if there
 * is none.  The caller owns `*ret`.
 *
 * If the proxy's URL has no login, the proxy gets the one from --proxy-auth-file.  --proxy
 * overrides no_proxy.  `for_http`: the request is plain HTTP (AIA), so use http_proxy instead of
 * https_proxy.  FAULT_USAGE: the variable's value is not a proxy; FAULT_FORMAT: the login cannot be
 * used with it.
 */
int proxy_find(const struct probe_options *options, const struct url *to, bool for_http,
	struct url *ret, struct fault *why);

/*
 * Does a no_proxy list cover `host`, by the rules of curl 7.88?  The list is "*" alone, or it has
 * names (which cover their subdomains), addresses, and networks as ADDRESS/BITS (also for IPv6,
 * which curl 7.88 does not match).  An entry with a port never matches.
 */
bool proxy_is_excluded(const char *list, const char *host, bool is_ip);

#define PROXY_SOCKS_REQUEST_MAX (4 + 1 + 255 + 2)

/*
 * Write the CONNECT request: by address if `host` is an IP literal, else by name.  Returns its
 * length, or 0 if the name is empty or longer than 255 bytes.
 */
size_t proxy_socks_request(
	const char *host, uint16_t port, uint8_t out[static PROXY_SOCKS_REQUEST_MAX]);

/*
 * Request a tunnel to to->host and to->port on a stream to a SOCKS5 proxy (RFC 1928; user and
 * password as in RFC 1929).  On failure stream->end is
 * PROBE_PROXY_AUTH_REQUIRED or PROBE_PROXY_REFUSED.
 */
int proxy_socks_open(
	struct stream *stream, const struct url *proxy, const struct url *to, struct fault *why);

#endif
