/* SPDX-License-Identifier: Apache-2.0 */
#include "src/x509/pkcs7.h"

#include <openssl/err.h>
#include <string.h>

#include "src/x509/der.h"
#include "src/x509/ossl.h"

/* 1.2.840.113549.1.7.1 id-data and .2 id-signedData (RFC 5652, 4 and 5.1), with their headers. */
static const uint8_t oid_data[] = {
	0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01};
static const uint8_t oid_signed[] = {
	0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02};
static const uint8_t version_1[] = {0x02, 0x01, 0x01};
static const uint8_t empty_set[] = {0x31, 0x00};

bool pkcs7_is(const uint8_t *der, size_t len)
{
	size_t length_n = len > 1 && der[1] > 0x80 ? der[1] & 0x7fu : 0;

	return len > 2 + length_n && der[0] == DER_SEQUENCE && der[2 + length_n] == DER_OID;
}

/* ContentInfo { id-signedData, [0] { SignedData { version, SET, SEQUENCE, [0] certificates, ... */
static bool search(const uint8_t *der, size_t len, struct bytes *ret)
{
	struct bytes in = bytes_make(der, len);
	struct der info, oid, explicit, data, part, certs;

	if (!der_take_tag(&in, DER_SEQUENCE, &info) || in.left ||
		!der_take_tag(&info.inside, DER_OID, &oid) || oid.len != sizeof(oid_signed) ||
		memcmp(oid.at, oid_signed, oid.len) != 0 ||
		!der_take_tag(&info.inside, DER_CONTEXT_0, &explicit) ||
		!der_take_tag(&explicit.inside, DER_SEQUENCE, &data) ||
		!der_take_tag(&data.inside, DER_INTEGER, &part) ||
		!der_take_tag(&data.inside, DER_SET, &part) ||
		!der_take_tag(&data.inside, DER_SEQUENCE, &part))
		return false;
	*ret = bytes_make(NULL, 0);
	if (der_is_next(&data.inside, DER_CONTEXT_0)) {
		if (!der_take(&data.inside, &certs))
			return false;
		*ret = certs.inside;
	}
	return true;
}

/* OpenSSL reads BER and writes DER. */
static int make_definite(const uint8_t *ber, size_t len, struct buf *ret, struct fault *why)
{
	const uint8_t *at = ber;
	auto_PKCS7 decoded = NULL;
	uint8_t *out;
	int out_len;

	ERR_clear_error();
	decoded = d2i_PKCS7(NULL, &at, (long)len);
	if (!decoded || at != ber + len)
		return fault_ossl(why, "PKCS#7: cannot be decoded");
	out_len = i2d_PKCS7(decoded, NULL);
	if (out_len < 0)
		return fault_ossl(why, "PKCS#7: cannot be encoded as DER");
	out = buf_extend(ret, (size_t)out_len);
	if (out)
		i2d_PKCS7(decoded, &out);
	return buf_check(ret, "PKCS#7", why);
}

int pkcs7_open(
	const uint8_t *der, size_t len, struct buf *definite, struct bytes *ret, struct fault *why)
{
	if (search(der, len, ret))
		return 0;
	if (make_definite(der, len, definite, why) < 0)
		return -1;
	if (!search(definite->bytes, definite->len, ret))
		return fault_set(why, FAULT_FORMAT, "PKCS#7: RFC 5652 5.1: not a SignedData");
	return 0;
}

static size_t whole(size_t len)
{
	return der_header_len(len) + len;
}

int pkcs7_format(const struct certs *certs, struct buf *out, struct fault *why)
{
	size_t certs_len = 0, data_len, len;
	const uint8_t *der;

	for (size_t i = 0; i < certs->n; i++) {
		cert_der(certs->at[i], &len);
		certs_len += len;
	}
	data_len = sizeof(version_1) + 2 * sizeof(empty_set) + whole(sizeof(oid_data)) +
		   whole(certs_len);
	der_add_header(out, DER_SEQUENCE, sizeof(oid_signed) + whole(whole(data_len)));
	buf_add(out, oid_signed, sizeof(oid_signed));
	der_add_header(out, DER_CONTEXT_0, whole(data_len));
	der_add_header(out, DER_SEQUENCE, data_len);
	buf_add(out, version_1, sizeof(version_1));
	buf_add(out, empty_set, sizeof(empty_set)); /* digestAlgorithms */
	der_add_header(out, DER_SEQUENCE, sizeof(oid_data));
	buf_add(out, oid_data, sizeof(oid_data));
	der_add_header(out, DER_CONTEXT_0, certs_len);
	for (size_t i = 0; i < certs->n; i++) {
		der = cert_der(certs->at[i], &len);
		buf_add(out, der, len);
	}
	buf_add(out, empty_set, sizeof(empty_set)); /* signerInfos */
	return buf_check(out, "PKCS#7", why);
}
