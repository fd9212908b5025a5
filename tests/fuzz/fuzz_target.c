/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A target that is taken must, told by its label, be taken again as the same, and an address must
 * come back from the look-up as it was written.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "src/net/dial.h"
#include "src/net/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	auto_free char *text = strndup((const char *)bytes, len);
	auto_target it = TARGET_INIT;
	auto_target again = TARGET_INIT;
	struct fault why = FAULT_INIT;

	if (target_parse(text, &it, &why))
		return 0;
	assert(target_parse(it.label, &again, &why) == 0);
	assert(strcmp(it.host, again.host) == 0 && it.port == again.port);
	assert(it.scheme == again.scheme && it.is_ip == again.is_ip);
	if (!it.is_ip)
		return 0;
	struct dial_addresses found = {.n = 0};
	assert(dial_lookup(it.host, it.port, PROBE_ANY, deadline_in(1000), &found, &why) == 0);
	char host[DIAL_ADDRESS_LEN];
	dial_address_text(&found.at[0], host);
	assert(found.n == 1 && strcmp(host, it.host) == 0);
	assert(dial_reach_of(host) <= DIAL_ANYWHERE);
	return 0;
}
