/* SPDX-License-Identifier: Apache-2.0 */
/* PKCS#12 that is damaged or made to hurt. */
#include "tests/unit/tf_cmocka.h"

#include "src/base/limits.h"
#include "src/x509/der.h"
#include "tests/unit/make_p12.h"

static void same_aliases(struct buf *out)
{
	make_p12_cert(out, GOOD, "312f" TRUSTED NAME_ONE);
	make_p12_cert(out, GOOD, "312f" TRUSTED NAME_ONE_UPPER);
	make_p12_part(out);
}

static void not_der(struct buf *out)
{
	make_p12_cert(out, "hello", 5, "3118" TRUSTED);
	make_p12_part(out);
}

static void not_x509(struct buf *out)
{
	make_p12_bag(out, "03", "\x30\x03\x06\x01\x01", 5, "3118" TRUSTED);
	make_p12_part(out);
}

static void damaged_attributes(struct buf *out)
{
	make_p12_cert(out, GOOD, "3103020101");
	make_p12_part(out);
}

static void odd_alias(struct buf *out)
{
	make_p12_cert(out, GOOD,
		"3112"
		"3010" HEX_NAME "3103"
		"1e0141");
	make_p12_part(out);
}

static void nested(struct buf *out, size_t depth)
{
	for (size_t i = 0; i < depth; i++) {
		auto_buf inner = buf_make(LIMIT_FILE_BYTES);

		buf_add(&inner, out->bytes, out->len);
		buf_clear(out);
		der_wrap(&inner, 0, DER_SEQUENCE);
		make_p12_bag(out, "06", inner.bytes, inner.len, "");
	}
	make_p12_part(out);
}

static void nested_17(struct buf *out)
{
	nested(out, 17);
}

static void nested_10000(struct buf *out)
{
	nested(out, 10000);
}

static void many_parts(struct buf *out)
{
	for (size_t i = 0; i <= LIMIT_KEYSTORE_PARTS_N; i++)
		make_p12_hex(out, "300b" HEX_DATA);
}

static void too_many_parts(struct buf *out)
{
	for (size_t i = 0; i <= LIMIT_KEYSTORE_PARTS_N; i++)
		make_p12_hex(out, "3011" HEX_DATA "a00404023000");
}

static void long_alias(struct buf *out)
{
	auto_buf attributes = buf_make(LIMIT_FILE_BYTES);
	auto_buf digits = buf_make(LIMIT_FILE_BYTES);
	size_t at;

	make_p12_hex(&attributes, HEX_NAME);
	at = attributes.len;
	for (size_t i = 0; i < 65534; i++)
		buf_add_byte(&attributes, i % 2 ? 'a' : 0);
	der_wrap(&attributes, at, DER_BMP_STRING);
	der_wrap(&attributes, at, DER_SET);
	der_wrap(&attributes, 0, DER_SEQUENCE);
	at = attributes.len;
	make_p12_hex(&attributes, TRUSTED);
	der_wrap(&attributes, 0, DER_SET);
	for (size_t i = 0; i < attributes.len; i++)
		buf_printf(&digits, "%02x", attributes.bytes[i]);
	make_p12_cert(out, GOOD, buf_text(&digits));
	make_p12_part(out);
}

static void encrypted(struct buf *out, const char *algorithm)
{
	size_t data, info;

	make_p12_hex(out, HEX_ENCRYPTED);
	data = out->len;
	make_p12_hex(out, "020100");
	info = out->len;
	make_p12_hex(out, HEX_DATA);
	make_p12_hex(out, algorithm);
	make_p12_hex(out, "80080102030405060708");
	der_wrap(out, info, DER_SEQUENCE);
	der_wrap(out, data, DER_SEQUENCE);
	der_wrap(out, data, DER_CONTEXT_0);
	der_wrap(out, 0, DER_SEQUENCE);
}

static void endless_encryption(struct buf *out)
{
	encrypted(out, "301b" HEX_3DES "300d"
		       "040473616c74"
		       "02050080000000");
}

static void endless_number(struct buf *out)
{
	encrypted(out, "3020" HEX_3DES "3012"
		       "040473616c74"
		       "020a00ffffffffffffffffff");
}

