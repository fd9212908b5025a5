/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/http_get.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/net/http_connect.h"
#include "src/net/http.h"
#include "src/net/reach.h"

void http_get_url_free(struct http_get_url *url)
{
	hostport_free(&url->place);
	free(url->path);
	url->path = NULL;
}

int http_get_parse_url(const char *text, struct http_get_url *ret, struct fault *why)
{
	auto_http_get_url it = {.place = HOSTPORT_INIT};
	const char *host = text + strlen("http://");
	size_t len = 0;
	const char *path = NULL;

	if (!text_starts(text, "http://"))
		return fault_set(why, FAULT_FORMAT, "not a plain http:// address");
	if (strnlen(text, LIMIT_URL_LEN + 1) > LIMIT_URL_LEN)
		return fault_set(why, FAULT_FORMAT, "an address of more than 2048 bytes");
	for (const char *at = text; *at; at++)
		if (*at <= ' ' || *at > '~')
			return fault_set(why, FAULT_FORMAT, "an address with odd characters");
	len = strcspn(host, "/?#");
	path = host + len;
	if (memchr(host, '@', len))
		return fault_set(why, FAULT_FORMAT, "an address with a user name");
	if (hostport_parse(host, len, 80, &it.place, why)) {
		why->kind = FAULT_FORMAT;
		return -1;
	}
	if (asprintf(&it.path, "%s%.*s", *path == '/' ? "" : "/", (int)strcspn(path, "#"), path) <
		0) {
		it.path = NULL;
		return fault_nomem(why);
	}
	*ret = it;
	it = (struct http_get_url){.place = HOSTPORT_INIT};
	return 0;
}

/* To an HTTP proxy the whole address is named, to a server only the path (RFC 9112, section 3.2).
 */
static int send_get(struct stream *stream, const struct http_get_url *url,
	const struct proxy *proxy, struct fault *why)
{
	bool absolute = proxy->scheme == PROXY_HTTP || proxy->scheme == PROXY_HTTPS;
	auto_buf out = buf_make(16 * 1024);
	auto_free char *place = hostport_label(url->place.host, url->place.port);
	int rc = 0;

	if (!place)
		return fault_nomem(why);
	buf_printf(&out, "GET %s%s%s HTTP/1.1\r\nHost: %s\r\n", absolute ? "http://" : "",
		absolute ? place : "", url->path, place);
	buf_add_text(&out, "User-Agent: trustfix/" TRUSTFIX_VERSION "\r\n");
	buf_add_text(&out, "Accept: */*\r\nConnection: close\r\n");
	if (absolute && proxy->user)
		rc = http_add_basic(&out, proxy->user, proxy->password, why);
	buf_add_text(&out, "\r\n");
	if (rc == 0)
		rc = buf_check(&out, "GET", why);
	if (rc == 0)
		rc = stream_write(stream, out.bytes, out.len, why);
	if (out.bytes)
		OPENSSL_cleanse(out.bytes, out.len);
	return rc;
}

static int open_wire(const struct fetch *fetch, const struct http_get_url *url,
	const struct proxy *proxy, struct stream *stream, struct fault *why)
{
	struct reach reach = {
		.proxy = proxy,
		.host = url->place.host,
		.port = url->place.port,
		.family = fetch->prober->options->family,
		.least = fetch->near ? DIAL_NEAR : DIAL_ANYWHERE,
	};
	struct dial_addresses literal = {.n = 0};
	enum probe_end end;

	/* A proxy looks names up itself, but an address is an address everywhere. */
	if (url->place.is_ip &&
		dial_lookup(url->place.host, 80, PROBE_ANY, stream->deadline, &literal, why))
		return -1;
	if (url->place.is_ip && dial_reach_of(&literal.at[0]) < reach.least)
		return fault_set(why, FAULT_REFUSED,
			"'%s' is not an address that a peer may send us to", url->place.host);
	if (proxy->scheme == PROXY_HTTP || proxy->scheme == PROXY_HTTPS)
		return reach_open_proxy(&reach, stream, &end, why);
	return reach_open(&reach, stream, &end, why);
}

/* One request; *ret_next is where it sends us instead, or NULL. */
static int get_once(const struct fetch *fetch, const char *text, char **ret_next, struct buf *ret,
	struct fault *why)
{
	auto_http_get_url url = {.place = HOSTPORT_INIT};
	auto_stream stream = STREAM_INIT;
	auto_http_reply reply = {0};
	auto_proxy proxy = PROXY_INIT;

	stream.deadline = fetch->deadline;
	if (http_get_parse_url(text, &url, why) ||
		reach_proxy_for(fetch->prober->options, url.place.host, url.place.is_ip, true,
			&proxy, why) ||
		open_wire(fetch, &url, &proxy, &stream, why) ||
		send_get(&stream, &url, &proxy, why) || http_read_reply(&stream, &reply, why))
		return -1;
	if (reply.status / 100 == 3 && reply.location) {
		*ret_next = steal(&reply.location);
		return 0;
	}
	if (reply.status == 407 && proxy.label) {
		http_connect_auth_fault(&reply, &proxy, why);
		return fault_wrap(why, "proxy '%s'", proxy.label);
	}
	if (reply.status != 200)
		return fault_set(why, FAULT_PEER, "the server answered '%s'", reply.line);
	return http_read_body(&stream, &reply, ret, why);
}

/* A Location that starts with '/' belongs to the address before (RFC 3986, section 4.2). */
static char *absolute(const char *base, const char *location)
{
	size_t len = strlen("http://") + strcspn(base + strlen("http://"), "/?#");
	char *made = NULL;

	if (location[0] != '/' || location[1] == '/')
		return strdup(location);
	return asprintf(&made, "%.*s%s", (int)len, base, location) < 0 ? NULL : made;
}

int http_get_get(const struct fetch *fetch, const char *url, struct buf *ret, struct fault *why)
{
	auto_free char *at = strdup(url);

	for (size_t n = 0; at && n <= LIMIT_AIA_REDIRECTS; n++) {
		auto_free char *location = NULL;
		char *next = NULL;

		if (get_once(fetch, at, &location, ret, why))
			return n ? fault_wrap(why, "after a redirect") : -1;
		if (!location)
			return 0;
		next = absolute(at, location);
		free(at);
		at = next;
	}
	if (!at)
		return fault_nomem(why);
	return fault_set(why, FAULT_LIMIT, "more than %u redirects", LIMIT_AIA_REDIRECTS);
}
