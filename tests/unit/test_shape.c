/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <stdio.h>

#include "src/base/text.h"
#include "src/cert/pem.h"
#include "src/cert/shape.h"
#include "tests/unit/make_cert.h"

static const char letters[SHAPE_READERS + 1] = {
	[SHAPE_OPENSSL] = 'O',
	[SHAPE_CURL] = 'O',
	[SHAPE_NODE] = 'N',
	[SHAPE_GNUTLS] = 'T',
	[SHAPE_GO] = 'G',
	[SHAPE_WEBPKI] = 'W',
	[SHAPE_KEYSTORE] = 'K',
};

/* What stands in a file: %1 is the certificate, %2 another, %B the first's body alone. */
static const struct {
	const char *label, *file;
	const char *wanted; /* who sees the certificate */
} rows[] = {
	{"plain", "%1", "ONTGWK"},
	{"text around", "a\n%1b\n%2c\n", "ONTGWK"},
	{"a byte order mark", "\xef\xbb\xbf%1", "ONTWK"},
	{"a byte order mark before another", "\xef\xbb\xbf%2%1", "ONTGWK"},
	{"a byte order mark behind another", "%2\xef\xbb\xbf%1", "ONTK"},
	{"indented", "  %1", "TK"},
	{"damaged in front", "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n%1",
		"GK"},
	{"damaged behind", "%1-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n", "NGK"},
	{"no END in front", "-----BEGIN CERTIFICATE-----\nMIIB\n%1", "TGK"},
	{"X509 CERTIFICATE", "-----BEGIN X509 CERTIFICATE-----\n%B-----END X509 CERTIFICATE-----\n",
		"ONTK"},
	{"TRUSTED CERTIFICATE",
		"-----BEGIN TRUSTED CERTIFICATE-----\n%B-----END TRUSTED CERTIFICATE-----\n", "OK"},
	{"blank lines", "-----BEGIN CERTIFICATE-----\n\n\n%B-----END CERTIFICATE-----\n", "TGWK"},
	{"a key in front", "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n%1",
		"ONTGWK"},
};

static void add_body(const struct cert *cert, struct buf *out)
{
	auto_buf block = buf_make(8192);
	struct fault why = FAULT_INIT;
	const char *body, *end;

	assert_ok(pem_format(cert, &block, &why), &why);
	body = strchr(buf_text(&block), '\n') + 1;
	end = strstr(body, "-----END");
	buf_add(out, body, (size_t)(end - body));
}

static void write_file(
	const char *form, const struct cert *cert, const struct cert *other, struct buf *out)
{
	struct fault why = FAULT_INIT;

	for (const char *at = form; *at; at++) {
		if (*at != '%')
			buf_add_byte(out, (uint8_t)*at);
		else if (*++at == 'B')
			add_body(cert, out);
		else
			assert_ok(pem_format(*at == '1' ? cert : other, out, &why), &why);
	}
}

static void assert_seen(
	const char *label, const struct buf *file, const struct cert *cert, const char *wanted)
{
	auto_certs certs = CERTS_INIT;
	struct fault why = FAULT_INIT;
	unsigned blind;

	assert_ok(pem_read(file->bytes, file->len, "f", PEM_LENIENT, &certs, NULL, &why), &why);
	if (!certs_hold(&certs, cert))
		fail_msg("%s: nobody sees it", label);
	blind = cert_blind(certs.at[certs_find(&certs, cert)]);
	for (unsigned i = 0; i < SHAPE_READERS; i++)
		if (!(blind & SHAPE_BIT(i)) != !!strchr(wanted, letters[i]))
			fail_msg("%s: %c is not as in %s", label, letters[i], wanted);
}

static void each_reader_takes_what_it_can_read(void **state)
{
	auto_made made = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_made other = make_cert(&(struct recipe){.cn = "Other", .is_ca = true});

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_buf file = buf_make(32768);

		write_file(rows[i].file, made.cert, other.cert, &file);
		assert_seen(rows[i].label, &file, made.cert, rows[i].wanted);
	}
}

static void joined_files_fail_for_the_one_and_the_other(void **state)
{
	auto_made made = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_made other = make_cert(&(struct recipe){.cn = "Other", .is_ca = true});
	auto_buf file = buf_make(32768);

	(void)state;
	write_file("%1", made.cert, NULL, &file);
	file.len--;
	write_file("%1", other.cert, NULL, &file);
	assert_seen("in front", &file, made.cert, "TWK");
	assert_seen("behind", &file, other.cert, "TK");
}

static void bytes_behind_a_certificate_are_left(void **state)
{
	auto_made made = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_buf file = buf_make(32768);
	auto_free char *base64 = NULL;
	uint8_t der[4096] = {0};
	size_t len;
	const uint8_t *bytes = cert_der(made.cert, &len);

	(void)state;
	memcpy(der, bytes, len);
	base64 = text_base64(der, len + 3);
	buf_printf(&file, "-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n", base64);
	assert_seen("trailing", &file, made.cert, "ONK");
}

static void der_is_for_keystores(void **state)
{
	auto_made made = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_buf file = buf_make(32768);
	size_t len;
	const uint8_t *der = cert_der(made.cert, &len);

	(void)state;
	buf_add(&file, der, len);
	assert_seen("DER", &file, made.cert, "K");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_reader_takes_what_it_can_read),
		cmocka_unit_test(joined_files_fail_for_the_one_and_the_other),
		cmocka_unit_test(bytes_behind_a_certificate_are_left),
		cmocka_unit_test(der_is_for_keystores),
	};

	return run_group("shape", tests);
}
