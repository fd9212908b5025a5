/* SPDX-License-Identifier: Apache-2.0 */
/* What is on record as installed, in a tree that may hold anything. */
#include <assert.h>

#include "src/base/limits.h"
#include "src/journal/installed.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	auto_cas installed = {0};
	auto_cas again = {0};
	auto_buf text = buf_make(LIMIT_JSON_BYTES);
	struct fault why = FAULT_INIT;

	if (installed_parse(bytes, len, &installed, &why) < 0)
		return 0;
	for (size_t i = 0; i < installed.n; i++)
		assert(installed.at[i].cert && installed.at[i].stores.n);
	assert(installed_format(&installed, &text, &why) == 0);
	assert(installed_parse(text.bytes, text.len, &again, &why) == 0);
	assert(again.n == installed.n);
	return 0;
}
