/* SPDX-License-Identifier: Apache-2.0 */
/* A reply's header block, its challenges, a chunk's size, and an address from a certificate. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "src/net/http_get.h"
#include "src/net/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	auto_free char *text = strndup((const char *)bytes, len);
	auto_http_reply reply = {0};
	auto_http_get_url url = {.place = HOSTPORT_INIT};
	struct fault why = FAULT_INIT;
	uint64_t size;

	if (http_parse_reply(text, &reply, &why) == 0)
		assert(reply.status >= 100 && reply.status <= 999 && reply.line);
	if (http_chunk_size(text, 1000, &size))
		assert(size <= 1000);
	if (http_get_parse_url(reply.location ? reply.location : text, &url, &why) == 0)
		assert(url.place.port && url.path[0] == '/');
	return 0;
}
