/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte picks the protocol, the rest is what the server says. */
#include <assert.h>

#include "src/base/limits.h"
#include "src/net/starttls.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	auto_starttls it = {.why = FAULT_INIT};
	size_t at = 1;

	if (len == 0)
		return 0;
	starttls_begin(&it, bytes[0] % TARGET_SCHEMES, "a.test");
	while (it.want == STARTTLS_SEND || (it.want == STARTTLS_MORE && at < len)) {
		if (it.want == STARTTLS_SEND)
			starttls_sent(&it);
		else
			starttls_feed(&it, bytes[at++]);
	}
	assert(it.total <= LIMIT_STARTTLS_BYTES + 1);
	assert((it.want == STARTTLS_REFUSED) == (it.why.text[0] != '\0'));
	return 0;
}
