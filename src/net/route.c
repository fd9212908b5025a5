/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/route.h"

#include <arpa/inet.h>
#include <assert.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/net/hostport.h"

static const struct {
	const char *name;
	uint16_t port;
} schemes[] = {
	[PROXY_NONE] = {"", 0},
	[PROXY_HTTP] = {"http", 1080},
	[PROXY_HTTPS] = {"https", 443},
	[PROXY_SOCKS5] = {"socks5", 1080},
	[PROXY_SOCKS5H] = {"socks5h", 1080},
};
static_assert(sizeof(schemes) / sizeof(schemes[0]) == PROXY_SCHEMES, "a row per scheme");

static void secret_free(char **text)
{
	if (*text)
		OPENSSL_cleanse(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

void proxy_free(struct proxy *proxy)
{
	free(proxy->host);
	free(proxy->user);
	free(proxy->label);
	secret_free(&proxy->password);
	*proxy = (struct proxy)PROXY_INIT;
}

/* The text is not shown: it may hold a password. */
static int refuse(const char *flaw, struct fault *why)
{
	return fault_set(why, FAULT_USAGE, "proxy URL: %s", flaw);
}

static const char *scheme_parse(const char *text, enum proxy_scheme *ret, const char **rest)
{
	char name[HOSTPORT_SCHEME_LEN];

	*ret = PROXY_HTTP;
	if (!hostport_scheme(text, name, rest))
		return NULL;
	for (unsigned i = PROXY_HTTP; i < PROXY_SCHEMES; i++)
		if (text_same(name, schemes[i].name)) {
			*ret = i;
			return NULL;
		}
	return "unknown scheme; known are http https socks5 socks5h";
}

/* RFC 7617, section 2: no colon in a user name; RFC 1929: 1 to 255 bytes each. */
static const char *auth_flaw(const struct proxy *proxy)
{
	bool socks = proxy->scheme == PROXY_SOCKS5 || proxy->scheme == PROXY_SOCKS5H;
	size_t user_len = strlen(proxy->user);
	size_t password_len = strlen(proxy->password);

	if (strchr(proxy->user, ':'))
		return "a user name cannot hold ':'";
	if (user_len > LIMIT_PASSWORD_BYTES || password_len > LIMIT_PASSWORD_BYTES)
		return "user name or password is too long";
	if (socks && (user_len > 255 || password_len > 255 || !user_len || !password_len))
		return "SOCKS user name and password have 1 to 255 bytes each";
	return NULL;
}

/* "user[:password]" into the proxy. */
static const char *auth_parse(const char *text, size_t len, struct proxy *ret)
{
	const char *colon = memchr(text, ':', len);
	size_t user_len = colon ? (size_t)(colon - text) : len;
	const char *password = colon ? colon + 1 : "";

	ret->user = text_percent_decoded(text, user_len);
	ret->password = text_percent_decoded(password, colon ? len - user_len - 1 : 0);
	if (!ret->user || !ret->password)
		return "a damaged %XX in user name or password";
	return auth_flaw(ret);
}

static int label_make(struct proxy *proxy, struct fault *why)
{
	auto_free char *address = hostport_label(proxy->host, proxy->port);

	if (!address ||
		asprintf(&proxy->label, "%s://%s", schemes[proxy->scheme].name, address) < 0) {
		proxy->label = NULL;
		return fault_nomem(why);
	}
	return 0;
}

int proxy_parse(const char *text, struct proxy *ret, struct fault *why)
{
	auto_proxy it = PROXY_INIT;
	struct hostport place = HOSTPORT_INIT;
	const char *rest = NULL;
	const char *flaw = NULL;

	if (strnlen(text, LIMIT_URL_LEN + 1) > LIMIT_URL_LEN)
		return refuse("longer than 2048 bytes", why);
	flaw = scheme_parse(text, &it.scheme, &rest);
	size_t len = strcspn(rest, "/?#");
	/* The last '@', as curl: a password may hold one. */
	const char *at = memrchr(rest, '@', len);
	if (!flaw && at)
		flaw = auth_parse(rest, (size_t)(at - rest), &it);
	else if (!flaw && strchr(rest, '@'))
		flaw = "'/', '?' and '#' in a password are written %2F, %3F and %23";
	if (flaw)
		return refuse(flaw, why);
	const char *host = at ? at + 1 : rest;
	if (hostport_parse(host, (size_t)(rest + len - host), schemes[it.scheme].port, &place, why))
		return fault_wrap(why, "proxy");
	it.host = place.host;
	it.port = place.port;
	if (label_make(&it, why))
		return -1;
	*ret = it;
	it = (struct proxy)PROXY_INIT;
	return 0;
}

int proxy_set_auth(struct proxy *proxy, const char *line, struct fault *why)
{
	struct proxy it = {.scheme = proxy->scheme};
	const char *colon = strchr(line, ':');
	const char *flaw = "no memory";

	if (!colon)
		return fault_set(why, FAULT_FORMAT, "proxy credentials: no ':' in the first line");
	it.user = strndup(line, (size_t)(colon - line));
	it.password = strndup(colon + 1, strcspn(colon + 1, "\r\n"));
	if (it.user && it.password)
		flaw = auth_flaw(&it);
	if (flaw) {
		proxy_free(&it);
		return fault_set(why, FAULT_FORMAT, "proxy credentials: %s", flaw);
	}
	free(proxy->user);
	secret_free(&proxy->password);
	proxy->user = it.user;
	proxy->password = it.password;
	return 0;
}

/* ---- the environment, as curl 7.88 (lib/url.c, lib/noproxy.c) reads it ----------------------- */

/* The name of the first that is set; an empty variable counts as none. */
static const char *first_set(const char *const *names, route_getenv get)
{
	for (; *names; names++) {
		const char *value = get(*names);
		if (value && *value)
			return *names;
	}
	return NULL;
}

int route_from_env(const char *host, bool is_ip, bool for_http, route_getenv get, struct proxy *ret,
	struct fault *why)
{
	static const char *const https[] = {
		"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};
	/* HTTP_PROXY in capitals is what a CGI server makes of a client's "Proxy:" header. */
	static const char *const http[] = {"http_proxy", "all_proxy", "ALL_PROXY", NULL};
	static const char *const none[] = {"no_proxy", "NO_PROXY", NULL};
	const char *list = first_set(none, get);
	const char *proxy = first_set(for_http ? http : https, get);

	if (!proxy || (list && route_is_excluded(get(list), host, is_ip))) {
		*ret = (struct proxy)PROXY_INIT;
		return 0;
	}
	if (proxy_parse(get(proxy), ret, why))
		return fault_wrap(why, "environment variable '%s'", proxy);
	return 0;
}

/* Are the first `bits` bits the same? */
static bool bits_same(const uint8_t *a, const uint8_t *b, uint64_t bits)
{
	size_t whole = bits / 8;
	uint8_t mask = (uint8_t)(0xff00u >> bits % 8);

	return memcmp(a, b, whole) == 0 && (!(bits % 8) || !((a[whole] ^ b[whole]) & mask));
}

/* ADDRESS or ADDRESS/BITS; /0 is a plain comparison for curl, not "everything". */
static bool network_holds(char *network, const char *address)
{
	int family = strchr(address, ':') ? AF_INET6 : AF_INET;
	uint64_t most = family == AF_INET6 ? 128 : 32;
	uint64_t bits = most;
	uint8_t a[16], b[16];
	char *slash = strchr(network, '/');

	if (slash) {
		*slash = '\0';
		if (!text_number(slash + 1, most, &bits))
			return false;
	}
	return inet_pton(family, network, a) == 1 && inet_pton(family, address, b) == 1 &&
	       bits_same(a, b, bits ? bits : most);
}

/* The name itself, or a name below it. */
static bool domain_holds(const char *domain, const char *name)
{
	size_t domain_len = strlen(domain);
	size_t name_len = strlen(name);

	if (domain_len == 0 || domain_len > name_len || !text_ends(name, domain))
		return false;
	return domain_len == name_len || name[name_len - domain_len - 1] == '.';
}

static bool entry_holds(char *entry, const char *host, bool is_ip)
{
	size_t len = strlen(entry);

	if (is_ip)
		return network_holds(entry, host);
	if (len && entry[len - 1] == '.')
		entry[len - 1] = '\0';
	return domain_holds(entry + (*entry == '.'), host);
}

bool route_is_excluded(const char *list, const char *host, bool is_ip)
{
	static const char separators[] = ", \t";
	char entry[LIMIT_HOST_LEN + 3];

	if (strcmp(list, "*") == 0)
		return true;
	while (*(list += strspn(list, separators))) {
		size_t len = strcspn(list, separators);

		if (len < sizeof(entry)) {
			memcpy(entry, list, len);
			entry[len] = '\0';
			if (entry_holds(entry, host, is_ip))
				return true;
		}
		list += len;
	}
	return false;
}
