/* SPDX-License-Identifier: Apache-2.0 */
/* A target that is taken must, told by its label, be taken again as the same. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

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
	return 0;
}
