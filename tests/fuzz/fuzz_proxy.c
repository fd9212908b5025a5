/* SPDX-License-Identifier: Apache-2.0 */
/* One line is a proxy, the next a no_proxy list, the last a host. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "src/net/probe.h"
#include "src/net/proxy.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	auto_free char *text = strndup((const char *)bytes, len);
	char *rest = text;
	const char *proxy = strsep(&rest, "\n");
	const char *list = rest ? strsep(&rest, "\n") : "";
	const char *host = rest ? rest : "";
	auto_url it = URL_INIT, to = URL_INIT;
	struct fault why = FAULT_INIT;
	uint8_t request[PROXY_SOCKS_REQUEST_MAX];

	url_parse(proxy, URL_PROXY, &it, &why);
	url_set_login(&it, list, &why);
	proxy_is_excluded(list, host, false);
	proxy_is_excluded(list, host, true);
	proxy_socks_request(host, 443, request);

	struct probe_options options = {.proxy_auth = list, .proxy = it.label};
	setenv("all_proxy", proxy, 1);
	setenv("no_proxy", list, 1);
	fault_clear(&why);
	if (url_parse_place(host, 443, &to, &why))
		return 0;
	for (int i = 0; i < 2; i++) {
		auto_url found = URL_INIT;
		fault_clear(&why);
		if (proxy_find(&options, &to, i, &found, &why) == 0)
			assert(!found.label == !found.host);
		options.proxy = NULL;
	}
	return 0;
}
