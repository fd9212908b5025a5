/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/java/ber.h"

#include <openssl/err.h>

#include "src/base/limits.h"
#include "src/x509/der.h"
#include "src/x509/ossl.h"

/* FORM_OTHER is not DER: a length is indefinite, or a string is in pieces. */
enum form { FORM_DER, FORM_OTHER, FORM_TOO_DEEP };

static enum form form_of(struct bytes in, unsigned depth)
{
	enum form form = depth > LIMIT_KEYSTORE_DEPTH ? FORM_TOO_DEEP : FORM_DER;
	struct der it;

	while (in.left && form == FORM_DER) {
		if (!der_take(&in, &it))
			return FORM_OTHER;
		if (!(it.tag & 0x20))
			continue;
		if (it.tag < 0x40 && it.tag != DER_SEQUENCE && it.tag != DER_SET)
			return FORM_OTHER;
		form = form_of(it.inside, depth + 1);
	}
	return form;
}

int ber_take(struct bytes *in, const struct ASN1_ITEM_st *item, struct buf *room, struct bytes *ret,
	struct fault *why)
{
	struct bytes rest = *in, inside = der_enter(&rest, DER_SEQUENCE);
	enum form form = inside.failed ? FORM_OTHER : form_of(inside, 1);
	const uint8_t *at = in->at;
	uint8_t *made = NULL;
	ASN1_VALUE *value;
	int len;

	if (form == FORM_OTHER) {
		if (in->left > LIMIT_KEYSTORE_BER_BYTES)
			return fault_set(why, FAULT_LIMIT, "not DER, and larger than %u bytes",
				LIMIT_KEYSTORE_BER_BYTES);
		ERR_clear_error();
		value = ASN1_item_d2i(NULL, &at, (long)in->left, item);
		if (!value)
			return fault_ossl(why, "damaged or cut off");
		rest = bytes_make(at, in->left - (size_t)(at - in->at));
		len = ASN1_item_i2d(value, &made, item);
		ASN1_item_free(value, item);
		if (len < 0)
			return fault_ossl_lacks(why, "cannot be written as DER");
		buf_clear(room);
		buf_add(room, made, (size_t)len);
		OPENSSL_free(made);
		if (buf_check(room, "keystore", why) < 0)
			return -1;
		inside = bytes_make(room->bytes, room->len);
		inside = der_enter(&inside, DER_SEQUENCE);
		form = inside.failed ? FORM_OTHER : form_of(inside, 1);
	}
	if (form == FORM_TOO_DEEP)
		return fault_set(why, FAULT_LIMIT, "nested more than %u elements deep",
			LIMIT_KEYSTORE_DEPTH);
	if (form == FORM_OTHER)
		return fault_set(why, FAULT_FORMAT, "damaged or cut off");
	*in = rest;
	*ret = inside;
	return 0;
}
