/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_REACH_H
#define TRUSTFIX_REACH_H

/*
 * Open a stream to host:port, directly or through a proxy.
 */

#include "src/net/dial.h"
#include "src/net/probe.h"
#include "src/net/stream.h"

struct reach {
	const struct proxy *proxy; /* PROXY_NONE: directly */
	const char *host;
	uint16_t port;
	enum probe_family family;
	enum dial_reach least; /* DIAL_NEVER: any address is allowed */
	bool for_http; /* an HTTP proxy will get a plain GET, so open no tunnel */
};

/*
 * Open `stream`, whose deadline must be set.  On failure stream->end is PROBE_UNREACHABLE,
 * PROBE_PROXY_AUTH_REQUIRED or PROBE_PROXY_REFUSED, also after a timeout: check the deadline for
 * that.
 */
int reach_open(const struct reach *reach, struct stream *stream, struct fault *why);

#endif
