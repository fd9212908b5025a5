/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/evp.h>
#include <string.h>

#include "src/x509/pem.h"
#include "src/x509/pem_block.h"
#include "src/x509/pkcs7.h"

int pem_format_as(
	const char *label, const uint8_t *der, size_t len, struct buf *out, struct fault *why)
{
	enum { COLUMNS = 64 };
	uint8_t line[COLUMNS + 1];

	buf_printf(out, PEM_BLOCK_BEGIN "%s" PEM_BLOCK_DASHES "\n", label);
	for (size_t n; len; der += n, len -= n) {
		n = len < COLUMNS / 4 * 3 ? len : COLUMNS / 4 * 3;
		buf_add(out, line, (size_t)EVP_EncodeBlock(line, der, (int)n));
		buf_add_byte(out, '\n');
	}
	buf_printf(out, PEM_BLOCK_END "%s" PEM_BLOCK_DASHES "\n", label);
	return buf_check(out, "PEM text", why);
}

int pem_format(const struct cert *cert, struct buf *out, struct fault *why)
{
	return pem_format_as("CERTIFICATE", cert->der.at, cert->der.left, out, why);
}

int pem_format_all(
	const struct certs *certs, enum pem_encoding encoding, struct buf *out, struct fault *why)
{
	if (encoding == PEM_PKCS7)
		return pkcs7_format(certs, out, why);
	if (encoding == PEM_DER && certs->n != 1)
		return fault_set(why, FAULT_USAGE,
			"DER holds exactly one certificate, and there are %zu: use PEM or PKCS#7",
			certs->n);
	if (encoding == PEM_DER)
		buf_add(out, certs->at[0]->der.at, certs->at[0]->der.left);
	for (size_t i = 0; encoding == PEM_TEXT && i < certs->n; i++)
		if (pem_format(certs->at[i], out, why) < 0)
			return -1;
	return buf_check(out, "DER", why);
}

bool pem_encoding_named(const char *name, enum pem_encoding *ret)
{
	static const char *const names[PEM_ENCODINGS] = {
		[PEM_TEXT] = "pem", [PEM_DER] = "der", [PEM_PKCS7] = "p7b"};

	for (enum pem_encoding i = 0; i < PEM_ENCODINGS; i++) {
		if (strcmp(name, names[i]) == 0) {
			*ret = i;
			return true;
		}
	}
	return false;
}
