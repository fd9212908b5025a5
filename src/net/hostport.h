/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_HOSTPORT_H
#define TRUSTFIX_HOSTPORT_H

/*
 * Parse HOST, HOST:PORT, V4:PORT and [V6]:PORT, and URLs that contain them, for targets, proxies,
 * --connect and the URLs in certificates.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/cleanup.h"
#include "src/base/fault.h"

struct hostport {
	char *host; /* A-labels or an IP literal, lower case, no brackets, no trailing dot */
	uint16_t port;
	bool is_ip;
};

#define HOSTPORT_INIT          \
	{                      \
		NULL, 0, false \
	}

/*
 * Parse `len` bytes of text.  `port` is the default; 0: the text must have a port.  The caller owns
 * `*ret` (hostport_free()).  FAULT_USAGE names the rule that was broken.
 */
int hostport_parse(
	const char *text, size_t len, uint16_t port, struct hostport *ret, struct fault *why);
void hostport_free(struct hostport *it);
CLEANUP_VALUE(hostport, hostport_free)
#define auto_hostport CLEANUP(hostport) struct hostport

/* "host:port" or "[v6]:port", allocated; NULL: no memory. */
char *hostport_label(const char *host, uint16_t port);

/*
 * Is `ip` in the network ADDRESS or ADDRESS/BITS?  Also false if either one is malformed.  As in
 * curl, /0 compares the whole address; it does not match everything.
 */
bool hostport_network_holds(const char *network, const char *ip);

/* A scheme and its default port.  A row whose name is NULL ends a table of these. */
struct url_scheme {
	const char *name;
	uint16_t port;
};

/* The parts of [SCHEME://][LOGIN@]HOST[:PORT][/PATH]; all pointers point into the text. */
struct url {
	size_t scheme; /* the row of the table; without a scheme row 0, the default */
	const char *login; /* NULL: none */
	size_t login_len;
	const char *place; /* HOST[:PORT] */
	size_t place_len;
	const char *rest; /* from the first '/', '?' or '#' to the end */
};

/*
 * Split a URL.  Returns NULL, or static text that says what is wrong: the URL is longer than
 * LIMIT_URL_LEN, or the scheme is not in the table (`unknown`).
 */
const char *url_split(
	const char *text, const struct url_scheme *schemes, const char *unknown, struct url *ret);

/* "scheme://host:port", allocated; NULL: no memory. */
char *url_label(const char *scheme, const char *host, uint16_t port);

#endif
