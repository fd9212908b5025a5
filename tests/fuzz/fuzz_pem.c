/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever pem_read() takes must come back the same after it was written, in each encoding. */
#include "src/x509/pem.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_round_trip(const struct certs *certs, enum pem_encoding encoding)
{
	auto_buf out = buf_make(SIZE_MAX / 2);
	auto_certs again = CERTS_INIT;
	struct fault why = FAULT_INIT;

	if (certs->n == 0 || (encoding == PEM_DER && certs->n != 1))
		return;
	if (pem_format_all(certs, encoding, &out, &why) < 0 ||
		pem_read(out.bytes, out.len, "again", PEM_LENIENT, &again, &why) < 0 ||
		again.n != certs->n)
		abort();
	for (size_t i = 0; i < certs->n; i++)
		if (!cert_same(certs->at[i], again.at[i]))
			abort();
}

/* What is mended needs no mending again, and OpenSSL loads all of it. */
static void check_mended(const uint8_t *bytes, size_t len, const struct cert *cert)
{
	struct pem_wanted wanted = {.cert = cert}, again = {.cert = cert};
	auto_buf text = buf_make(SIZE_MAX / 2), out = buf_make(SIZE_MAX / 2);
	auto_buf same = buf_make(SIZE_MAX / 2);
	auto_certs certs = CERTS_INIT;
	struct fault why = FAULT_INIT;
	unsigned blind = PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL) | PEM_QUIRK_BIT(PEM_QUIRK_GO);

	buf_add(&text, bytes, len);
	if (pem_mend(&text, "fuzz", &wanted, &out, &why) < 0)
		return;
	if (pem_mend(&out, "fuzz", &again, &same, &why) < 0 || again.held != wanted.held ||
		same.len != out.len || memcmp(same.bytes, out.bytes, out.len) != 0 ||
		pem_read(out.bytes, out.len, "fuzz", PEM_LENIENT, &certs, &why) < 0 ||
		(certs.n && certs.file && (certs.file->failed & PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL))))
		abort();
	for (size_t i = 0; i < certs.n; i++)
		if (cert_same(certs.at[i], cert))
			blind &= certs.at[i]->hidden_from;
	if (wanted.held && blind)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	auto_certs lenient = CERTS_INIT;
	auto_certs strict = CERTS_INIT;
	struct fault why = FAULT_INIT;

	if (pem_read(bytes, len, "fuzz", PEM_LENIENT, &lenient, &why) == 0)
		for (unsigned i = 0; i < PEM_ENCODINGS; i++)
			check_round_trip(&lenient, (enum pem_encoding)i);
	if (lenient.n)
		check_mended(bytes, len, lenient.at[0]);
	fault_clear(&why);
	if (pem_read(bytes, len, "fuzz", PEM_STRICT, &strict, &why) == 0 && strict.n != lenient.n)
		abort();
	return 0;
}
