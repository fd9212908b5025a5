/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_HTTP_GET_H
#define TRUSTFIX_HTTP_GET_H

/*
 * GET over plain HTTP of what a peer's certificate names: one request, a few redirects, a small
 * body.
 */

#include "src/base/buf.h"
#include "src/net/hostport.h"
#include "src/net/prober.h"

struct fetch_url {
	struct hostport place;
	char *path; /* from '/' on, without a fragment */
};

/* http://HOST[:PORT][/PATH]; no user, nothing but printable ASCII.  FAULT_FORMAT. */
int fetch_parse_url(const char *text, struct fetch_url *ret, struct fault *why);
void fetch_url_free(struct fetch_url *url);
CLEANUP_VALUE(fetch_url, fetch_url_free)
#define auto_fetch_url CLEANUP(fetch_url) struct fetch_url

struct fetch {
	const struct prober *prober; /* its options give the route */
	struct deadline deadline;
	bool near; /* loopback and private addresses are fine */
};

/*
 * The body of `url` before the deadline, at most LIMIT_AIA_BYTES, after at most
 * LIMIT_AIA_REDIRECTS.  FAULT_PEER, FAULT_LIMIT, FAULT_REFUSED (the address), FAULT_FORMAT (the
 * URL).
 */
int fetch_get(const struct fetch *fetch, const char *url, struct buf *ret, struct fault *why);

#endif
