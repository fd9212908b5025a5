/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of other users that say where Java is, and which file it trusts. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stores/java/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	auto_free char *text = strndup((const char *)bytes, len);
	auto_free char *path = NULL;
	auto_names homes = NAMES_INIT;
	struct fault why = FAULT_INIT;

	if (!text || settings_toolchains(text, &homes, &why) < 0 ||
		settings_trust_store(text, &path, &why) < 0)
		abort();
	for (size_t i = 0; i < homes.n; i++)
		if (homes.at[i][0] != '/' || strlen(homes.at[i]) >= len)
			abort();
	if (path && strlen(path) >= len)
		abort();
	return 0;
}
