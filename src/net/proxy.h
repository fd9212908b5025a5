/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_PROXY_H
#define TRUSTFIX_PROXY_H

/*
 * Choose the proxy for a host, or none.  Options come first, then the environment as curl reads it
 * (https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY; no_proxy, NO_PROXY; and for plain HTTP
 * http_proxy, in lower case only).
 */

#include "src/net/url.h"

struct probe_options;

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

#endif
