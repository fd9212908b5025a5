/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <stdio.h>

#include "src/base/limits.h"
#include <openssl/pem.h>

#include "src/x509/ossl.h"
#include "src/x509/pem.h"
#include "tests/unit/make_cert.h"

#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END "-----END CERTIFICATE-----\n"

struct two {
	struct made a, b;
	char *pem_a, *pem_b; /* as pem_format() writes them */
};

static char *pem_of(struct cert *cert)
{
	auto_buf out = buf_make(LIMIT_PEM_BYTES);
	struct fault why = FAULT_INIT;
	size_t len;

	assert_ok(pem_format(cert, &out, &why), &why);
	return (char *)buf_take(&out, &len);
}

static int two_make(void **state)
{
	static struct two two;

	two.a = make_cert(&(struct recipe){.cn = "A", .is_ca = true});
	two.b = make_cert(&(struct recipe){.cn = "b.test", .issuer = &two.a});
	two.pem_a = pem_of(two.a.cert);
	two.pem_b = pem_of(two.b.cert);
	*state = &two;
	return 0;
}

static int two_free(void **state)
{
	struct two *two = *state;

	made_free(&two->a);
	made_free(&two->b);
	free(two->pem_a);
	free(two->pem_b);
	return 0;
}

static void assert_reads(const char *label, const struct buf *text, const struct two *two)
{
	auto_certs got = CERTS_INIT;
	struct fault why = FAULT_INIT;

	if (pem_read(text->bytes, text->len, label, PEM_STRICT, &got, &why) < 0)
		fail_msg("%s", why.text);
	if (got.n != 2 || !cert_same(got.at[0], two->a.cert) || !cert_same(got.at[1], two->b.cert))
		fail_msg("%s: not the two certificates", label);
}

static struct buf replaced(const char *text, const char *from, const char *to)
{
	struct buf out = buf_make(LIMIT_PEM_BYTES);
	const char *at;

	for (; (at = strstr(text, from)); text = at + strlen(from)) {
		buf_add(&out, text, (size_t)(at - text));
		buf_add_text(&out, to);
	}
	buf_add_text(&out, text);
	return out;
}

static void pem_oddities_are_read(void **state)
{
	static const struct {
		const char *label, *head, *between, *tail, *from, *to;
	} rows[] = {
		{"plain", "", "", "", "\n", "\n"},
		{"CRLF", "", "", "", "\n", "\r\n"},
		{"byte order mark", "\xef\xbb\xbf", "", "", "\n", "\n"},
		{"text around", "Certificate:\n    Data: 0x1\n", "# next\n", "end", "\n", "\n"},
		{"text that begins like DER", "0 is a number\n", "", "", "\n", "\n"},
		{"DER in front", "0\x03\x02\x01\x05\n", "", "", "\n", "\n"},
		{"indented", "  ", "  ", "", "\n", "\n\t  "},
		{"blanks behind", "", "", "", "\n", " \t\n"},
		{"no last newline", "", "", "", END, "-----END CERTIFICATE-----"},
		{"X509 CERTIFICATE", "", "", "", " CERTIFICATE", " X509 CERTIFICATE"},
		{"a key between", "",
			"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "", "\n",
			"\n"},
	};
	const struct two *two = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_buf a = replaced(two->pem_a, rows[i].from, rows[i].to);
		auto_buf b = replaced(two->pem_b, rows[i].from, rows[i].to);
		auto_buf text = buf_make(LIMIT_PEM_BYTES);

		buf_printf(&text, "%s%s%s%s%s", rows[i].head, buf_text(&a), rows[i].between,
			buf_text(&b), rows[i].tail);
		assert_reads(rows[i].label, &text, two);
	}
}

