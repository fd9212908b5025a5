/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/url.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"

#define LABEL_MAX 63 /* RFC 1035, section 2.3.4 */

static const struct {
	const char *name;
	uint16_t port;
} schemes[URL_SCHEMES] = {
	[URL_BARE] = {"", 0},
	[URL_SOCKS5] = {"socks5", 1080},
	[URL_SOCKS5H] = {"socks5h", 1080},
	[URL_HTTP] = {"http", 80},
	[URL_HTTPS] = {"https", 443},
	[URL_SMTP] = {"smtp", 25},
	[URL_IMAP] = {"imap", 143},
	[URL_POP3] = {"pop3", 110},
	[URL_FTP] = {"ftp", 21},
	[URL_LDAP] = {"ldap", 389},
	[URL_POSTGRES] = {"postgres", 5432},
	[URL_MYSQL] = {"mysql", 3306},
	[URL_XMPP] = {"xmpp", 5222},
};

static const struct {
	const char *noun;
	enum url_scheme first, last; /* the schemes it may have */
	enum url_scheme bare; /* the scheme of HOST:PORT; URL_BARE: it needs one */
	const char *unknown;
} uses[] = {
	[URL_TARGET] = {"target", URL_HTTPS, URL_XMPP, URL_HTTPS,
		"unknown scheme; known are https smtp imap pop3 ftp ldap postgres mysql xmpp; "
		"for implicit TLS, such as imaps, write HOST:PORT"},
	[URL_PROXY] = {"proxy", URL_SOCKS5, URL_HTTPS, URL_HTTP,
		"unknown scheme; known are http https socks5 socks5h"},
	[URL_ISSUER] = {"", URL_HTTP, URL_HTTP, URL_BARE, "not a plain http:// URL"},
};

