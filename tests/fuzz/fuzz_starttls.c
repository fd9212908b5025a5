/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte picks the protocol, the rest is what the server says. */
#include <assert.h>

#include "src/net/starttls.h"
#include "tests/fuzz/fuzz_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct fault why = FAULT_INIT;

	if (len == 0)
		return 0;
	auto_fuzz_stream peer = FUZZ_STREAM_INIT;
	fuzz_stream_open(&peer, bytes + 1, len - 1);
	int rc = starttls_run(
		&peer.stream, URL_HTTPS + bytes[0] % (URL_SCHEMES - URL_HTTPS), "a.test", &why);

	assert((rc != 0) == (why.text[0] != '\0'));
	return 0;
}
