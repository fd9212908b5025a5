/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever pem_read() takes must come back the same after it was written, in each encoding. */
#include "src/cert/pem.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_round_trip(const struct certs *certs, enum pem_encoding encoding)
{
	auto_buf out = buf_make(SIZE_MAX / 2);
	auto_certs again = CERTS_INIT;
	struct fault why = FAULT_INIT;

	if (certs->n == 0 || (encoding == PEM_DER && certs->n != 1))
		return;
	if (pem_format_all(certs, encoding, &out, &why) < 0 ||
		pem_read(out.bytes, out.len, "again", PEM_LENIENT, &again, NULL, &why) < 0 ||
		again.n != certs->n)
		abort();
	for (size_t i = 0; i < certs->n; i++)
		if (!cert_same(certs->at[i], again.at[i]))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	auto_certs lenient = CERTS_INIT;
	auto_certs strict = CERTS_INIT;
	struct fault why = FAULT_INIT;

	if (pem_read(bytes, len, "fuzz", PEM_LENIENT, &lenient, NULL, &why) == 0)
		for (unsigned i = 0; i < PEM_ENCODINGS; i++)
			check_round_trip(&lenient, (enum pem_encoding)i);
	fault_clear(&why);
	if (pem_read(bytes, len, "fuzz", PEM_STRICT, &strict, NULL, &why) == 0 &&
		strict.n != lenient.n)
		abort();
	return 0;
}
