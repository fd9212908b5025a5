/* SPDX-License-Identifier: Apache-2.0 */
/* One line is a proxy, the next a no_proxy list, the last a host. */
#include <stdlib.h>
#include <string.h>

#include "src/net/route.h"
#include "src/net/socks.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	auto_free char *text = strndup((const char *)bytes, len);
	char *rest = text;
	const char *proxy = strsep(&rest, "\n");
	const char *list = rest ? strsep(&rest, "\n") : "";
	const char *host = rest ? rest : "";
	auto_proxy it = PROXY_INIT;
	struct fault why = FAULT_INIT;
	uint8_t request[SOCKS_REQUEST_MAX];

	proxy_parse(proxy, &it, &why);
	proxy_set_auth(&it, list, &why);
	route_is_excluded(list, host, false);
	route_is_excluded(list, host, true);
	socks_format_request(host, 443, request);
	return 0;
}
