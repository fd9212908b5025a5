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

struct http_get_url {
	struct hostport place;
	char *path; /* from '/' on, without a fragment */
};

/* http://HOST[:PORT][/PATH]; no user, nothing but printable ASCII.  FAULT_FORMAT. */
int http_get_parse_url(const char *text, struct http_get_url *ret, struct fault *why);
void http_get_url_free(struct http_get_url *url);
CLEANUP_VALUE(http_get_url, http_get_url_free)
#define auto_http_get_url CLEANUP(http_get_url) struct http_get_url

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
int http_get_get(const struct fetch *fetch, const char *url, struct buf *ret, struct fault *why);

#endif