static void a_trusted_certificate_is_reduced_to_the_certificate(void **state)
{
	const struct two *two = *state;
	auto_certs got = CERTS_INIT;
	auto_BIO out = BIO_new(BIO_s_mem());
	struct fault why = FAULT_INIT;
	X509 *x509;
	char *text;
	long len;

	assert_ok(cert_parse(two->a.cert, &x509, &why), &why);
	X509_add1_trust_object(x509, OBJ_nid2obj(NID_server_auth));
	assert_int_equal(PEM_write_bio_X509_AUX(out, x509), 1);
	X509_trust_clear(x509);
	len = BIO_get_mem_data(out, &text);
	assert_non_null(memmem(text, (size_t)len, "TRUSTED", 7));
	assert_ok(pem_read(text, (size_t)len, "x", PEM_STRICT, &got, &why), &why);
	assert_int_equal(got.n, 1);
	assert_true(cert_same(got.at[0], two->a.cert));
}

static void a_damaged_block_is_named_with_its_line(void **state)
{
	static const struct {
		const char *text, *reason;
	} rows[] = {
		{"\n\n" BEGIN "AAAA", "line 3: damaged CERTIFICATE block: its END is missing"},
		{BEGIN BEGIN, "line 1: damaged CERTIFICATE block: its END is missing"},
		{BEGIN "-----END X-----\n",
			"line 1: damaged CERTIFICATE block: its END names another"},
		{BEGIN "MII*\n" END, "line 1: damaged CERTIFICATE block: invalid base64"},
		{BEGIN "MIIB\nA\n" END, "invalid base64"},
		{BEGIN "MA==MAAA\n" END, "invalid base64"},
		{BEGIN "MAA=\n" END, "RFC 5280 4.1: bad or missing tbsCertificate"},
		{BEGIN END, "RFC 5280 4.1: bad or missing Certificate"},
		{"-----BEGIN PKCS7-----\nMAA=\n-----END PKCS7-----\n",
			"damaged PKCS7 block: PKCS#7"},
	};
	auto_certs none = CERTS_INIT;
	struct fault why = FAULT_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_fault(pem_read(rows[i].text, strlen(rows[i].text), "x.pem", PEM_STRICT,
				     &none, &why),
			&why, FAULT_FORMAT, rows[i].reason);
	assert_int_equal(none.n, 0);
}

static size_t lines_n(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void a_lenient_client_skips_what_is_damaged(void **state)
{
	const struct two *two = *state;
	auto_buf text = buf_make(LIMIT_PEM_BYTES);
	auto_certs got = CERTS_INIT;
	struct fault why = FAULT_INIT;
	char says[PEM_QUIRK_WHY_LEN], where[64];

	buf_printf(&text, "%s" BEGIN "oops\n%s-----BEGIN X-----\n-----END X-----\n" BEGIN "M\n",
		two->pem_a, two->pem_b);
	assert_ok(pem_read(text.bytes, text.len, "x", PEM_LENIENT, &got, &why), &why);
	assert_int_equal(got.n, 2);
	assert_true(cert_same(got.at[1], two->b.cert));
	assert_true(pem_quirk_file_says(got.file, PEM_QUIRK_BIT(PEM_QUIRK_CURL), says));
	snprintf(where, sizeof(where), "line %zu: no END line", lines_n(two->pem_a) + 1);
	assert_non_null(strstr(says, where));
}

static void what_holds_no_certificate_gives_one_sentence(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *reason;
	} rows[] = {
		{"", 0, "'x' is empty"},
		{"hello\n", 6, "'x' holds no certificate: neither PEM, DER nor PKCS#7"},
		{"\x7f"
		 "ELF\0\0",
			6, "'x' holds no certificate: neither"},
		{"-----BEGIN X-----\n-----END X-----", 33, "only other PEM blocks"},
		{"0\x82", 2,
			"'x': not a DER certificate: RFC 5280 4.1: bad or missing Certificate"},
		{"0\x80\x06\x01", 4, "'x': PKCS#7: damaged or truncated"},
	};
	struct fault why = FAULT_INIT;
	auto_certs got = CERTS_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_fault(pem_read(rows[i].bytes, rows[i].len, "x", PEM_STRICT, &got, &why),
			&why, FAULT_FORMAT, rows[i].reason);
		assert_ok(pem_read(rows[i].bytes, rows[i].len, "x", PEM_LENIENT, &got, &why), &why);
		assert_int_equal(got.n, 0);
		certs_free(&got);
	}
	assert_ok(pem_read(NULL, 0, "x", PEM_LENIENT, &got, &why), &why);
}

