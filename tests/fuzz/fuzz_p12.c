/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PKCS#12: read, one certificate added, one taken out.  No password is tried, or the fuzzer would
 * do nothing but derive keys; what needs one is given the same bytes as a text and its algorithm.
 */
#include <openssl/x509.h>
#include <string.h>

#include "src/x509/ossl.h"
#include "stores/java/p12_crypt.h"
#include "tests/fuzz/fuzz_keystore.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void decrypt(const uint8_t *bytes, size_t len)
{
	struct p12_crypt crypt = {.rounds_left = 2000};
	auto_buf out = buf_make(LIMIT_FILE_BYTES), again = buf_make(LIMIT_FILE_BYTES);
	const uint8_t *at = bytes;
	X509_ALGOR *algorithm = d2i_X509_ALGOR(NULL, &at, (long)len);
	ASN1_OCTET_STRING *text = ASN1_OCTET_STRING_new();
	PKCS7_ENC_CONTENT secret = {.algorithm = algorithm, .enc_data = text};
	struct fault why = FAULT_INIT;
	bool fits = false;

	if (algorithm && text && ASN1_OCTET_STRING_set(text, at, (int)(bytes + len - at)) &&
		p12_decrypt(&crypt, &secret, "changeit", &out, &fits, &why) == 0 &&
		p12_encrypt(&crypt, &secret, "changeit", &out, &why) == 0 &&
		(p12_decrypt(&crypt, &secret, "changeit", &again, &fits, &why) < 0 || !fits ||
			again.len != out.len || memcmp(again.bytes, out.bytes, out.len) != 0) &&
		why.kind != FAULT_LIMIT)
		abort();
	if (why.kind == FAULT_SYSTEM)
		abort();
	X509_ALGOR_free(algorithm);
	ASN1_OCTET_STRING_free(text);
	p12_crypt_close(&crypt);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const struct names none = NAMES_INIT;

	work_on(bytes, len, &none);
	decrypt(bytes, len);
	return 0;
}
