/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/pem_block.h"
#include "src/x509/pem.h"
#include "src/x509/pkcs7.h"

int pem_format_as(
	const char *label, const uint8_t *der, size_t len, struct buf *out, struct fault *why)
{
	auto_free char *base64 = text_base64(der, len);

	if (!base64)
		return fault_nomem(why);
	buf_printf(out, PEM_BLOCK_BEGIN "%s" PEM_BLOCK_DASHES "\n", label);
	for (size_t at = 0, left = strlen(base64); at < left; at += 64)
		buf_printf(out, "%.64s\n", base64 + at);
	buf_printf(out, PEM_BLOCK_END "%s" PEM_BLOCK_DASHES "\n", label);
	return buf_check(out, "PEM text", why);
}

int pem_format(const struct cert *cert, struct buf *out, struct fault *why)
{
	size_t len;
	const uint8_t *der = cert_der(cert, &len);

	return pem_format_as("CERTIFICATE", der, len, out, why);
}

static int format_der(const struct certs *certs, struct buf *out, struct fault *why)
{
	size_t len;
	const uint8_t *der;

	if (certs->n != 1)
		return fault_set(why, FAULT_USAGE,
			"DER holds exactly one certificate, and there are %zu: use PEM or PKCS#7",
			certs->n);
	der = cert_der(certs->at[0], &len);
	buf_add(out, der, len);
	return buf_check(out, "DER", why);
}

int pem_format_all(
	const struct certs *certs, enum pem_encoding encoding, struct buf *out, struct fault *why)
{
	if (encoding == PEM_DER)
		return format_der(certs, out, why);
	if (encoding == PEM_PKCS7)
		return pkcs7_format(certs, out, why);
	for (size_t i = 0; i < certs->n; i++)
		if (pem_format(certs->at[i], out, why) < 0)
			return -1;
	return 0;
}

bool pem_encoding_named(const char *name, enum pem_encoding *ret)
{
	static const char *const names[PEM_ENCODINGS] = {
		[PEM_TEXT] = "pem",
		[PEM_DER] = "der",
		[PEM_PKCS7] = "p7b",
	};

	for (size_t i = 0; i < PEM_ENCODINGS; i++) {
		if (strcmp(name, names[i]) == 0) {
			*ret = (enum pem_encoding)i;
			return true;
		}
	}
	return false;
}

static bool same_text(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->bytes, b->bytes, a->len) == 0);
}

/* Blocks may run into each other in ways that one pass does not see to their end. */
int pem_mend(const struct buf *text, const char *what, struct pem_wanted *wanted, struct buf *out,
	struct fault *why)
{
	struct pem_wanted again = {.cert = wanted->cert, .as_trusted = wanted->as_trusted};
	auto_buf mended = buf_make(LIMIT_PEM_BYTES);
	auto_buf second = buf_make(LIMIT_PEM_BYTES);
	struct fault unsettled = FAULT_INIT;

	if (pem_mend_once(text, what, wanted, &mended, why) < 0)
		return -1;
	if (!same_text(&mended, text) &&
		(pem_mend_once(&mended, what, &again, &second, &unsettled) < 0 ||
			again.held != wanted->held || !same_text(&second, &mended)))
		return unsettled.kind == FAULT_SYSTEM ? fault_nomem(why)
						      : fault_set(why, FAULT_FORMAT,
								"'%s': its blocks run into each "
								"other; put each on lines of its "
								"own first",
								what);
	buf_add(out, mended.bytes, mended.len);
	return buf_check(out, what, why);
}
