/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_DIAL_H
#define TRUSTFIX_DIAL_H

/*
 * From a name to a connected socket: look-up and TCP, within a deadline.
 *
 * getaddrinfo() cannot be interrupted, so a name is looked up in a thread that is left behind when
 * the deadline passes; it frees what it holds itself.  All addresses are tried, a new one every
 * LIMIT_CONNECT_STAGGER_MS, and the first that answers wins (RFC 8305, section 5): one that hangs
 * keeps none of the others waiting.
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
 * Every address of `host` with `port`; an IP literal needs no look-up.
 * FAULT_PEER: there is none (or none of that family); FAULT_LIMIT: timed out.
 */
int dial_lookup(const char *host, uint16_t port, enum probe_family family, struct deadline deadline,
	struct dial_addresses *ret, struct fault *why);

/* Connect `stream` (its deadline is set) to the first that answers.  `label` is for faults. */
int dial_connect(const struct dial_addresses *addresses, const char *label, struct stream *stream,
	struct fault *why);

/* "192.0.2.1:443" of what the stream is connected to, allocated; NULL: no memory. */
char *dial_peer_label(const struct stream *stream);

#define DIAL_ADDRESS_LEN 46 /* INET6_ADDRSTRLEN */
void dial_address_text(const struct sockaddr_storage *address, char ret[static DIAL_ADDRESS_LEN]);

enum dial_reach {
	DIAL_NEVER, /* unspecified, link-local, multicast, broadcast */
	DIAL_NEAR, /* loopback and private: for peers that were near themselves */
	DIAL_ANYWHERE,
};

/* Where does this address lie?  IPv4 inside of IPv6 is looked at as IPv4. */
enum dial_reach dial_reach_of(const char *ip);

#endif
