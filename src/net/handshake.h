/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_HANDSHAKE_H
#define TRUSTFIX_HANDSHAKE_H

/*
 * One TLS handshake that trusts nothing and shows everything: old protocol versions, weak keys and
 * digests are let through, and the certificates are taken from the Certificate message itself,
 * byte for byte, before OpenSSL makes anything of them.
 *
 * A chain alone proves nothing.  The peer has proven its key when the handshake completes; before
 * that, when a client certificate was demanded and refused, once its signature was verified: that
 * of ServerKeyExchange (RFC 5246, section 7.4.3), or CertificateVerify and Finished (RFC 8446,
 * section 4.4).  With RSA key exchange nothing is signed, and only the end proves it.
 */

#include "src/net/probe.h"
#include "src/net/stream.h"

/*
 * The SSL_CTX that all probes of a run share, with the client certificate if there is one.
 * FAULT_FORMAT: it cannot be used; FAULT_USAGE: a key without a certificate.
 */
int handshake_make_ctx(const struct probe_options *options, SSL_CTX **ret, struct fault *why);

/*
 * Shake hands for ret->host; fills in end, why, chain, tls, alpn, client_cert_asked and completed.
 * `label` names the peer in faults.  `alpn`: offer h2 and http/1.1.  true: it failed for want of
 * another application protocol, so that trying again without `alpn` may help.
 */
bool handshake_run(
	SSL_CTX *ctx, struct stream *stream, const char *label, bool alpn, struct probe *ret);

#endif
