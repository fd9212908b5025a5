/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_AIA_H
#define TRUSTFIX_AIA_H

/*
 * Fetch a missing issuer from where the certificate says it lies (authorityInfoAccess, caIssuers;
 * RFC 5280, section 4.2.2.1): plain HTTP, through the same proxy, within the probe's deadline.
 *
 * What comes is untrusted: it counts only if its key verifies the child's signature.  The address
 * is chosen by the peer, so link-local and unspecified addresses are never asked, loopback and
 * private ones only when the peer itself was reached at such an address or through a proxy.
 */

#include "src/net/hostport.h"
#include "src/net/probe.h"

/*
 * Fetch the issuer of `child`, then its issuer, and so on until a self-signed one or until nothing
 * more is named; at most LIMIT_AIA_HOPS; appended to `ret`.  0 also when nothing could be fetched:
 * then `missed` (may be NULL) says why.
 */
int aia_fetch(const struct prober *prober, const struct probe *probe, struct cert *child,
	struct certs *ret, struct fault *missed, struct fault *why);

/*
 * Take apart http://HOST[:PORT][/PATH]: no user name, nothing but printable ASCII.  Both parts are
 * the caller's; `*ret_path` starts with '/' and has no fragment.  FAULT_FORMAT.
 */
int aia_parse_url(const char *text, struct hostport *ret, char **ret_path, struct fault *why);

#endif
