/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_ROUTE_H
#define TRUSTFIX_ROUTE_H

/*
 * Choose the proxy for a target, or none.  Options come first, then the environment as curl reads
 * it (https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY; no_proxy, NO_PROXY; and for plain HTTP
 * http_proxy, in lower case only).
 */

#include <stdbool.h>
#include <stdint.h>

#include "src/base/cleanup.h"
#include "src/base/fault.h"

enum proxy_scheme {
	PROXY_NONE,
	PROXY_HTTP,
	PROXY_HTTPS,
	PROXY_SOCKS5, /* trustfix looks the name up */
	PROXY_SOCKS5H, /* the proxy looks the name up */
	PROXY_SCHEMES
};

struct proxy {
	enum proxy_scheme scheme;
	char *host;
	uint16_t port;
	bool is_ip;
	char *user; /* NULL: none */
	char *password; /* cleansed when freed */
	char *label; /* "http://proxy:3128", never with credentials */
};

#define PROXY_INIT                                           \
	{                                                    \
		PROXY_NONE, NULL, 0, false, NULL, NULL, NULL \
	}

/*
 * Parse [scheme://][user[:password]@]host[:port].  The default scheme is http; the default ports
 * are http 1080 (as in curl), https 443, SOCKS 1080.  FAULT_USAGE.
 */
int proxy_parse(const char *text, struct proxy *ret, struct fault *why);
void proxy_free(struct proxy *proxy);
CLEANUP_VALUE(proxy, proxy_free)
#define auto_proxy CLEANUP(proxy) struct proxy

/* Set the proxy's login from "user:password", the first line of a file.  FAULT_FORMAT. */
int proxy_set_auth(struct proxy *proxy, const char *line, struct fault *why);

/* Reads an environment variable.  Tests supply their own, so they need not call setenv(). */
typedef const char *(*route_getenv)(const char *name);

/*
 * Find the proxy for `host` in the options, or else in the environment; PROXY_NONE: no proxy.
 *
 * If the proxy's URL has no login, the proxy gets the one from --proxy-auth-file.  --proxy
 * overrides no_proxy.  `for_http`: the request is plain HTTP (AIA), so use http_proxy instead of
 * https_proxy.  FAULT_USAGE: the variable's value is not a proxy.
 */
struct probe_options;
int route_find(const struct probe_options *options, const char *host, bool is_ip, bool for_http,
	struct proxy *ret, struct fault *why);

/*
 * Does a no_proxy list cover `host`, by the rules of curl 7.88?  The list is "*" alone, or it has
 * names (which cover their subdomains), addresses, and networks as ADDRESS/BITS (also for IPv6,
 * which curl 7.88 does not match).  An entry with a port never matches.
 */
bool route_is_excluded(const char *list, const char *host, bool is_ip);

#endif