static void der_is_one_certificate_and_nothing_behind_it(void **state)
{
	const struct two *two = *state;
	auto_certs got = CERTS_INIT;
	auto_buf longer = buf_make(LIMIT_PEM_BYTES);
	struct fault why = FAULT_INIT;
	size_t len = two->a.cert->der.left;
	const uint8_t *der = two->a.cert->der.at;

	assert_ok(pem_read(der, len, "x", PEM_STRICT, &got, &why), &why);
	assert_true(cert_same(got.at[0], two->a.cert));
	buf_add(&longer, der, len);
	buf_add_byte(&longer, 0);
	certs_free(&got);
	assert_fault(pem_read(longer.bytes, longer.len, "x", PEM_STRICT, &got, &why), &why,
		FAULT_FORMAT, "there are bytes behind it");
	assert_fault(pem_read(der, len - 1, "x", PEM_STRICT, &got, &why), &why, FAULT_FORMAT,
		"'x': not a DER certificate");
}

static void pkcs7_keeps_order_and_bytes(void **state)
{
	const struct two *two = *state;
	auto_certs both = make_certs(two->a.cert, two->b.cert, NULL);
	auto_buf out = buf_make(LIMIT_PEM_BYTES);
	struct fault why = FAULT_INIT;
	const uint8_t *at;
	PKCS7 *decoded;

	assert_ok(pem_format_all(&both, PEM_PKCS7, &out, &why), &why);
	assert_reads("PKCS#7", &out, two);
	at = out.bytes;
	decoded = d2i_PKCS7(NULL, &at, (long)out.len);
	assert_non_null(decoded);
	assert_int_equal(at - out.bytes, out.len);
	assert_int_equal(sk_X509_num(decoded->d.sign->cert), 2);
	PKCS7_free(decoded);
}

/* Its issuer holds a length of two bytes where one is enough. */
static void pkcs7_keeps_a_certificate_that_is_not_der_within(void **state)
{
	static const uint8_t odd[] = {0x30, 0x1c, 0x30, 0x16, 0x02, 0x01, 0x01, 0x30, 0x00, 0x30,
		0x03, 0x04, 0x81, 0x00, 0x30, 0x00, 0x30, 0x00, 0x30, 0x06, 0x30, 0x00, 0x03, 0x02,
		0x00, 0x00, 0x30, 0x00, 0x03, 0x00};
	auto_certs certs = CERTS_INIT, again = CERTS_INIT;
	auto_buf out = buf_make(LIMIT_PEM_BYTES);
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(pem_read(odd, sizeof(odd), "x", PEM_LENIENT, &certs, &why), &why);
	assert_int_equal(certs.n, 1);
	assert_ok(pem_format_all(&certs, PEM_PKCS7, &out, &why), &why);
	assert_ok(pem_read(out.bytes, out.len, "x", PEM_LENIENT, &again, &why), &why);
	assert_int_equal(again.n, 1);
	assert_true(cert_same(again.at[0], certs.at[0]));
}

static void pkcs7_with_indefinite_lengths_is_read(void **state)
{
	const struct two *two = *state;
	auto_BIO content = BIO_new_mem_buf("x", 1);
	auto_BIO out = BIO_new(BIO_s_mem());
	auto_certs got = CERTS_INIT;
	struct fault why = FAULT_INIT;
	PKCS7 *p7;
	X509 *x509;
	char *ber;
	long len;

	assert_ok(cert_parse(two->a.cert, &x509, &why), &why);
	p7 = PKCS7_sign(x509, two->a.key, NULL, content, PKCS7_STREAM | PKCS7_BINARY);
	assert_int_equal(i2d_PKCS7_bio_stream(out, p7, content, PKCS7_STREAM | PKCS7_BINARY), 1);
	PKCS7_free(p7);
	len = BIO_get_mem_data(out, &ber);
	assert_int_equal((uint8_t)ber[1], 0x80);
	assert_ok(pem_read(ber, (size_t)len, "x", PEM_STRICT, &got, &why), &why);
	assert_int_equal(got.n, 1);
	assert_true(cert_same(got.at[0], two->a.cert));
}

