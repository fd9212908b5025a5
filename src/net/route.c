/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/route.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/net/hostport.h"
#include "src/net/probe.h"

static const struct url_scheme schemes[] = {
	{"http", 1080},
	{"https", 443},
	{"socks5", 1080},
	{"socks5h", 1080},
	{NULL, 0},
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

/* RFC 7617, section 2: no colon in a user name; RFC 1929: both have 1 to 255 bytes. */
static const char *login_flaw(const struct proxy *proxy)
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

int proxy_parse(const char *text, struct proxy *ret, struct fault *why)
{
	auto_proxy it = PROXY_INIT;
	auto_hostport place = HOSTPORT_INIT;
	struct url url = {.rest = ""};
	const char *flaw = url_split(
		text, schemes, "unknown scheme; known are http https socks5 socks5h", &url);

	it.scheme = PROXY_HTTP + url.scheme;
	if (!flaw && url.login) {
		const char *colon = memchr(url.login, ':', url.login_len);
		size_t user_len = colon ? (size_t)(colon - url.login) : url.login_len;

		it.user = text_percent_decoded(url.login, user_len);
		it.password = text_percent_decoded(
			colon ? colon + 1 : "", colon ? url.login_len - user_len - 1 : 0);
		flaw = it.user && it.password ? login_flaw(&it)
					      : "a malformed %XX in user name or password";
	} else if (!flaw && strchr(url.rest, '@')) {
		flaw = "'/', '?' and '#' in a password are written %2F, %3F and %23";
	}
	/* Do not show the text: it may contain a password. */
	if (flaw)
		return fault_set(why, FAULT_USAGE, "proxy URL: %s", flaw);
	if (hostport_parse(url.place, url.place_len, schemes[url.scheme].port, &place, why))
		return fault_wrap(why, "proxy");
	it.label = url_label(schemes[url.scheme].name, place.host, place.port);
	if (!it.label)
		return fault_nomem(why);
	it.host = steal(&place.host);
	it.port = place.port;
	it.is_ip = place.is_ip;
	*ret = it;
	it = (struct proxy)PROXY_INIT;
	return 0;
}

int proxy_set_auth(struct proxy *proxy, const char *line, struct fault *why)
{
	auto_proxy it = {.scheme = proxy->scheme};
	const char *colon = strchr(line, ':');
	const char *flaw;

	if (!colon)
		return fault_set(why, FAULT_FORMAT, "proxy credentials: no ':' in the first line");
	it.user = strndup(line, (size_t)(colon - line));
	it.password = strndup(colon + 1, strcspn(colon + 1, "\r\n"));
	if (!it.user || !it.password)
		return fault_nomem(why);
	flaw = login_flaw(&it);
	if (flaw)
		return fault_set(why, FAULT_FORMAT, "proxy credentials: %s", flaw);
	free(proxy->user);
	secret_free(&proxy->password);
	proxy->user = steal(&it.user);
	proxy->password = steal(&it.password);
	return 0;
}

/* ---- the environment, as curl 7.88 (lib/url.c, lib/noproxy.c) reads it ----------------------- */

/* The name of the first variable that is set and not empty, or NULL. */
static const char *first_set(const char *const *names, route_getenv get)
{
	for (; *names; names++) {
		const char *value = get(*names);
		if (value && *value)
			return *names;
	}
	return NULL;
}

static const char *process_getenv(const char *name)
{
	return getenv(name);
}

static int find_in_environment(const char *host, bool is_ip, bool for_http, route_getenv get,
	struct proxy *ret, struct fault *why)
{
	static const char *const https[] = {
		"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};
	/* Not HTTP_PROXY: a CGI server sets that from a client's "Proxy:" header. */
	static const char *const http[] = {"http_proxy", "all_proxy", "ALL_PROXY", NULL};
	static const char *const none[] = {"no_proxy", "NO_PROXY", NULL};
	const char *list = first_set(none, get);
	const char *proxy = first_set(for_http ? http : https, get);

	if (!proxy || (list && route_is_excluded(get(list), host, is_ip)))
		return 0;
	if (proxy_parse(get(proxy), ret, why))
		return fault_wrap(why, "environment variable '%s'", proxy);
	return 0;
}

/* The label is the proxy's URL without the login, so parse that and copy the login. */
static int proxy_copy(const struct proxy *proxy, struct proxy *ret, struct fault *why)
{
	if (proxy_parse(proxy->label, ret, why))
		return -1;
	if (!proxy->user)
		return 0;
	ret->user = strdup(proxy->user);
	ret->password = strdup(proxy->password);
	return ret->user && ret->password ? 0 : fault_nomem(why);
}

int route_find(const struct probe_options *options, const char *host, bool is_ip, bool for_http,
	struct proxy *ret, struct fault *why)
{
	const struct proxy *given = options->proxy;
	auto_proxy it = PROXY_INIT;
	int rc = 0;

	if (given)
		rc = proxy_copy(given, &it, why);
	else if (!options->no_proxy)
		rc = find_in_environment(host, is_ip, for_http,
			options->getenv ? options->getenv : process_getenv, &it, why);
	if (rc == 0 && it.scheme != PROXY_NONE && !it.user && options->proxy_auth)
		rc = proxy_set_auth(&it, options->proxy_auth, why);
	if (rc)
		return -1;
	*ret = it;
	it = (struct proxy)PROXY_INIT;
	return 0;
}

/* Is `name` the domain or a name below it?  A dot at either end of the domain is ignored. */
static bool domain_holds(char *domain, const char *name)
{
	size_t len = strlen(domain);
	size_t name_len = strlen(name);

	if (len && domain[len - 1] == '.')
		domain[--len] = '\0';
	if (*domain == '.') {
		domain++;
		len--;
	}
	return len && len <= name_len && text_ends(name, domain) &&
	       (len == name_len || name[name_len - len - 1] == '.');
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
			if (is_ip ? hostport_network_holds(entry, host) : domain_holds(entry, host))
				return true;
		}
		list += len;
	}
	return false;
}
