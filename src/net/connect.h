/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CONNECT_H
#define TRUSTFIX_CONNECT_H

/*
 * Open a stream to a server, directly or through a proxy, within a deadline.
 *
 * getaddrinfo() cannot be interrupted, so it runs in a detached thread, which is abandoned when the
 * deadline passes and then frees its own memory.  All addresses are tried, starting a new one every
 * LIMIT_CONNECT_STAGGER_MS, and the first to answer wins (RFC 8305, section 5), so an address that
 * hangs does not delay the rest.
 */

#include <sys/socket.h>

#include "src/base/limits.h"
#include "src/net/probe.h"
#include "src/net/stream.h"

enum connect_reach {
	CONNECT_NEVER, /* unspecified, link-local, multicast, broadcast */
	CONNECT_LOOPBACK,
	CONNECT_PRIVATE,
	CONNECT_ANYWHERE,
};

struct route {
	const struct url *to;
	const struct url *proxy; /* its host is NULL: directly */
	enum probe_family family;
	enum connect_reach least; /* CONNECT_NEVER: any address is allowed */
	bool for_http; /* an HTTP proxy will get a plain GET, so open no tunnel */
	const struct prober *prober;
	struct probe *of; /* its `proxy` is set to what an https:// proxy presents */
};

/*
 * Open `stream`, whose deadline must be set.  On failure stream->end is PROBE_UNREACHABLE,
 * PROBE_PROXY_AUTH_REQUIRED, PROBE_PROXY_REFUSED or PROBE_PROXY_UNTRUSTED, also after a timeout:
 * check the deadline for that.
 *
 * The certificate of an https:// proxy is not judged here, unless the proxy would get a login: then
 * it must lead to one of the prober's anchors, as curl would have it.
 */
int connect_open(const struct route *route, struct stream *stream, struct fault *why);

/*
 * Classify an address; a name may be anywhere, except localhost.  IPv4 embedded in IPv6 is
 * classified as IPv4.
 */
enum connect_reach connect_reach_of(const char *host);

/* The address that the stream is connected to, "192.0.2.1:443", allocated; NULL on failure. */
char *connect_peer(const struct stream *stream);

/* ---- the steps, for tests -------------------------------------------------------------------- */

struct addresses {
	struct sockaddr_storage at[LIMIT_ADDRESSES_N];
	size_t n;
};

/*
 * Look up the addresses of a host, at most LIMIT_ADDRESSES_N, with its port in each; an IP literal
 * needs no look-up.
 * FAULT_PEER: no address (or none of that family); FAULT_LIMIT: timed out; FAULT_REFUSED: all are
 * nearer than `least`.
 */
int connect_lookup(const struct url *of, enum probe_family family, enum connect_reach least,
	struct deadline deadline, struct addresses *ret, struct fault *why);

/*
 * Connect `stream`, whose deadline must be set, to the first address that answers.  `place` is for
 * faults.
 */
int connect_first(const struct addresses *addresses, const char *place, struct stream *stream,
	struct fault *why);

#define CONNECT_IP_LEN 46 /* INET6_ADDRSTRLEN */
void connect_ip(const struct sockaddr_storage *address, char ret[static CONNECT_IP_LEN]);

#endif
