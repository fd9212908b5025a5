/* SPDX-License-Identifier: Apache-2.0 */
/* What a SOCKS5 proxy answers, asked with and without a login. */
#include <assert.h>

#include "src/net/proxy.h"
#include "tests/fuzz/fuzz_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char *const hosts[] = {"a.test", "192.0.2.1", "::1", ""};
	struct url proxy = {.scheme = URL_SOCKS5H};
	struct fault why = FAULT_INIT;

	if (len == 0)
		return 0;
	if (bytes[0] & 4) {
		proxy.user = (char *)"me";
		proxy.password = (char *)"secret";
	}
	struct url to = {.host = (char *)hosts[bytes[0] & 3], .port = 443, .place = "it"};
	auto_fuzz_stream peer = FUZZ_STREAM_INIT;
	fuzz_stream_open(&peer, bytes + 1, len - 1);
	if (proxy_socks_open(&peer.stream, &proxy, &to, &why))
		assert(peer.stream.end == PROBE_PROXY_REFUSED ||
			peer.stream.end == PROBE_PROXY_AUTH_REQUIRED);
	else
		assert(why.kind == FAULT_NONE);
	return 0;
}
