/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/socks.h"

#include <arpa/inet.h>
#include <assert.h>
#include <openssl/crypto.h>
#include <string.h>

enum { VERSION = 5, METHOD_NONE = 0, METHOD_PASSWORD = 2, METHOD_NO_MATCH = 0xff };
enum { ADDRESS_V4 = 1, ADDRESS_NAME = 3, ADDRESS_V6 = 4 };

size_t socks_format_request(const char *host, uint16_t port, uint8_t out[static SOCKS_REQUEST_MAX])
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

	assert(user_len <= 255 && password_len <= 255); /* checked by login_flaw() in url.c */
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

int socks_open(
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
	uint8_t request[SOCKS_REQUEST_MAX];
	size_t len = socks_format_request(to->host, to->port, request);
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