static void pem_is_written_as_openssl_writes_it(void **state)
{
	const struct two *two = *state;
	auto_BIO out = BIO_new(BIO_s_mem());
	struct fault why = FAULT_INIT;
	X509 *x509;
	char *text;
	long len;

	assert_ok(cert_parse(two->b.cert, &x509, &why), &why);
	PEM_write_bio_X509(out, x509);
	len = BIO_get_mem_data(out, &text);
	assert_bytes(two->pem_b, strlen(two->pem_b), text, (size_t)len);
}

static void der_cannot_hold_two(void **state)
{
	const struct two *two = *state;
	auto_certs both = make_certs(two->a.cert, two->b.cert, NULL);
	auto_buf out = buf_make(LIMIT_PEM_BYTES);
	struct fault why = FAULT_INIT;
	enum pem_encoding encoding;

	assert_true(pem_encoding_named("der", &encoding));
	assert_fault(pem_format_all(&both, encoding, &out, &why), &why, FAULT_USAGE,
		"DER holds exactly one certificate, and there are 2");
	assert_false(pem_encoding_named("DER7", &encoding));
}

/* Each BEGIN asks what else is on its line. */
static void blocks_on_one_long_line_take_no_time(void **state)
{
	static const char block[] = "-----BEGIN X-----x";
	auto_buf text = buf_make(LIMIT_PEM_BYTES);
	auto_certs none = CERTS_INIT;
	struct fault why = FAULT_INIT;
	clock_t start = clock();

	(void)state;
	while (text.len + sizeof(block) < LIMIT_PEM_BYTES / 4)
		buf_add_text(&text, block);
	assert_ok(pem_read(text.bytes, text.len, "x", PEM_LENIENT, &none, &why), &why);
	assert_true(clock() - start < 10 * CLOCKS_PER_SEC);
}

static void too_much_is_a_limit(void **state)
{
	const struct two *two = *state;
	auto_buf text = buf_make(64 * LIMIT_MIB);
	auto_certs got = CERTS_INIT;
	struct fault why = FAULT_INIT;

	for (size_t i = 0; i <= LIMIT_PEM_CERTS; i++)
		buf_add_text(&text, two->pem_a);
	assert_fault(pem_read(text.bytes, text.len, "x", PEM_LENIENT, &got, &why), &why,
		FAULT_LIMIT, "more than 10000 certificates");
	while (text.len <= LIMIT_PEM_BYTES)
		buf_add_text(&text, two->pem_a);
	assert_fault(pem_read(text.bytes, text.len, "x", PEM_LENIENT, &got, &why), &why,
		FAULT_LIMIT, "'x' is larger than");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pem_oddities_are_read),
		cmocka_unit_test(a_trusted_certificate_is_reduced_to_the_certificate),
		cmocka_unit_test(a_damaged_block_is_named_with_its_line),
		cmocka_unit_test(a_lenient_client_skips_what_is_damaged),
		cmocka_unit_test(what_holds_no_certificate_gives_one_sentence),
		cmocka_unit_test(der_is_one_certificate_and_nothing_behind_it),
		cmocka_unit_test(pkcs7_keeps_order_and_bytes),
		cmocka_unit_test(pkcs7_keeps_a_certificate_that_is_not_der_within),
		cmocka_unit_test(pkcs7_with_indefinite_lengths_is_read),
		cmocka_unit_test(pem_is_written_as_openssl_writes_it),
		cmocka_unit_test(der_cannot_hold_two),
		cmocka_unit_test(blocks_on_one_long_line_take_no_time),
		cmocka_unit_test(too_much_is_a_limit),
	};

	return _cmocka_run_group_tests(
		"pem", tests, sizeof(tests) / sizeof(tests[0]), two_make, two_free);
}
