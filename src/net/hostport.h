/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_HOSTPORT_H
#define TRUSTFIX_HOSTPORT_H

/*
 * HOST, HOST:PORT, V4:PORT, [V6]:PORT, and the URLs around them: what targets, proxies, --connect
 * and the addresses in certificates have in common.
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

/* `port` is the default; 0: the text must have one.  FAULT_USAGE with the rule that is broken. */
int hostport_parse(
	const char *text, size_t len, uint16_t port, struct hostport *ret, struct fault *why);
void hostport_free(struct hostport *it);
CLEANUP_VALUE(hostport, hostport_free)
#define auto_hostport CLEANUP(hostport) struct hostport

/* "host:port" or "[v6]:port", allocated; NULL: no memory. */
char *hostport_label(const char *host, uint16_t port);

/*
 * Is `ip` in the network ADDRESS or ADDRESS/BITS?  false also where either is none.  /0 is a plain
 * comparison, as curl has it, not "everything".
 */
bool hostport_network_holds(const char *network, const char *ip);

/* A scheme and its default port; a table of them ends with a row without a name. */
struct url_scheme {
	const char *name;
	uint16_t port;
};

/* The parts of [SCHEME://][LOGIN@]HOST[:PORT][/PATH]; all point into the text. */
struct url {
	size_t scheme; /* the row; 0 also when there is none: row 0 is the default */
	const char *login; /* NULL: none */
	size_t login_len;
	const char *place; /* HOST[:PORT] */
	size_t place_len;
	const char *rest; /* from '/', '?' or '#' on */
};

/* NULL, or what is wrong (a static text): longer than LIMIT_URL_LEN, or `unknown`. */
const char *url_split(
	const char *text, const struct url_scheme *schemes, const char *unknown, struct url *ret);

/* "scheme://host:port", allocated; NULL: no memory. */
char *url_label(const char *scheme, const char *host, uint16_t port);

#endif
