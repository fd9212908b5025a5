/* SPDX-License-Identifier: Apache-2.0 */
/* What a web server or a proxy answers: to CONNECT, to GET with the body, and a URL to go to. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/net/http.h"
#include "tests/fuzz/fuzz_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void ask(const uint8_t *bytes, size_t len, bool tunnel)
{
	static const struct url proxy = {
		.scheme = URL_HTTP, .user = (char *)"me", .password = (char *)"secret"};
	auto_url url = URL_INIT;
	auto_fuzz_stream peer = FUZZ_STREAM_INIT;
	fuzz_stream_open(&peer, bytes, len);
	auto_http_reply reply = {0};
	struct fault why = FAULT_INIT;

	if (url_parse("http://a.test/ca", URL_ISSUER, &url, &why))
		abort();
	if (tunnel) {
		if (http_connect(&peer.stream, &proxy, &url, &why) == 0)
			return;
		assert(peer.stream.end == PROBE_PROXY_REFUSED ||
			peer.stream.end == PROBE_PROXY_AUTH_REQUIRED);
	} else if (http_get(&peer.stream, &proxy, &url, &reply, &why) == 0) {
		assert(reply.status >= 200 && reply.status <= 999 && reply.line);
		http_read_body(&peer.stream, &reply, LIMIT_AIA_BYTES, &why);
		assert(reply.body.len <= LIMIT_AIA_BYTES);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	auto_free char *text = strndup((const char *)bytes, len);
	auto_url url = URL_INIT;
	struct fault why = FAULT_INIT;

	ask(bytes, len, true);
	ask(bytes, len, false);
	if (url_parse(text, URL_ISSUER, &url, &why) == 0)
		assert(url.port && url.rest && !url.user);
	return 0;
}
