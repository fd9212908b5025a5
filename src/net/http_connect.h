/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_HTTP_CONNECT_H
#define TRUSTFIX_HTTP_CONNECT_H

/*
 * A tunnel through an HTTP proxy: CONNECT (RFC 9110, section 9.3.6).
 */

#include "src/net/probe.h"
#include "src/net/stream.h"

/*
 * Ask for a tunnel to host:port on a wire to the proxy.  Credentials go along at once, and a 407 is
 * final: a wrong password is not tried twice.  On failure *ret_end is PROBE_PROXY_AUTH_REQUIRED,
 * with the schemes that the proxy offers in the text, or PROBE_PROXY_REFUSED.
 */
int http_connect_open(struct stream *stream, const struct proxy *proxy, const char *host,
	uint16_t port, enum probe_end *ret_end, struct fault *why);

/* "it requires a user and password (offered: Basic)"; FAULT_PEER, returns -1. */
struct http_reply;
int http_connect_auth_fault(
	const struct http_reply *reply, const struct proxy *proxy, struct fault *why);

#endif
