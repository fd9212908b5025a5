/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/proxy.h"

#include <arpa/inet.h>
#include <assert.h>
#include <openssl/crypto.h>
#include <string.h>

#include "src/base/text.h"

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

bool proxy_is_excluded(const char *list, const char *host, bool is_ip)
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
			if (is_ip ? url_network_holds(entry, host) : domain_holds(entry, host))
				return true;
		}
		list += len;
	}
	return false;
}

/* The name of the first variable that is set and not empty, or NULL. */
static const char *first_set(const char *const *names)
{
	for (; *names; names++) {
		const char *value = getenv(*names);
		if (value && *value)
			return *names;
	}
	return NULL;
}

int proxy_find(const struct probe_options *options, const struct url *to, bool for_http,
	struct url *ret, struct fault *why)
{
	/* As curl 7.88 (lib/url.c, lib/noproxy.c) reads them.  Not HTTP_PROXY: a CGI server sets
	 * that from a client's "Proxy:" header. */
	static const char *const https[] = {
		"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};
	static const char *const http[] = {"http_proxy", "all_proxy", "ALL_PROXY", NULL};
	static const char *const none[] = {"no_proxy", "NO_PROXY", NULL};
	const char *variable = first_set(for_http ? http : https);
	const char *list = first_set(none);
	auto_url it = URL_INIT;

	if (options->proxy) {
		if (url_parse(options->proxy, URL_PROXY, &it, why))
			return fault_wrap(why, "--proxy");
	} else if (!options->no_proxy && variable &&
		   !(list && proxy_is_excluded(getenv(list), to->host, to->is_ip))) {
		if (url_parse(getenv(variable), URL_PROXY, &it, why))
			return fault_wrap(why, "environment variable '%s'", variable);
	}
	if (it.host && !it.user && options->proxy_auth &&
		url_set_login(&it, options->proxy_auth, why))
		return -1;
	*ret = it;
	it = URL_INIT;
	return 0;
}

/* ---- SOCKS5 (RFC 1928; user and password as in RFC 1929) ------------------------------------- */

enum { VERSION = 5, METHOD_NONE = 0, METHOD_PASSWORD = 2, METHOD_NO_MATCH = 0xff };
enum { ADDRESS_V4 = 1, ADDRESS_NAME = 3, ADDRESS_V6 = 4 };

size_t proxy_socks_request(
	const char *host, uint16_t port, uint8_t out[static PROXY_SOCKS_REQUEST_MAX])
{
	size_t name_len = strlen(host);
	size_t at = 4;

	memcpy(out, (const uint8_t[]){VERSION, 1, 0, ADDRESS_NAME}, 4);
	if (inet_pton(AF_INET, host, out + 4) == 1) {
		out[3] = ADDRESS_V4;
		at += 4;
	} else if (inet_pton(AF_INET6, host, out + 4) == 1) {
		out[3] = ADDRESS_V6;
		at += 16;
	} else {
		if (name_len == 0 || name_len > 255)
			return 0;
		out[at++] = (uint8_t)name_len;
		memcpy(out + at, host, name_len);
		at += name_len;
	}
	out[at++] = (uint8_t)(port >> 8);
	out[at++] = (uint8_t)port;
	return at;
}

static int login(struct stream *stream, const struct url *proxy, struct fault *why)
{
	uint8_t message[3 + 255 + 255] = {1};
	uint8_t answer[2];
	size_t user_len = strlen(proxy->user);
	size_t password_len = strlen(proxy->password);
	int rc;

	assert(user_len <= 255 && password_len <= 255); /* checked by parse_login() in url.c */
	message[1] = (uint8_t)user_len;
	memcpy(message + 2, proxy->user, user_len);
	message[2 + user_len] = (uint8_t)password_len;
	memcpy(message + 3 + user_len, proxy->password, password_len);
	rc = stream_write(stream, message, 3 + user_len + password_len, why);
	OPENSSL_cleanse(message, sizeof(message));
	if (rc || stream_read_exact(stream, answer, sizeof(answer), why))
		return -1;
	if (answer[1] == 0)
		return 0;
	stream->end = PROBE_PROXY_AUTH_REQUIRED;
	return fault_set(why, FAULT_PEER, "it rejected this user and password");
}

int proxy_socks_open(
	struct stream *stream, const struct url *proxy, const struct url *to, struct fault *why)
{
	static const char *const refusals[] = {
		[1] = "general failure",
		[2] = "not allowed by its rules",
		[3] = "network unreachable",
		[4] = "host unreachable",
		[5] = "connection refused",
		[6] = "time to live expired",
		[7] = "command not supported",
		[8] = "address type not supported",
	};
	/* Offer the password method only with a password: some servers always choose it. */
	const uint8_t hello[] = {VERSION, proxy->user ? 2 : 1, METHOD_NONE, METHOD_PASSWORD};
	uint8_t request[PROXY_SOCKS_REQUEST_MAX];
	size_t len = proxy_socks_request(to->host, to->port, request);
	uint8_t answer[4];
	uint8_t address[255 + 2];

	stream->end = PROBE_PROXY_REFUSED;
	if (len == 0)
		return fault_set(why, FAULT_USAGE, "'%s' is too long for SOCKS5", to->host);
	if (stream_write(stream, hello, proxy->user ? 4 : 3, why) ||
		stream_read_exact(stream, answer, 2, why))
		return -1;
	if (answer[0] != VERSION)
		return fault_set(why, FAULT_PEER, "it does not speak SOCKS5");
	if (answer[1] == METHOD_NO_MATCH) {
		stream->end = PROBE_PROXY_AUTH_REQUIRED;
		return fault_set(why, FAULT_PEER,
			proxy->user ? "it accepts neither this login nor anonymous access"
				    : "it requires a SOCKS5 user name and password");
	}
	if (answer[1] != METHOD_NONE && !(answer[1] == METHOD_PASSWORD && proxy->user))
		return fault_set(why, FAULT_PEER, "it chose a login method that was not offered");
	if ((answer[1] == METHOD_PASSWORD && login(stream, proxy, why)) ||
		stream_write(stream, request, len, why) ||
		stream_read_exact(stream, answer, sizeof(answer), why))
		return -1;
	if (answer[0] != VERSION)
		return fault_set(why, FAULT_PEER, "it does not speak SOCKS5");
	if (answer[1] != 0)
		return fault_set(why, FAULT_PEER, "it refused the tunnel to '%s': %s (SOCKS5 %u)",
			to->place,
			answer[1] < sizeof(refusals) / sizeof(refusals[0]) ? refusals[answer[1]]
									   : "unknown reply code",
			answer[1]);
	/* We do not use the address in the reply, but must read all of it and no further. */
	len = answer[3] == ADDRESS_V4 ? 4 : answer[3] == ADDRESS_V6 ? 16 : 0;
	if (answer[3] == ADDRESS_NAME) {
		if (stream_read_exact(stream, address, 1, why))
			return -1;
		len = address[0];
	}
	return stream_read_exact(stream, address, len + 2, why);
}
