/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_HOSTPORT_H
#define TRUSTFIX_HOSTPORT_H

/*
 * HOST, HOST:PORT, V4:PORT, [V6]:PORT: the part that targets, proxies, --connect and URLs have in
 * common.
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

/* `port` counts where the text has none; 0: it must have one.  FAULT_USAGE with the broken rule. */
int hostport_parse(
	const char *text, size_t len, uint16_t port, struct hostport *ret, struct fault *why);
void hostport_free(struct hostport *it);
CLEANUP_VALUE(hostport, hostport_free)
#define auto_hostport CLEANUP(hostport) struct hostport

/* "host:port" or "[v6]:port", allocated; NULL: no memory. */
char *hostport_label(const char *host, uint16_t port);

/*
 * The word before "://" into `name` ("" when it is longer than any scheme), and what follows it
 * into
 * `*rest`.  false: there is none, and `*rest` is the whole text.
 */
#define HOSTPORT_SCHEME_LEN 16
bool hostport_scheme(const char *text, char name[static HOSTPORT_SCHEME_LEN], const char **rest);

#endif
