/* SPDX-License-Identifier: Apache-2.0 */
#include "src/x509/pkcs7.h"

#include <string.h>

#include "src/x509/der.h"

/* 1.2.840.113549.1.7.2 id-signedData (RFC 5652, 5.1), with its header. */
static const uint8_t oid_signed[] = {
	0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02};

bool pkcs7_is(const uint8_t *der, size_t len)
{
	size_t length_n = len > 1 && der[1] > 0x80 ? der[1] & 0x7fu : 0;

	return len > 2 + length_n && der[0] == DER_SEQUENCE && der[2 + length_n] == DER_OID;
}

/* ContentInfo { id-signedData, [0] { SignedData { version, SET, SEQUENCE, [0] certificates, ... */
static bool search(const uint8_t *der, size_t len, struct bytes *ret)
{
	struct bytes in = bytes_make(der, len), info = der_enter(&in, DER_SEQUENCE);
	struct bytes explicit, data, certs = bytes_make(NULL, 0);
	struct der oid;

	if (in.left || !der_take_tag(&info, DER_OID, &oid) || oid.len != sizeof(oid_signed) ||
		memcmp(oid.at, oid_signed, oid.len) != 0)
		return false;
	explicit = der_enter(&info, DER_CONTEXT_0);
	data = der_enter(&explicit, DER_SEQUENCE);
	der_enter(&data, DER_INTEGER);
	der_enter(&data, DER_SET);
	der_enter(&data, DER_SEQUENCE);
	if (der_is_next(&data, DER_CONTEXT_0))
		certs = der_enter(&data, DER_CONTEXT_0);
	if (data.failed)
		return false;
	*ret = certs;
	return true;
}

int pkcs7_open(
	const uint8_t *ber, size_t len, struct buf *room, struct bytes *ret, struct fault *why)
{
	struct bytes in = bytes_make(ber, len);

	/* Certificates are not touched without need: what is signed may not be DER itself. */
	if (search(ber, len, ret))
		return 0;
	if (der_from_ber(&in, room, why) < 0)
		return fault_wrap(why, "PKCS#7");
	if (in.left || !search(room->bytes, room->len, ret))
		return fault_set(why, FAULT_FORMAT, "PKCS#7: RFC 5652 5.1: not a SignedData");
	return 0;
}

int pkcs7_format(const struct certs *certs, struct buf *out, struct fault *why)
{
	/* version 1, no digestAlgorithms, ContentInfo { id-data } */
	static const uint8_t head[] = {0x02, 0x01, 0x01, 0x31, 0x00, 0x30, 0x0b, 0x06, 0x09, 0x2a,
		0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01};
	static const uint8_t no_signer[] = {0x31, 0x00};
	size_t info, data, list;

	info = out->len;
	buf_add(out, oid_signed, sizeof(oid_signed));
	data = out->len;
	buf_add(out, head, sizeof(head));
	list = out->len;
	for (size_t i = 0; i < certs->n; i++)
		buf_add(out, certs->at[i]->der.at, certs->at[i]->der.left);
	der_wrap(out, list, DER_CONTEXT_0);
	buf_add(out, no_signer, sizeof(no_signer));
	der_wrap(out, data, DER_SEQUENCE);
	der_wrap(out, data, DER_CONTEXT_0);
	der_wrap(out, info, DER_SEQUENCE);
	return buf_check(out, "PKCS#7", why);
}
