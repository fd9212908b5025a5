/* SPDX-License-Identifier: Apache-2.0 */
/* A JKS or JCEKS, its digest made right: read, one certificate added, one taken out. */
#include <openssl/sha.h>

#include "tests/fuzz/fuzz_keystore.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char front[] = "\0c\0h\0a\0n\0g\0e\0i\0tMighty Aphrodite";
	auto_buf sealed = buf_make(LIMIT_FILE_BYTES);
	auto_names passwords = NAMES_INIT;
	struct fault why = FAULT_INIT;
	uint8_t digest[SHA_DIGEST_LENGTH];

	if (len < SHA_DIGEST_LENGTH || names_add(&passwords, "changeit", &why) < 0)
		return 0;
	buf_add(&sealed, front, sizeof(front) - 1);
	buf_add(&sealed, bytes, len - SHA_DIGEST_LENGTH);
	SHA1(sealed.bytes, sealed.len, digest);
	buf_clear(&sealed);
	buf_add(&sealed, bytes, len - SHA_DIGEST_LENGTH);
	buf_add(&sealed, digest, sizeof(digest));
	work_on(sealed.bytes, sealed.len, &passwords, NULL);
	work_on(bytes, len, &passwords, NULL);
	return 0;
}
