/* SPDX-License-Identifier: Apache-2.0 */
/* What is shown of a text is printable, and the target is one. */
#include <assert.h>
#include <string.h>

#include "src/net/url.h"
#include "src/doctor/explain.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_printable(const char *text)
{
	for (; text && *text; text++)
		assert((unsigned char)*text >= ' ' && *text != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	auto_explanation it = {0};
	auto_url target = URL_INIT;
	struct fault why = FAULT_INIT;

	if (explain_text(bytes, len, &it, &why) < 0)
		return 0;
	check_printable(it.target);
	check_printable(it.sent);
	assert(!it.target || url_parse(it.target, URL_TARGET, &target, &why) == 0);
	return 0;
}
