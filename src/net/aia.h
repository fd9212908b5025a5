/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_AIA_H
#define TRUSTFIX_AIA_H

/*
 * Fetch a missing issuer from the URL that the certificate names (authorityInfoAccess, caIssuers;
 * RFC 5280, section 4.2.2.1): over plain HTTP, by way of the run's proxy settings, within the
 * probe's deadline.
 *
 * The fetched certificate is untrusted: it is used only if its key verifies the child's signature.
 * The peer chooses the address, so trustfix never asks for one nearer than the peer's own: never
 * for a link-local or unspecified one, for a private one only if the peer has a private or loopback
 * address, for a loopback one only if the peer has one.  Behind a proxy the peer may have any
 * address, so that one is allowed there too if the fetch takes the same proxy.
 */

#include "src/net/probe.h"

/*
 * Fetch the issuer of `child`, then that issuer's issuer, and so on, and append them to `ret`.
 *
 * Stops at a self-signed certificate, at one that names no URL, or after LIMIT_AIA_HOPS.  Also
 * returns 0 if nothing could be fetched; `missed` then says why.
 */
int aia_fetch(const struct prober *prober, const struct probe *probe, struct cert *child,
	struct certs *ret, struct fault *missed, struct fault *why);

#endif
