/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_REACH_H
#define TRUSTFIX_REACH_H

/*
 * From a name to a stream that ends at host:port: directly, or through the proxy.
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
	bool for_http; /* an HTTP proxy is asked for the page itself: no tunnel */
};

/*
 * Open `stream` (its deadline is set).  On failure stream->end is PROBE_UNREACHABLE,
 * PROBE_PROXY_AUTH_REQUIRED or PROBE_PROXY_REFUSED; whether it was the time, the deadline tells.
 */
int reach_open(const struct reach *reach, struct stream *stream, struct fault *why);

#endif