static void secret_free(char **text)
{
	if (*text)
		OPENSSL_cleanse(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

void url_free(struct url *url)
{
	free(url->host);
	free(url->user);
	secret_free(&url->password);
	free(url->label);
	*url = URL_INIT;
}

/* What is wrong with a lower-case DNS name, or NULL. */
static const char *name_flaw(const char *name)
{
	const char *label = name;

	if (!*name)
		return "the host is missing";
	if (strlen(name) > LIMIT_HOST_LEN)
		return "a host name has at most 253 characters";
	for (const char *at = name;; at++) {
		if ((unsigned char)*at >= 0x80)
			return "write the name in its ASCII form (xn--...)";
		if (*at && *at != '.') {
			if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-_", *at))
				return "a host name has only letters, digits, '-' and '_'";
			continue;
		}
		if (at == label || at - label > LABEL_MAX)
			return "a label of a host name has 1 to 63 characters";
		if (!*at)
			break;
		label = at + 1;
	}
	/* inet_aton(3) accepts "10.1" and "0x7f.1" as addresses, which surprises people. */
	return *label >= '0' && *label <= '9' ? "it looks like an IPv4 address, but is not one"
					      : NULL;
}

/*
 * Parse HOST[:PORT] into the host and port, of which the latter holds the default.  Returns what is
 * wrong, or NULL: a host of NULL then means that there was no memory.
 */
static const char *parse_place(const char *text, size_t len, struct url *ret)
{
	bool six = len && *text == '[';
	const char *end = text + len;
	const char *close = six ? memchr(text, ']', len) : NULL;
	const char *colon = close ? close + 1 : memchr(text, ':', len);
	size_t host_len = close ? (size_t)(close - text - 1) : colon ? (size_t)(colon - text) : len;
	struct in6_addr address;
	uint64_t number = ret->port;
	char digits[8] = "";

	if (six && !close)
		return "']' is missing";
	if (close && colon < end && *colon != ':')
		return "only a port may follow ']'";
	if (!six && colon && memchr(colon + 1, ':', (size_t)(end - colon - 1)))
		return "write an IPv6 address in brackets, [::1]:443";
	if (colon && colon < end) {
		len = (size_t)(end - colon - 1);
		if (len < sizeof(digits))
			memcpy(digits, colon + 1, len);
		if (!text_number(digits, UINT16_MAX, &number) || number == 0)
			return "a port is a number from 1 to 65535";
	}
	if (number == 0)
		return "the port is missing";
	ret->port = (uint16_t)number;
	/* Leave room: inet_ntop() may overwrite the address with a longer form. */
	ret->host = calloc(1, host_len + INET6_ADDRSTRLEN);
	if (!ret->host)
		return NULL;
	for (size_t i = 0; i < host_len; i++)
		ret->host[i] = text_lower(text[six + i]);
	ret->is_ip = inet_pton(six ? AF_INET6 : AF_INET, ret->host, &address) == 1;
	if (six && ret->is_ip)
		inet_ntop(AF_INET6, &address, ret->host, INET6_ADDRSTRLEN);
	if (!ret->is_ip && host_len && ret->host[host_len - 1] == '.')
		ret->host[host_len - 1] = '\0';
	return ret->is_ip ? NULL
	       : six      ? "no IPv6 address between the brackets"
			  : name_flaw(ret->host);
}

/* Set the login from "user" or "user:password".  Returns what is wrong, or NULL. */
static const char *parse_login(const char *text, size_t len, bool encoded, struct url *ret)
{
	bool socks = ret->scheme == URL_SOCKS5 || ret->scheme == URL_SOCKS5H;
	const char *colon = memchr(text, ':', len);
	size_t user_len = colon ? (size_t)(colon - text) : len;
	const char *password = colon ? colon + 1 : "";
	size_t password_len = colon ? len - user_len - 1 : 0;

	ret->user = encoded ? text_percent_decoded(text, user_len) : strndup(text, user_len);
	ret->password = encoded ? text_percent_decoded(password, password_len)
				: strndup(password, password_len);
	if (!ret->user || !ret->password) /* or no memory */
		return "a malformed %XX in user name or password";
	user_len = strlen(ret->user);
	password_len = strlen(ret->password);
	/* RFC 7617, section 2: no colon in a user name; RFC 1929: both have 1 to 255 bytes. */
	if (strchr(ret->user, ':'))
		return "a user name cannot contain ':'";
	if (user_len > LIMIT_PASSWORD_BYTES || password_len > LIMIT_PASSWORD_BYTES)
		return "user name or password is too long";
	if (socks && (user_len > 255 || password_len > 255 || !user_len || !password_len))
		return "SOCKS user name and password have 1 to 255 bytes each";
	return NULL;
}

/* Parse [SCHEME://][USER[:PASSWORD]@]HOST[:PORT][/REST].  Returns what is wrong, or NULL. */
static const char *parse(const char *text, enum url_use use, struct url *ret)
{
	const char *mark = strstr(text, "://");
	const char *place = mark ? mark + 3 : text;
	size_t len = strcspn(place, "/?#");
	/* The last '@', as in curl: a password may contain one. */
	const char *at = memrchr(place, '@', len);
	const char *flaw = NULL;

	if (strnlen(text, LIMIT_URL_LEN + 1) > LIMIT_URL_LEN)
		return "longer than 2048 bytes";
	ret->scheme = mark ? uses[use].first : uses[use].bare;
	while (mark && ret->scheme <= uses[use].last &&
		(strlen(schemes[ret->scheme].name) != (size_t)(mark - text) ||
			!text_starts(text, schemes[ret->scheme].name)))
		ret->scheme++;
	if (use == URL_TARGET && text_starts(text, "http://"))
		return "http:// is not TLS; did you mean https://?";
	if (ret->scheme == URL_BARE || ret->scheme > uses[use].last)
		return uses[use].unknown;
	ret->rest = place + len;
	if (use == URL_TARGET && !mark && *ret->rest)
		return "a path needs https:// before the host";
	if (use == URL_PROXY && !at && strchr(ret->rest, '@'))
		return "'/', '?' and '#' in a password are written %2F, %3F and %23";
	for (const char *c = text; use == URL_ISSUER && *c; c++)
		if (*c <= ' ' || *c > '~')
			return "a URL with control or non-ASCII characters";
	if (at && use != URL_PROXY)
		return "a user name is not allowed here";
	if (at) {
		flaw = parse_login(place, (size_t)(at - place), true, ret);
		place = at + 1;
		len = (size_t)(ret->rest - place);
	}
	ret->port = use == URL_PROXY && ret->scheme == URL_HTTP ? 1080 : schemes[ret->scheme].port;
	return flaw ? flaw : parse_place(place, len, ret);
}

/* Set the label, or report what is wrong; move `it` to `ret`. */
static int finish(struct url *it, const char *scheme, struct url *ret, struct fault *why)
{
	auto_free char *place = it->host ? url_place(it->host, it->port) : NULL;

	if (!place || asprintf(&it->label, "%s%s%s", scheme, *scheme ? "://" : "", place) < 0) {
		it->label = NULL;
		return fault_nomem(why);
	}
	it->place = it->label + strlen(it->label) - strlen(place);
	*ret = *it;
	*it = URL_INIT;
	return 0;
}

int url_parse(const char *text, enum url_use use, struct url *ret, struct fault *why)
{
	auto_url it = URL_INIT;
	const char *flaw = parse(text, use, &it);

	if (flaw && use == URL_ISSUER)
		return fault_set(why, FAULT_FORMAT, "%s", flaw);
	if (flaw) {
		/* Do not show the text before '@': it may be a password. */
		const char *at = strrchr(text, '@');
		const char *safe = at ? at + 1 : text;
		auto_free char *shown = text_printable(safe, strlen(safe), LIMIT_NAME_SHOWN);

		return fault_set(
			why, FAULT_USAGE, "%s '%s': %s", uses[use].noun, shown ? shown : "", flaw);
	}
	return finish(&it,
		use == URL_TARGET && it.scheme == URL_HTTPS ? "" : schemes[it.scheme].name, ret,
		why);
}

int url_parse_place(const char *text, uint16_t port, struct url *ret, struct fault *why)
{
	auto_url it = {.port = port};
	const char *flaw = parse_place(text, strlen(text), &it);
	auto_free char *shown = flaw ? text_printable(text, strlen(text), LIMIT_NAME_SHOWN) : NULL;

	return flaw ? fault_set(why, FAULT_USAGE, "'%s': %s", shown ? shown : "", flaw)
		    : finish(&it, "", ret, why);
}

int url_set_login(struct url *proxy, const char *line, struct fault *why)
{
	auto_url it = {.scheme = proxy->scheme};
	size_t len = strcspn(line, "\r\n");
	const char *flaw = memchr(line, ':', len) ? parse_login(line, len, false, &it)
						  : "no ':' in the first line";

	if (memchr(line, ':', len) && (!it.user || !it.password))
		return fault_nomem(why);
	if (flaw)
		return fault_set(why, FAULT_FORMAT, "proxy credentials: %s", flaw);
	free(proxy->user);
	secret_free(&proxy->password);
	proxy->user = steal(&it.user);
	proxy->password = steal(&it.password);
	return 0;
}

char *url_place(const char *host, uint16_t port)
{
	bool six = strchr(host, ':');
	char *text = NULL;

	return asprintf(&text, "%s%s%s:%u", six ? "[" : "", host, six ? "]" : "", port) < 0 ? NULL
											    : text;
}

bool url_network_holds(const char *network, const char *ip)
{
	int family = strchr(ip, ':') ? AF_INET6 : AF_INET;
	uint64_t most = family == AF_INET6 ? 128 : 32;
	uint64_t bits = most;
	uint8_t a[16], b[16];
	char address[INET6_ADDRSTRLEN] = "";
	size_t len = strcspn(network, "/");

	if (len >= sizeof(address) ||
		(network[len] && !text_number(network + len + 1, most, &bits)))
		return false;
	memcpy(address, network, len);
	if (inet_pton(family, address, a) != 1 || inet_pton(family, ip, b) != 1)
		return false;
	bits = bits ? bits : most;
	return memcmp(a, b, bits / 8) == 0 &&
	       (!(bits % 8) || !((a[bits / 8] ^ b[bits / 8]) & (uint8_t)(0xff00u >> bits % 8)));
}
