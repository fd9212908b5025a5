/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_TLS_PEER_H
#define TRUSTFIX_TLS_PEER_H

/*
 * Servers on a loopback port of their own, each in one thread, for unit tests.
 * Failures end the test program.
 */

#include <stddef.h>
#include <stdint.h>

#include "tests/unit/make_cert.h"

struct tls_peer;

struct tls_peer_way {
	const struct made *leaf; /* NULL: no TLS, `says` comes at once */
	const struct certs *above; /* sent behind the leaf, or NULL */
	const char *says; /* after the first bytes came, when there is no leaf */
	size_t says_len;
	int max_version; /* TLS1_2_VERSION; 0: the newest */
	bool wants_client; /* demands a client certificate */
	bool silent; /* accepts and says nothing */
};

struct tls_peer *tls_peer_start(const struct tls_peer_way *way);
uint16_t tls_peer_port(const struct tls_peer *peer);
void tls_peer_stop(struct tls_peer *peer);

#endif
