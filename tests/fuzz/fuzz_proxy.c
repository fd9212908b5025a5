/* SPDX-License-Identifier: Apache-2.0 */
/* One line is a proxy, the next a no_proxy list, the last a host. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "src/net/probe.h"
#include "src/net/socks.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const char *environment[2]; /* the proxy, the exceptions */

static const char *fake_getenv(const char *name)
{
	return strcmp(name, "no_proxy") == 0    ? environment[1]
	       : strcmp(name, "all_proxy") == 0 ? environment[0]
						: NULL;
}

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

	struct probe_options options = {
		.getenv = fake_getenv, .proxy_auth = list, .proxy = it.label ? &it : NULL};
	environment[0] = proxy;
	environment[1] = list;
	for (int i = 0; i < 2; i++) {
		auto_proxy found = PROXY_INIT;
		fault_clear(&why);
		if (route_find(&options, host, false, i, &found, &why) == 0)
			assert(!found.label == (found.scheme == PROXY_NONE));
		options.proxy = NULL;
	}
	return 0;
}
