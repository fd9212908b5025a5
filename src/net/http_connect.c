/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/http_connect.h"

#include <openssl/crypto.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/net/hostport.h"
#include "src/net/http.h"

static int send_request(
	struct stream *stream, const struct proxy *proxy, const char *place, struct fault *why)
{
	auto_buf out = buf_make(16 * 1024);
	int rc = 0;

	buf_printf(&out, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n", place, place);
	if (proxy->user)
		rc = http_add_basic(&out, proxy->user, proxy->password, why);
	buf_add_text(&out, "\r\n");
	if (rc == 0)
		rc = buf_check(&out, "CONNECT", why);
	if (rc == 0)
		rc = stream_write(stream, out.bytes, out.len, why);
	if (out.bytes)
		OPENSSL_cleanse(out.bytes, out.len);
	return rc;
}

static bool offers_basic(const struct http_reply *reply)
{
	for (size_t i = 0; i < reply->challenges.n; i++)
		if (text_same(reply->challenges.at[i], "Basic"))
			return true;
	return false;
}

int http_connect_auth_fault(
	const struct http_reply *reply, const struct proxy *proxy, struct fault *why)
{
	auto_buf schemes = buf_make(LIMIT_NAME_SHOWN);
	const char *offer;

	for (size_t i = 0; i < reply->challenges.n; i++)
		buf_printf(&schemes, "%s%s", i ? ", " : "", reply->challenges.at[i]);
	offer = schemes.len ? buf_text(&schemes) : "none named";
	if (reply->challenges.n && !offers_basic(reply))
		return fault_set(why, FAULT_PEER,
			"it requires an unsupported authentication scheme (offered: %s)", offer);
	return fault_set(why, FAULT_PEER,
		proxy->user ? "it rejected this user and password (offered: %s)"
			    : "it requires a user and password (offered: %s)",
		offer);
}

int http_connect_open(struct stream *stream, const struct proxy *proxy, const char *host,
	uint16_t port, enum probe_end *ret_end, struct fault *why)
{
	auto_free char *place = hostport_label(host, port);
	auto_http_reply reply = {0};

	*ret_end = PROBE_PROXY_REFUSED;
	if (!place)
		return fault_nomem(why);
	if (send_request(stream, proxy, place, why) || http_read_reply(stream, &reply, why))
		return -1;
	if (reply.status / 100 == 2)
		return 0;
	/* tinyproxy 1.11 says 401 to a wrong password. */
	if (reply.status != 407 && reply.status != 401)
		return fault_set(
			why, FAULT_PEER, "it refused the tunnel to '%s': %s", place, reply.line);
	*ret_end = PROBE_PROXY_AUTH_REQUIRED;
	return http_connect_auth_fault(&reply, proxy, why);
}
