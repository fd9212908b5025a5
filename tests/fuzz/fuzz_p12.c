/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PKCS#12: read, one certificate added, one taken out; few rounds are allowed, or the fuzzer
 * would do nothing but derive keys.  Then the same bytes as an algorithm and what it encrypted.
 */
#include <string.h>

#include "src/x509/der.h"
#include "stores/java/p12_crypt.h"
#include "tests/fuzz/fuzz_keystore.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* What was decrypted is encrypted and decrypted again, and must be the same. */
static void decrypt(const uint8_t *bytes, size_t len)
{
	struct p12_crypt crypt = {.password = "changeit", .rounds_left = 2000};
	auto_buf algorithm = buf_make(LIMIT_FILE_BYTES), out = buf_make(LIMIT_FILE_BYTES);
	auto_buf text = buf_make(LIMIT_FILE_BYTES), again = buf_make(LIMIT_FILE_BYTES);
	struct bytes in = bytes_make(bytes, len);
	struct der it;
	struct fault why = FAULT_INIT;
	bool fits = false;

	if (!der_take_tag(&in, DER_SEQUENCE, &it))
		return;
	buf_add(&algorithm, it.at, it.len);
	if (p12_decrypt(&crypt, bytes_make(it.at, it.len), in, &out, &fits, &why) == 0 &&
		p12_encrypt(&crypt, &algorithm, &out, &text, &why) == 0 &&
		(p12_decrypt(&crypt, bytes_make(algorithm.bytes, algorithm.len),
			 bytes_make(text.bytes, text.len), &again, &fits, &why) < 0 ||
			!fits || again.len != out.len ||
			(out.len && memcmp(again.bytes, out.bytes, out.len) != 0)) &&
		why.kind != FAULT_LIMIT)
		abort();
	if (why.kind == FAULT_SYSTEM)
		abort();
	p12_crypt_close(&crypt);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static char changeit[] = "changeit", none[] = "";
	static char *at[] = {changeit, none};
	const struct names passwords = {at, 2};
	struct p12_crypt crypt = {.rounds_n = LIMIT_RUN_ROUNDS_N - 2000};

	work_on(bytes, len, &passwords, &crypt);
	p12_crypt_close(&crypt);
	decrypt(bytes, len);
	return 0;
}
