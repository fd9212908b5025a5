/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_DIAL_H
#define TRUSTFIX_DIAL_H

/*
 * Look up a name and connect to it over TCP, within a deadline.
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

struct dial_addresses {
	struct sockaddr_storage at[LIMIT_ADDRESSES_N];
	size_t n;
};

/*
 * Look up the addresses of `host`, at most LIMIT_ADDRESSES_N, and set `port` in each; an IP literal
 * needs no look-up.
 * FAULT_PEER: no address (or none of that family); FAULT_LIMIT: timed out.
 */
int dial_lookup(const char *host, uint16_t port, enum probe_family family, struct deadline deadline,
	struct dial_addresses *ret, struct fault *why);

/*
 * Connect `stream`, whose deadline must be set, to the first address that answers.  `label` is for
 * faults.
 */
int dial_connect(const struct dial_addresses *addresses, const char *label, struct stream *stream,
	struct fault *why);

/* The address that the stream is connected to, "192.0.2.1:443", allocated; NULL on failure. */
char *dial_peer_label(const struct stream *stream);

#define DIAL_ADDRESS_LEN 46 /* INET6_ADDRSTRLEN */
void dial_address_text(const struct sockaddr_storage *address, char ret[static DIAL_ADDRESS_LEN]);

enum dial_reach {
	DIAL_NEVER, /* unspecified, link-local, multicast, broadcast */
	DIAL_NEAR, /* loopback and private: only if the peer itself is near, or behind a proxy */
	DIAL_ANYWHERE,
};

/* Classify an address.  IPv4 embedded in IPv6 is classified as IPv4. */
enum dial_reach dial_reach_of(const char *ip);

#endif
