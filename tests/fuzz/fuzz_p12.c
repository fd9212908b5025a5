/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PKCS#12: read, one certificate added, one taken out.  No password is tried, or the fuzzer would
 * do nothing but derive keys; what needs one is given the same bytes as a text and its algorithm.
 */
#include <stdlib.h>

#include "src/base/limits.h"
#include "src/cert/der.h"
#include "stores/keystore.h"
#include "stores/p12_crypt.h"

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

static void decrypt(const uint8_t *bytes, size_t len)
{
	struct p12_crypt crypt = {.rounds_left = 2000};
	auto_buf out = buf_make(LIMIT_FILE_BYTES);
	struct bytes in = bytes_make(bytes, len);
	struct fault why = FAULT_INIT;
	struct der algorithm;
	bool fits = false;

	if (!der_take(&in, &algorithm))
		return;
	p12_decrypt(&crypt, &(struct p12_secret){algorithm.at, algorithm.len, in.at, in.left},
		"changeit", &out, &fits, &why);
	if (why.kind == FAULT_SYSTEM)
		abort();
	p12_crypt_close(&crypt);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const struct names none = NAMES_INIT;

	work_on(&(struct keystore_source){bytes, len, &none});
	decrypt(bytes, len);
	return 0;
}
