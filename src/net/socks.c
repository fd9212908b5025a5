/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/socks.h"

#include <arpa/inet.h>
#include <assert.h>
#include <openssl/crypto.h>
#include <string.h>

#include "src/net/hostport.h"

enum { VERSION = 5, METHOD_NONE = 0, METHOD_PASSWORD = 2, METHOD_NO_MATCH = 0xff };
enum { ADDRESS_V4 = 1, ADDRESS_NAME = 3, ADDRESS_V6 = 4 };

const char *socks_reply_text(uint8_t code)
{
	static const char *const texts[] = {
		[0] = "succeeded",
		[1] = "general failure",
		[2] = "not allowed by its rules",
		[3] = "network unreachable",
		[4] = "host unreachable",
		[5] = "connection refused",
		[6] = "time to live expired",
		[7] = "command not supported",
		[8] = "address type not supported",
	};

	return code < sizeof(texts) / sizeof(texts[0]) ? texts[code] : "unknown reply code";
}

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

static int login(struct stream *stream, const struct proxy *proxy, enum probe_end *ret_end,
	struct fault *why)
{
	uint8_t message[3 + 255 + 255] = {1};
	uint8_t answer[2];
	size_t user_len = strlen(proxy->user);
	size_t password_len = strlen(proxy->password);
	int rc;

	assert(user_len <= 255 && password_len <= 255); /* who made the proxy has looked */
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
	*ret_end = PROBE_PROXY_AUTH_REQUIRED;
	return fault_set(why, FAULT_PEER, "it rejected this user and password");
}

/* A password is offered only when there is one: some servers insist on what was offered. */
static int agree(struct stream *stream, const struct proxy *proxy, enum probe_end *ret_end,
	struct fault *why)
{
	const uint8_t hello[] = {VERSION, proxy->user ? 2 : 1, METHOD_NONE, METHOD_PASSWORD};
	uint8_t answer[2];

	if (stream_write(stream, hello, proxy->user ? 4 : 3, why) ||
		stream_read_exact(stream, answer, sizeof(answer), why))
		return -1;
	if (answer[0] != VERSION)
		return fault_set(why, FAULT_PEER, "it does not speak SOCKS5");
	if (answer[1] == METHOD_NONE)
		return 0;
	if (answer[1] == METHOD_PASSWORD && proxy->user)
		return login(stream, proxy, ret_end, why);
	if (answer[1] != METHOD_NO_MATCH)
		return fault_set(why, FAULT_PEER, "it chose a login method that was not offered");
	*ret_end = PROBE_PROXY_AUTH_REQUIRED;
	return fault_set(why, FAULT_PEER,
		proxy->user ? "it accepts neither this login nor none"
			    : "it wants a login (SOCKS5 user name and password)");
}

/* The address behind the reply is of no use, but must be read to its end and not further. */
static int read_reply(struct stream *stream, const char *place, struct fault *why)
{
	uint8_t head[4];
	uint8_t rest[255 + 2];
	uint8_t name_len = 0;
	size_t len;

	if (stream_read_exact(stream, head, sizeof(head), why))
		return -1;
	if (head[0] != VERSION)
		return fault_set(why, FAULT_PEER, "it does not speak SOCKS5");
	if (head[1] != 0)
		return fault_set(why, FAULT_PEER, "it refused the tunnel to '%s': %s (SOCKS5 %u)",
			place, socks_reply_text(head[1]), head[1]);
	if (head[3] == ADDRESS_NAME && stream_read_exact(stream, &name_len, 1, why))
		return -1;
	len = head[3] == ADDRESS_V4 ? 4 : head[3] == ADDRESS_V6 ? 16 : name_len;
	return stream_read_exact(stream, rest, len + 2, why);
}

int socks_open(struct stream *stream, const struct proxy *proxy, const char *host, uint16_t port,
	enum probe_end *ret_end, struct fault *why)
{
	uint8_t request[SOCKS_REQUEST_MAX];
	size_t len = socks_format_request(host, port, request);
	auto_free char *place = hostport_label(host, port);

	*ret_end = PROBE_PROXY_REFUSED;
	if (!place)
		return fault_nomem(why);
	if (len == 0)
		return fault_set(why, FAULT_USAGE, "'%s' is too long for SOCKS5", host);
	if (agree(stream, proxy, ret_end, why) || stream_write(stream, request, len, why))
		return -1;
	return read_reply(stream, place, why);
}
