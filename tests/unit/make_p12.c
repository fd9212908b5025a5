/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/make_p12.h"

#include "src/base/limits.h"
#include "src/x509/der.h"
#include "tests/unit/tf_cmocka.h"

void make_p12_hex(struct buf *out, const char *digits)
{
	unsigned byte;

	for (; *digits; digits += 2) {
		assert_int_equal(sscanf(digits, "%2x", &byte), 1);
		buf_add_byte(out, (uint8_t)byte);
	}
}

void make_p12_part(struct buf *it)
{
	auto_buf whole = buf_make(LIMIT_FILE_BYTES);

	der_wrap(it, 0, DER_SEQUENCE);
	der_wrap(it, 0, DER_OCTET_STRING);
	der_wrap(it, 0, DER_CONTEXT_0);
	make_p12_hex(&whole, HEX_DATA);
	buf_add(&whole, it->bytes, it->len);
	der_wrap(&whole, 0, DER_SEQUENCE);
	buf_clear(it);
	buf_add(it, whole.bytes, whole.len);
}

void make_p12(struct buf *parts, const char *mac)
{
	auto_buf whole = buf_make(LIMIT_FILE_BYTES);
	size_t info;

	der_wrap(parts, 0, DER_SEQUENCE);
	der_wrap(parts, 0, DER_OCTET_STRING);
	der_wrap(parts, 0, DER_CONTEXT_0);
	make_p12_hex(&whole, "020103");
	info = whole.len;
	make_p12_hex(&whole, HEX_DATA);
	buf_add(&whole, parts->bytes, parts->len);
	der_wrap(&whole, info, DER_SEQUENCE);
	make_p12_hex(&whole, mac);
	der_wrap(&whole, 0, DER_SEQUENCE);
	buf_clear(parts);
	buf_add(parts, whole.bytes, whole.len);
}

void make_p12_bag(
	struct buf *out, const char *type, const void *value, size_t len, const char *attributes)
{
	size_t all = out->len, at;

	make_p12_hex(out, HEX_BAG);
	make_p12_hex(out, type);
	at = out->len;
	buf_add(out, value, len);
	der_wrap(out, at, DER_CONTEXT_0);
	make_p12_hex(out, attributes);
	der_wrap(out, all, DER_SEQUENCE);
}

void make_p12_cert(struct buf *out, const void *der, size_t len, const char *attributes)
{
	auto_buf value = buf_make(LIMIT_FILE_BYTES);
	size_t at;

	make_p12_hex(&value, HEX_X509);
	at = value.len;
	buf_add(&value, der, len);
	der_wrap(&value, at, DER_OCTET_STRING);
	der_wrap(&value, at, DER_CONTEXT_0);
	der_wrap(&value, 0, DER_SEQUENCE);
	make_p12_bag(out, "03", value.bytes, value.len, attributes);
}

int make_p12_read(const struct buf *bytes, struct keystore_facts *ret_facts,
	struct certs *ret_certs, struct fault *why)
{
	auto_names passwords = NAMES_INIT;
	struct keystore_source source =
		(struct keystore_source){bytes->bytes, bytes->len, &passwords, NULL};

	assert_ok(names_add(&passwords, "changeit", why), why);
	assert_ok(names_add(&passwords, "", why), why);
	return keystore_read(&source, ret_facts, ret_certs, why);
}
