/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/p12.h"

bool p12_is(const uint8_t *bytes, size_t len)
{
	(void)bytes;
	(void)len;
	return false;
}

int p12_read(const struct keystore_source *source, struct keystore_facts *ret_facts,
	struct certs *ret_certs, struct fault *why)
{
	(void)source, (void)ret_facts, (void)ret_certs;
	return fault_set(why, FAULT_FORMAT, "PKCS#12");
}
int p12_add(const struct keystore_source *source, struct cert *cert, const char *alias, time_t when,
	struct buf *out, struct fault *why)
{
	(void)source, (void)cert, (void)alias, (void)when, (void)out;
	return fault_set(why, FAULT_FORMAT, "PKCS#12");
}
int p12_remove(const struct keystore_source *source, const uint8_t sha256[static DIGEST_SHA256_LEN],
	struct buf *out, struct fault *why)
{
	(void)source, (void)sha256, (void)out;
	return fault_set(why, FAULT_FORMAT, "PKCS#12");
}
