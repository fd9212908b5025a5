/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_HANDSHAKE_H
#define TRUSTFIX_HANDSHAKE_H

/*
 * Run one TLS handshake that accepts any chain and records it: old protocol versions, weak keys and
 * weak digests are allowed, and the certificates are copied byte for byte from the Certificate
 * message, before OpenSSL parses them.
 *
 * A chain alone proves nothing.  A completed handshake proves that the peer holds the key.  If the
 * peer stops the handshake over a client certificate, the key is still proven if the peer's
 * signature was verified: in ServerKeyExchange (RFC 5246, section 7.4.3), or in CertificateVerify
 * and Finished (RFC 8446, section 4.4).  With RSA key exchange the peer signs nothing, so only a
 * completed handshake proves the key.
 */

#include "src/net/probe.h"
#include "src/net/stream.h"

/*
 * Make the SSL_CTX that all probes of a run share, with the client certificate if one was given.
 * FAULT_FORMAT: the client certificate or key cannot be used; FAULT_USAGE: a key without a
 * certificate.
 */
int handshake_make_ctx(const struct probe_options *options, SSL_CTX **ret, struct fault *why);

/*
 * Run the handshake for ret->host, whose ret->label is for faults; set end, why, chain, tls, alpn,
 * client_cert_asked, completed and handshake.
 *
 * `as`: offer what this client offers; NULL: everything.  `alpn`: offer h2 and http/1.1.  Returns
 * true if the peer accepted neither application protocol, so a second try without `alpn` may
 * succeed.
 *
 * If ret->is_proxy, the stream goes on through the TLS session, which presents no client
 * certificate.
 */
bool handshake_run(
	SSL_CTX *ctx, const struct hello *as, struct stream *stream, bool alpn, struct probe *ret);

#endif
