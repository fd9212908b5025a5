/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/http.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "src/base/text.h"

void http_reply_free(struct http_reply *reply)
{
	free(reply->line);
	free(reply->location);
	names_free(&reply->challenges);
	buf_free(&reply->body);
	*reply = (struct http_reply){0};
}

/* ---- parsing, without I/O -------------------------------------------------------------------- */

/*
 * Collect the schemes in a list of challenges (RFC 9110, section 11.3).  A comma separates
 * challenges and also the parameters of one challenge, but only a parameter has '=' after its name.
 */
static int challenges_add(const char *at, struct names *ret, struct fault *why)
{
	while (*(at += strspn(at, " \t,"))) {
		size_t len = strcspn(at, " \t,=\"");
		bool is_scheme = len && at[len + strspn(at + len, " \t")] != '=';
		auto_free char *name = text_printable(at, len, LIMIT_NAME_SHOWN);

		if (!name)
			return fault_nomem(why);
		if (is_scheme && ret->n < LIMIT_REPLY_LINES_N && !names_holds(ret, name) &&
			names_add(ret, name, why))
			return -1;
		/* On to a comma outside of a quoted string (section 5.6.4). */
		for (bool quoted = false; *at && (quoted || *at != ','); at++)
			if (*at == '"')
				quoted = !quoted;
			else if (quoted && *at == '\\' && at[1])
				at++;
	}
	return 0;
}

/* Parse "HTTP/1.1 407 Proxy Authentication Required". */
static int status_parse(const char *line, struct http_reply *ret, struct fault *why)
{
	const char *code = line + strcspn(line, " ");
	char digits[4] = "";
	uint64_t status = 0;

	code += strspn(code, " ");
	memcpy(digits, code, strnlen(code, 3));
	if (!text_starts(line, "HTTP/1.") || !text_number(digits, 999, &status) || status < 100)
		return fault_set(why, FAULT_PEER, "the answer is not HTTP");
	ret->status = (unsigned)status;
	ret->line = text_printable(code, strlen(code), LIMIT_NAME_SHOWN);
	return ret->line ? 0 : fault_nomem(why);
}

/* Store a "Name: value" line in the reply; skip anything else. */
static int field_parse(char *line, struct http_reply *ret, struct fault *why)
{
	char *colon = strchr(line, ':');
	char *value = colon ? colon + 1 + strspn(colon + 1, " \t") : NULL;

	if (!colon)
		return 0;
	*colon = '\0';
	for (size_t len = strlen(value); len && strchr(" \t\r", value[len - 1]); len--)
		value[len - 1] = '\0';
	if (text_same(line, "Proxy-Authenticate"))
		return challenges_add(value, &ret->challenges, why);
	if (text_same(line, "Transfer-Encoding"))
		ret->chunked = text_ends(value, "chunked");
	else if (text_same(line, "Content-Length"))
		ret->has_length = text_number(value, INT64_MAX, &ret->length);
	else if (text_same(line, "Location") && !ret->location && !(ret->location = strdup(value)))
		return fault_nomem(why);
	return 0;
}

bool http_chunk_size(const char *line, uint64_t max, uint64_t *ret)
{
	size_t len = strspn(line, "0123456789abcdefABCDEF");

	if (len == 0 || len > 15 || !strchr("; \t", line[len]))
		return false;
	*ret = strtoull(line, NULL, 16);
	return *ret <= max;
}

/* ---- on a stream ----------------------------------------------------------------------------- */

int http_read_reply(struct stream *stream, struct http_reply *ret, struct fault *why)
{
	auto_http_reply it = {0};
	size_t left = LIMIT_REPLY_HEADER_BYTES;
	char line[8192];

	for (size_t n = 0; n < LIMIT_REPLY_LINES_N; n++) {
		if (stream_read_line(stream, line, sizeof(line), why))
			return -1;
		if (strlen(line) >= left)
			break;
		left -= strlen(line) + 1;
		if (!it.line) {
			if (status_parse(line, &it, why))
				return -1;
		} else if (*line) {
			if (field_parse(line, &it, why))
				return -1;
		} else if (it.status < 200) {
			http_reply_free(&it);
		} else {
			*ret = it;
			it = (struct http_reply){0};
			return 0;
		}
	}
	return fault_set(why, FAULT_LIMIT, "the reply's header is too long");
}

