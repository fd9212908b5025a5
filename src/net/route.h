/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_ROUTE_H
#define TRUSTFIX_ROUTE_H

/*
 * The way to a target: directly, or through which proxy.  Options first, then the environment as
 * curl reads it (https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY; no_proxy, NO_PROXY; http_proxy,
 * lower case only, for plain HTTP).
 */

#include <stdbool.h>
#include <stdint.h>

#include "src/base/cleanup.h"
#include "src/base/fault.h"

enum proxy_scheme {
	PROXY_NONE,
	PROXY_HTTP,
	PROXY_HTTPS,
	PROXY_SOCKS5, /* the name is looked up here */
	PROXY_SOCKS5H, /* the proxy looks it up */
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
 * scheme://[user[:password]@]host[:port]; without a scheme http.  Default ports: http 1080 as curl,
 * https 443, socks 1080.  FAULT_USAGE.
 */
int proxy_parse(const char *text, struct proxy *ret, struct fault *why);
void proxy_free(struct proxy *proxy);
CLEANUP_VALUE(proxy, proxy_free)
#define auto_proxy CLEANUP(proxy) struct proxy

/* "user:password" read from a file (first line) into the proxy.  FAULT_FORMAT: no colon. */
int proxy_set_auth(struct proxy *proxy, const char *line, struct fault *why);

/* The environment as a function, so that tests need not change theirs. */
typedef const char *(*route_getenv)(const char *name);

/*
 * The proxy for `host` by the options or else the environment, with --proxy-auth-file's login where
 * it has none of its own; PROXY_NONE: go directly.  --proxy overrides no_proxy.  `for_http`: plain
 * HTTP (AIA), so http_proxy counts instead of https_proxy.  FAULT_USAGE: the variable's value is no
 * proxy.
 */
struct probe_options;
int route_find(const struct probe_options *options, const char *host, bool is_ip, bool for_http,
	struct proxy *ret, struct fault *why);

/*
 * Does a no_proxy list cover `host`, as curl 7.88 reads it?  "*" alone, names with all below them,
 * addresses, and networks as ADDRESS/BITS (of IPv6 too, which it overlooks); a port never matches.
 */
bool route_is_excluded(const char *list, const char *host, bool is_ip);

#endif
