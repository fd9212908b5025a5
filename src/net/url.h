/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_URL_H
#define TRUSTFIX_URL_H

/*
 * Parse what names a server: targets, proxies, --connect, --servername and the URLs in
 * certificates.
 *
 * A target is HOST, HOST:PORT, [V6]:PORT, https://HOST[:PORT][/...], or one of smtp:// imap://
 * pop3:// ftp:// ldap:// postgres:// mysql:// xmpp://, which start with STARTTLS.
 */

#include <stdbool.h>
#include <stdint.h>

#include "src/base/cleanup.h"
#include "src/base/fault.h"

enum url_scheme {
	URL_BARE, /* HOST:PORT alone */
	URL_SOCKS5, /* trustfix looks the name up */
	URL_SOCKS5H, /* the proxy looks the name up */
	URL_HTTP,
	URL_HTTPS, /* also a target without a scheme: TLS from the first byte */
	URL_SMTP,
	URL_IMAP,
	URL_POP3,
	URL_FTP,
	URL_LDAP,
	URL_POSTGRES,
	URL_MYSQL,
	URL_XMPP,
	URL_SCHEMES
};

struct url {
	enum url_scheme scheme;
	char *host; /* A-labels or an IP literal, lower case, no brackets, no trailing dot */
	uint16_t port;
	bool is_ip;
	char *user; /* of a proxy, decoded; NULL: none */
	char *password; /* not NULL if user is not; cleansed when freed */
	char *label; /* as shown to people: "smtp://host:port", but "host:port" for https targets */
	const char *place; /* the end of the label: "host:port" or "[v6]:port" */
	const char *rest; /* the text from the first '/', '?' or '#' after the host, borrowed */
};

#define URL_INIT ((struct url){0})

enum url_use {
	URL_TARGET,
	URL_PROXY, /* [scheme://][user[:password]@]host[:port]; ports as in curl */
	URL_ISSUER, /* http:// in a certificate: no user name, and only printable ASCII */
};

/*
 * Parse at most LIMIT_URL_LEN bytes.  The caller owns `*ret` (url_free()).  FAULT_USAGE (for
 * URL_ISSUER FAULT_FORMAT) names the rule that was broken, and never shows a password.
 */
int url_parse(const char *text, enum url_use use, struct url *ret, struct fault *why);

/* Parse HOST[:PORT] alone.  `port` is the default; 0: the text must have a port.  FAULT_USAGE. */
int url_parse_place(const char *text, uint16_t port, struct url *ret, struct fault *why);

/* Set the proxy's login from "user:password", the first line of a file.  FAULT_FORMAT. */
int url_set_login(struct url *proxy, const char *line, struct fault *why);

void url_free(struct url *url);
CLEANUP_VALUE(url, url_free)
#define auto_url CLEANUP(url) struct url

/* "host:port" or "[v6]:port", allocated; NULL: no memory. */
char *url_place(const char *host, uint16_t port);

/*
 * Is `ip` in the network ADDRESS or ADDRESS/BITS?  Also false if either one is malformed.  As in
 * curl, /0 compares the whole address; it does not match everything.
 */
bool url_network_holds(const char *network, const char *ip);

#endif
