/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_REACH_H
#define TRUSTFIX_REACH_H

/*
 * From options and a name to a stream that ends at host:port: directly, or through the proxy.
 */

#include "src/net/dial.h"
#include "src/net/probe.h"
#include "src/net/stream.h"

struct reach {
	const struct proxy *proxy; /* PROXY_NONE: directly */
	const char *host;
	uint16_t port;
	enum probe_family family;
	enum dial_reach least; /* DIAL_NEVER: any address will do */
};

/*
 * The proxy that the options or the environment give for `host` (PROXY_NONE: none), with the
 * options' credentials where it has none of its own.  An explicit --proxy stands above no_proxy.
 * FAULT_USAGE.
 */
int reach_proxy_for(const struct probe_options *options, const char *host, bool is_ip,
	bool for_http, struct proxy *ret, struct fault *why);

/*
 * Open `wire` (its deadline is set).  On failure *ret_end is PROBE_UNREACHABLE,
 * PROBE_PROXY_AUTH_REQUIRED or PROBE_PROXY_REFUSED; whether it was the time, the deadline tells.
 */
int reach_open(const struct reach *reach, struct stream *stream, enum probe_end *ret_end,
	struct fault *why);

/* Only as far as the http:// or https:// proxy itself, TLS with it included. */
int reach_open_proxy(const struct reach *reach, struct stream *stream, enum probe_end *ret_end,
	struct fault *why);

#endif
