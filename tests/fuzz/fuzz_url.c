/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A target that is taken must, told by its label, be taken again as the same, and an address must
 * come back from the look-up as it was written.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "src/net/connect.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	auto_free char *text = strndup((const char *)bytes, len);
	auto_url it = URL_INIT;
	auto_url again = URL_INIT;
	struct fault why = FAULT_INIT;

	if (url_parse(text, URL_TARGET, &it, &why))
		return 0;
	assert(url_parse(it.label, URL_TARGET, &again, &why) == 0);
	assert(strcmp(it.host, again.host) == 0 && it.port == again.port);
	assert(it.scheme == again.scheme && it.is_ip == again.is_ip);
	if (!it.is_ip)
		return 0;
	struct addresses found = {.n = 0};
	assert(connect_lookup(&it, PROBE_ANY, CONNECT_NEVER, deadline_in(1000), &found, &why) == 0);
	char host[CONNECT_IP_LEN];
	connect_ip(&found.at[0], host);
	assert(found.n == 1 && strcmp(host, it.host) == 0);
	assert(connect_reach_of(host) <= CONNECT_ANYWHERE);
	return 0;
}
