/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PKCS#12: read, one certificate added, one taken out.  No password is tried, or the fuzzer would
 * do nothing but derive keys; what needs one is given the same bytes as a text and its algorithm.
 */
#include "src/cert/der.h"
#include "stores/p12_crypt.h"
#include "tests/fuzz/fuzz_keystore.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

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

	work_on(bytes, len, &none);
	decrypt(bytes, len);
	return 0;
}