int http_read_body(struct stream *stream, struct http_reply *reply, size_t max, struct fault *why)
{
	bool to_close = !reply->chunked && !reply->has_length;
	uint64_t part = to_close ? UINT64_MAX : reply->length;
	char line[256];
	size_t n = 0;

	reply->body = buf_make(max);
	do {
		if (reply->chunked && stream_read_line(stream, line, sizeof(line), why))
			return -1;
		if (reply->chunked && !http_chunk_size(line, max, &part))
			return fault_set(why, FAULT_PEER, "a chunk's size is invalid or too large");
		for (uint64_t left = part; left; left -= n) {
			uint8_t bytes[4096];
			size_t len = left < sizeof(bytes) ? (size_t)left : sizeof(bytes);

			if (stream_read(stream, bytes, len, &n, why))
				return -1;
			if (n == 0 && to_close)
				return 0;
			if (n == 0)
				return fault_set(why, FAULT_PEER, "the connection was closed");
			buf_add(&reply->body, bytes, n);
			if (buf_check(&reply->body, "the body", why))
				return -1;
		}
		if (reply->chunked && part && stream_read_line(stream, line, sizeof(line), why))
			return -1;
	} while (reply->chunked && part);
	return 0;
}

/* Add the proxy's login (RFC 7617) if any, send the request, and read the reply's header. */
static int exchange(struct stream *stream, struct buf *request, const struct url *proxy,
	struct http_reply *ret, struct fault *why)
{
	char login[2 * LIMIT_PASSWORD_BYTES + 2];
	char *coded = NULL;
	int rc;

	buf_add_text(request, "User-Agent: trustfix/" TRUSTFIX_VERSION "\r\n");
	if (proxy->user) {
		snprintf(login, sizeof(login), "%s:%s", proxy->user, proxy->password);
		coded = digest_base64((const uint8_t *)login, strlen(login));
		OPENSSL_cleanse(login, sizeof(login));
		if (!coded)
			return fault_nomem(why);
		buf_printf(request, "Proxy-Authorization: Basic %s\r\n", coded);
		OPENSSL_cleanse(coded, strlen(coded));
		free(coded);
	}
	buf_add_text(request, "\r\n");
	rc = buf_check(request, "the request", why) ||
	     stream_write(stream, request->bytes, request->len, why);
	if (request->bytes)
		OPENSSL_cleanse(request->bytes, request->len);
	return rc ? -1 : http_read_reply(stream, ret, why);
}

int http_auth_fault(const struct http_reply *reply, const struct url *proxy, struct fault *why)
{
	auto_buf schemes = buf_make(LIMIT_NAME_SHOWN);
	bool basic = reply->challenges.n == 0;

	for (size_t i = 0; i < reply->challenges.n; i++) {
		buf_printf(&schemes, "%s%s", i ? ", " : "", reply->challenges.at[i]);
		basic = basic || text_same(reply->challenges.at[i], "Basic");
	}
	return fault_set(why, FAULT_PEER, "it %s (offered: %s)",
		!basic        ? "requires an unsupported authentication scheme"
		: proxy->user ? "rejected this user and password"
			      : "requires a user and password",
		schemes.len ? buf_text(&schemes) : "none named");
}

int http_connect(
	struct stream *stream, const struct url *proxy, const struct url *to, struct fault *why)
{
	auto_buf request = buf_make(16 * 1024);
	auto_http_reply reply = {0};

	stream->end = PROBE_PROXY_REFUSED;
	buf_printf(&request, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n", to->place, to->place);
	if (exchange(stream, &request, proxy, &reply, why))
		return -1;
	if (reply.status / 100 == 2)
		return 0;
	/* tinyproxy 1.11 answers a wrong password with 401. */
	if (reply.status != 407 && reply.status != 401)
		return fault_set(why, FAULT_PEER, "it refused the tunnel to '%s': %s", to->place,
			reply.line);
	stream->end = PROBE_PROXY_AUTH_REQUIRED;
	return http_auth_fault(&reply, proxy, why);
}

int http_get(struct stream *stream, const struct url *proxy, const struct url *url,
	struct http_reply *ret, struct fault *why)
{
	static const struct url none = URL_INIT;
	bool absolute = proxy->scheme == URL_HTTP || proxy->scheme == URL_HTTPS;
	auto_buf request = buf_make(16 * 1024);

	/* An HTTP proxy gets the whole URL, a server only the path (RFC 9112, section 3.2). */
	buf_printf(&request,
		"GET %s%s%.*s HTTP/1.1\r\nHost: %s\r\nAccept: */*\r\nConnection: close\r\n",
		absolute ? url->label : "", *url->rest == '/' ? "" : "/",
		(int)strcspn(url->rest, "#"), url->rest, url->place);
	return exchange(stream, &request, absolute ? proxy : &none, ret, why);
}
