/* SPDX-License-Identifier: Apache-2.0 */
/* A JKS or JCEKS, its digest made right: read, one certificate added, one taken out. */
#include <stdlib.h>
#include <string.h>

#include "src/base/limits.h"
#include "stores/keystore.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const uint8_t der[] = {0x30, 0x19, 0x30, 0x13, 0x02, 0x01, 0x01, 0x30, 0x00, 0x30, 0x00,
	0x30, 0x00, 0x30, 0x00, 0x30, 0x06, 0x30, 0x00, 0x03, 0x02, 0x00, 0x00, 0x30, 0x00, 0x03,
	0x00};

static void work_on(const struct keystore_source *source)
{
	auto_buf out = buf_make(LIMIT_FILE_BYTES);
	auto_certs certs = CERTS_INIT;
	auto_cert cert = NULL;
	struct fault why = FAULT_INIT;

	if (cert_make(der, sizeof(der), &cert, &why) < 0)
		abort();
	if (keystore_add(source, cert, "one", 0, &out, &why) < 0)
		return;
	if (keystore_read(&(struct keystore_source){out.bytes, out.len, source->passwords}, NULL,
		    NULL, &why) < 0)
		abort();
	if (keystore_read(source, NULL, &certs, &why) < 0)
		return;
	buf_clear(&out);
	if (certs.n && keystore_remove(source, cert_sha256(certs.at[0]), &out, &why) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char front[] = "\0c\0h\0a\0n\0g\0e\0i\0tMighty Aphrodite";
	auto_buf sealed = buf_make(LIMIT_FILE_BYTES);
	auto_names passwords = NAMES_INIT;
	struct fault why = FAULT_INIT;
	uint8_t digest[DIGEST_SHA1_LEN];

	if (len < DIGEST_SHA1_LEN || names_add(&passwords, "changeit", &why) < 0)
		return 0;
	buf_add(&sealed, front, sizeof(front) - 1);
	buf_add(&sealed, bytes, len - DIGEST_SHA1_LEN);
	digest_sha1(sealed.bytes, sealed.len, digest);
	buf_clear(&sealed);
	buf_add(&sealed, bytes, len - DIGEST_SHA1_LEN);
	buf_add(&sealed, digest, sizeof(digest));
	work_on(&(struct keystore_source){sealed.bytes, sealed.len, &passwords});
	work_on(&(struct keystore_source){bytes, len, &passwords});
	return 0;
}
