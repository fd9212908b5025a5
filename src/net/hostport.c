/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/hostport.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"

#define LABEL_MAX 63 /* RFC 1035, section 2.3.4 */

void hostport_free(struct hostport *it)
{
	free(it->host);
	it->host = NULL;
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
			return "write it in its ASCII form (xn--...)";
		if (*at && *at != '.') {
			if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-_", *at))
				return "a host name has letters, digits, '-' and '_' only";
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

/* Find the host and port in the text.  Returns NULL, or what is wrong. */
static const char *split(const char *text, size_t len, size_t *host_len, uint16_t *port)
{
	bool six = len && *text == '[';
	const char *end = text + len;
	const char *close = six ? memchr(text, ']', len) : NULL;
	const char *colon = close ? close + 1 : memchr(text, ':', len);
	uint64_t number = 0;
	char digits[8] = "";

	if (memchr(text, '\0', len))
		return "a NUL byte inside";
	if (six && !close)
		return "']' is missing";
	if (six && colon < end && *colon != ':')
		return "only a port may follow ']'";
	if (!six && colon && memchr(colon + 1, ':', (size_t)(end - colon - 1)))
		return "write an IPv6 address in brackets, [::1]:443";
	*host_len = six ? (size_t)(close - text - 1) : colon ? (size_t)(colon - text) : len;
	if (!colon || colon == end)
		return *port ? NULL : "the port is missing";
	len = (size_t)(end - colon - 1);
	if (len < sizeof(digits))
		memcpy(digits, colon + 1, len);
	if (!text_number(digits, UINT16_MAX, &number) || number == 0)
		return "a port is a number from 1 to 65535";
	*port = (uint16_t)number;
	return NULL;
}

static int refuse(const char *text, size_t len, const char *flaw, struct fault *why)
{
	auto_free char *shown = text_printable(text, len, LIMIT_NAME_SHOWN);

	return fault_set(why, FAULT_USAGE, "'%s': %s", shown ? shown : "", flaw);
}

int hostport_parse(
	const char *text, size_t len, uint16_t port, struct hostport *ret, struct fault *why)
{
	auto_hostport it = {.port = port};
	size_t host_len = 0;
	const char *flaw = split(text, len, &host_len, &it.port);
	bool six = len && *text == '[';
	struct in6_addr address;

	if (flaw)
		return refuse(text, len, flaw, why);
	/* Leave room: inet_ntop() may overwrite the address with a longer form. */
	it.host = calloc(1, host_len + INET6_ADDRSTRLEN);
	if (!it.host)
		return fault_nomem(why);
	for (size_t i = 0; i < host_len; i++)
		it.host[i] = text_lower(text[six + i]);
	it.is_ip = inet_pton(six ? AF_INET6 : AF_INET, it.host, &address) == 1;
	if (six && it.is_ip)
		inet_ntop(AF_INET6, &address, it.host, INET6_ADDRSTRLEN);
	if (!it.is_ip && host_len && it.host[host_len - 1] == '.')
		it.host[host_len - 1] = '\0';
	flaw = it.is_ip ? NULL : six ? "no IPv6 address between the brackets" : name_flaw(it.host);
	if (flaw)
		return refuse(text, len, flaw, why);
	*ret = it;
	it.host = NULL;
	return 0;
}

bool hostport_network_holds(const char *network, const char *ip)
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

const char *url_split(
	const char *text, const struct url_scheme *schemes, const char *unknown, struct url *ret)
{
	const char *mark = strstr(text, "://");
	struct url it = {.place = mark ? mark + 3 : text};
	size_t len = mark ? (size_t)(mark - text) : 0;

	if (strnlen(text, LIMIT_URL_LEN + 1) > LIMIT_URL_LEN)
		return "longer than 2048 bytes";
	while (mark && schemes[it.scheme].name &&
		(strlen(schemes[it.scheme].name) != len ||
			!text_starts(text, schemes[it.scheme].name)))
		it.scheme++;
	it.place_len = strcspn(it.place, "/?#");
	it.rest = it.place + it.place_len;
	/* The last '@', as in curl: a password may contain one. */
	const char *at = memrchr(it.place, '@', it.place_len);
	if (at) {
		it.login = it.place;
		it.login_len = (size_t)(at - it.place);
		it.place = at + 1;
		it.place_len = (size_t)(it.rest - it.place);
	}
	*ret = it;
	return schemes[it.scheme].name ? NULL : unknown;
}

char *hostport_label(const char *host, uint16_t port)
{
	bool six = strchr(host, ':');
	char *text = NULL;
	int len = asprintf(&text, "%s%s%s:%u", six ? "[" : "", host, six ? "]" : "", port);

	return len < 0 ? NULL : text;
}

char *url_label(const char *scheme, const char *host, uint16_t port)
{
	auto_free char *address = hostport_label(host, port);
	char *text = NULL;

	return !address || asprintf(&text, "%s://%s", scheme, address) < 0 ? NULL : text;
}