static void no_rounds(struct buf *out)
{
	encrypted(out, "3017" HEX_3DES "3009"
		       "040473616c74"
		       "020100");
}

static void unknown_encryption(struct buf *out)
{
	encrypted(out, "3005060101"
		       "0500");
}

/* PBKDF2 whose function has a parameter that is cut off. */
static void odd_function(struct buf *out)
{
	encrypted(out, "3056"
		       "06092a864886f70d01050d"
		       "3049"
		       "3028"
		       "06092a864886f70d01050c"
		       "301b"
		       "0408"
		       "73616c7473616c74"
		       "020103"
		       "300c"
		       "06082a864886f70d0209"
		       "0501"
		       "301d"
		       "060960864801650304012a"
		       "0410"
		       "30313233343536373839616263646566");
}

static void nothing(struct buf *out)
{
	(void)out;
}

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define SALT "040473616c74"

static const struct {
	void (*parts)(struct buf *out);
	const char *mac;
	enum fault_kind kind;
	const char *text;
} bad[] = {
	{same_aliases, "", FAULT_FORMAT, "PKCS12: two entries have the alias 'one'"},
	{not_der, "", FAULT_FORMAT, "PKCS12: a trusted certificate that is not DER"},
	{not_x509, "", FAULT_FORMAT, "PKCS12: a trusted certificate that is not X.509"},
	{damaged_attributes, "", FAULT_FORMAT, "PKCS12: a damaged bag"},
	{odd_alias, "", FAULT_FORMAT, "PKCS12: a damaged bag"},
	{nested_17, "", FAULT_LIMIT, "PKCS12: nested more than 50 elements deep"},
	{nested_10000, "", FAULT_LIMIT, "PKCS12: nested more than 50 elements deep"},
	{many_parts, "", FAULT_FORMAT, "PKCS12: RFC 5652: a damaged ContentInfo"},
	{too_many_parts, "", FAULT_LIMIT, "PKCS12: more than 1000 ContentInfos"},
	{long_alias, "", FAULT_LIMIT, "PKCS12: an alias of 32767 characters, more than 4096"},
	{endless_encryption, "", FAULT_LIMIT, "PKCS12: 2147483648 rounds of key derivation"},
	{endless_number, "", FAULT_LIMIT, "rounds of key derivation, more than"},
	{no_rounds, "", FAULT_FORMAT, "PKCS12: a key derivation of 0 rounds"},
	{odd_function, "", FAULT_FORMAT, "PKCS12: damaged or truncated"},
	{unknown_encryption, "", FAULT_FORMAT, "PKCS12: encrypted with an unsupported algorithm"},
	{nothing,
		"3040"
		"3031" HEX_SHA256 "0420" ZEROS "040473616c74"
		"02050080000000",
		FAULT_LIMIT, "PKCS12: 2147483648 rounds of key derivation"},
	{nothing,
		"303c"
		"3031" HEX_SHA256 "0420" ZEROS "040473616c74"
		"020101",
		FAULT_REFUSED, "PKCS12: no password matches its MAC"},
	{nothing,
		"3031"
		"302f" HEX_PBMAC1 "0420" ZEROS "",
		FAULT_FORMAT, "PKCS12: "},
	{nothing,
		"3037"
		"302f" HEX_PBMAC1 "0420" ZEROS "040473616c74",
		FAULT_FORMAT, "PKCS12: protected with PBMAC1"},
	{nothing,
		"3012"
		"3008"
		"3003060101"
		"040100"
		"040473616c74"
		"0500",
		FAULT_FORMAT, "PKCS12: "},
	{nothing,
		"3010"
		"3008"
		"3003060101"
		"040100"
		"040473616c74",
		FAULT_FORMAT, "PKCS12: protected with an unsupported digest"},
};

static void each_damage_has_its_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		auto_buf bytes = buf_make(LIMIT_FILE_BYTES);
		struct fault why = FAULT_INIT;

		bad[i].parts(&bytes);
		make_p12(&bytes, bad[i].mac);
		assert_fault(
			make_p12_read(&bytes, NULL, NULL, &why), &why, bad[i].kind, bad[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_damage_has_its_sentence),
	};

	return run_group("p12_bad", tests);
}
