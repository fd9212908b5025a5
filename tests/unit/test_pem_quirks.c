/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include <stdio.h>

#include "src/base/text.h"
#include "src/x509/pem.h"
#include "src/x509/pem_quirks.h"
#include "tests/unit/make_cert.h"

static const char letters[PEM_READERS + 1] = {
	[PEM_QUIRK_OPENSSL] = 'O',
	[PEM_QUIRK_CURL] = 'O',
	[PEM_QUIRK_NODE] = 'N',
	[PEM_QUIRK_GNUTLS] = 'T',
	[PEM_QUIRK_GO] = 'G',
	[PEM_QUIRK_WEBPKI] = 'W',
	[PEM_QUIRK_KEYSTORE] = 'K',
};

/*
 * What stands in a file: %1 is the certificate, %2 another, %B and %O their bodies alone, %j the
 * first without its last newline, %0 a NUL.
 */
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
	{"cut off in front", "-----BEGIN CERTIFICATE-----\nMIIB\n%1", "GK"},
	{"no END in front", "-----BEGIN CERTIFICATE-----\n%O%1", "TGK"},
	{"a lone BEGIN in front", "-----BEGIN CERTIFICATE-----\n%1", "GK"},
	{"a lone BEGIN behind", "%1-----BEGIN CERTIFICATE-----\n", "NGK"},
	{"a lone END in front", "-----END CERTIFICATE-----\n%1", "ONTGWK"},
	{"text behind END", "%j junk\n", "TWK"},
	{"base64 on the BEGIN line", "-----BEGIN CERTIFICATE-----%B-----END CERTIFICATE-----\n",
		"TK"},
	{"text before BEGIN", "x%1", "TK"},
	{"a byte order mark behind text", "# x\n\xef\xbb\xbf%1", "TK"},
	{"quoted in front",
		"> -----BEGIN CERTIFICATE-----\n> MIIB\n> -----END CERTIFICATE-----\n%1", "ONGWK"},
	{"a NUL in front", "%0\n%1", "TGWK"},
	{"a NUL behind", "%1%0\n", "ONTGWK"},
	{"X509 CERTIFICATE", "-----BEGIN X509 CERTIFICATE-----\n%B-----END X509 CERTIFICATE-----\n",
		"ONTK"},
	{"TRUSTED CERTIFICATE",
		"-----BEGIN TRUSTED CERTIFICATE-----\n%B-----END TRUSTED CERTIFICATE-----\n", "OK"},
	{"blank lines", "-----BEGIN CERTIFICATE-----\n\n\n%B-----END CERTIFICATE-----\n", "TGWK"},
	{"a key cut off in front",
		"-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n%1", "NTGWK"},
	{"a key that is no base64",
		"-----BEGIN PRIVATE KEY-----\nM!\n-----END PRIVATE KEY-----\n%1", "TGK"},
	{"an encrypted key in front",
		"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE "
		"KEY-----\n%1",
		"ONTGWK"},
	{"headers and a key",
		"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIIB\n-----END RSA "
		"PRIVATE KEY-----\n%1",
		"ONTGWK"},
	{"an unknown block in front", "-----BEGIN X-----\nMIIB\n-----END X-----\n%1", "ONTGWK"},
	{"an empty block in front", "-----BEGIN X-----\n-----END X-----\n%1", "TGK"},
	{"a request in front",
		"-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE "
		"REQUEST-----\n%1",
		"ONGWK"},
	{"a damaged request in front",
		"-----BEGIN CERTIFICATE REQUEST-----\nM!\n-----END CERTIFICATE REQUEST-----\n%1",
		"GK"},
	{"a request on one line in front",
		"-----BEGIN CERTIFICATE REQUEST-----\rMIIB\r-----END CERTIFICATE "
		"REQUEST-----\r\n%1",
		"GK"},
	{"a block on one line in front", "-----BEGIN X-----\rMIIB\r-----END X-----\r\n%1", "TGK"},
	{"a BEGIN with more dashes", "-----BEGIN X----- -----\nMIIB\n-----END X-----\n%1", "TGK"},
	{"a BEGIN cut off behind", "%1-----BEGIN CERTIFICATE---", "ONGK"},
	{"a BEGIN cut off in front", "-----BEGIN CERTIFICATE\n%2%1", "ONGK"},
	{"X509 CERTIFICATE before another",
		"-----BEGIN X509 CERTIFICATE-----\n%B-----END X509 CERTIFICATE-----\n%2", "ONK"},
	{"X509 CERTIFICATE behind another",
		"%2-----BEGIN X509 CERTIFICATE-----\n%B-----END X509 CERTIFICATE-----\n", "ONTK"},
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
		else if (*++at == 'B' || *at == 'O')
			add_body(*at == 'B' ? cert : other, out);
		else if (*at == '0')
			buf_add_byte(out, 0);
		else
			assert_ok(pem_format(*at == '2' ? other : cert, out, &why), &why);
		out->len -= *at == 'j';
	}
}

static void assert_seen(
	const char *label, const struct buf *file, const struct cert *cert, const char *wanted)
{
	auto_certs certs = CERTS_INIT;
	struct fault why = FAULT_INIT;
	unsigned blind;

	assert_ok(pem_read(file->bytes, file->len, "f", PEM_LENIENT, &certs, &why), &why);
	if (!certs_hold(&certs, cert))
		fail_msg("%s: nobody sees it", label);
	blind = certs.at[certs_find(&certs, cert)]->hidden_from;
	for (unsigned i = 0; i < PEM_READERS; i++)
		if (!(blind & PEM_QUIRK_BIT(i)) != !!strchr(wanted, letters[i]))
			fail_msg("%s: %c is not as in %s", label, letters[i], wanted);
}

static void each_client_takes_what_it_can_read(void **state)
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

static void the_reason_is_told_with_the_line(void **state)
{
	static const struct {
		const char *file;
		unsigned clients;
		const char *says;
	} said[] = {
		{"# x\n%j%2", PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL) | PEM_QUIRK_BIT(PEM_QUIRK_GO),
			"OpenSSL loads nothing of '/x\\x0a': line 12: END and BEGIN on one line"},
		{"%j%2", PEM_QUIRK_BIT(PEM_QUIRK_GNUTLS) | PEM_QUIRK_BIT(PEM_QUIRK_GO), ""},
		{"%1", PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL), ""},
		{"a\nb\n-----BEGIN CERTIFICATE-----\n%1", PEM_QUIRK_BIT(PEM_QUIRK_GNUTLS),
			"GnuTLS loads nothing of '/x\\x0a': line 3: a damaged certificate"},
		{"a\n-----BEGIN CERTIFICATE-----\n%1", PEM_QUIRK_BIT(PEM_QUIRK_NODE),
			"Node.js stops reading '/x\\x0a' at line 2: no END line for this BEGIN"},
		{"text\n", PEM_QUIRK_BIT(PEM_QUIRK_GO),
			"Go loads nothing of '/x\\x0a': line 1: no certificate in PEM"},
	};
	auto_made made = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_made other = make_cert(&(struct recipe){.cn = "Other", .is_ca = true});
	struct fault why = FAULT_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		auto_buf file = buf_make(32768);
		auto_certs certs = CERTS_INIT;
		char says[PEM_QUIRK_WHY_LEN];

		write_file(said[i].file, made.cert, other.cert, &file);
		assert_ok(pem_read(file.bytes, file.len, "/x\n", PEM_LENIENT, &certs, &why), &why);
		assert_int_equal(pem_quirk_file_says(certs.file, said[i].clients, says),
			said[i].says[0] != 0);
		assert_string_equal(says, said[i].says);
	}
}

static void a_mended_file_is_loaded_by_everybody(void **state)
{
	/* The wanted one is %2. */
	static const struct {
		const char *before, *after;
	} files[] = {
		{"%j%2", "%1%2"},
		{"%j  %2# end\n", "%1%2# end\n"},
		{"# a\n%1\n\n%2", "# a\n%1\n\n%2"},
		{"%j junk\n%2", "%1junk\n%2"},
		{"-----BEGIN CERTIFICATE-----\n%B%2", "%1%2"},
		{"-----BEGIN CERTIFICATE-----\n\n\n%B-----END CERTIFICATE-----\n%2", "%1%2"},
		{"\xef\xbb\xbf%1%2", "\xef\xbb\xbf%1%2"},
		{"\xef\xbb\xbf%2", "\xef\xbb\xbf\n%2"},
		{"%1  %2", "%1  \n%2"},
		{"-----BEGIN X509 CERTIFICATE-----\n%O-----END X509 CERTIFICATE-----\n", "%2"},
		{"-----BEGIN X509 CERTIFICATE-----\n%B-----END X509 CERTIFICATE-----\n%2", "%1%2"},
		{"-----BEGIN CERTIFICATE-----\n%B-----END CERTIF%2", "%1%2"},
		{"-----BEGIN X-----\nMIIB\n-----END X-----%2",
			"-----BEGIN X-----\nMIIB\n-----END X-----\n%2"},
		{"-----BEGIN TRUSTED CERTIFICATE-----\n%B-----END TRUSTED CERTIFICATE-----%2",
			"-----BEGIN TRUSTED CERTIFICATE-----\n%B-----END TRUSTED "
			"CERTIFICATE-----\n%2"},
	};
	auto_made made = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_made other = make_cert(&(struct recipe){.cn = "Other", .is_ca = true});
	struct fault why = FAULT_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct pem_wanted wanted = {.cert = other.cert};
		auto_buf before = buf_make(32768), after = buf_make(32768), got = buf_make(32768);

		write_file(files[i].before, made.cert, other.cert, &before);
		write_file(files[i].after, made.cert, other.cert, &after);
		assert_ok(pem_mend(&before, "/x", &wanted, &got, &why), &why);
		assert_true(wanted.held);
		if (got.len != after.len || memcmp(got.bytes, after.bytes, got.len) != 0)
			fail_msg("row %zu: '%s'", i, buf_text(&got));
		assert_seen("mended", &got, other.cert, "ONTGWK");
	}
}

#define A64 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static void what_cannot_be_mended_is_named(void **state)
{
	static const struct {
		const char *file, *reason;
	} files[] = {
		{"%1-----BEGIN CERTIFICATE-----\n%2",
			"'/x': line 12: no END line for this BEGIN; rep"},
		{"%j%2-----BEGIN CERTIFICATE-----\nM!\n-----END CERTIFICATE-----\n",
			"'/x': line 22: a damaged certificate; repair or remove that block first"},
		{"%1-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n",
			"'/x': line 12: a damaged block"},
		{"-----BEGIN X-----\r" A64 A64 A64 A64 "\r-----END X-----\r%2",
			"'/x': line 1: more text on the BEGIN line; repair"},
		{"%1\n%0\n%2",
			"OpenSSL stops reading '/x' at line 13: a line that begins with a NUL"},
		{"-%0-%0-%0-%0-%0B%0E%0G%0I%0N%0", "'/x': line 1: UTF-16, which no client loads"},
		{"\n <!DOCTYPE html>\n", "'/x': line 1: HTML or XML, and no certificate in it"},
		{"0\x03\x02\x01\x05", "'/x' is not PEM"},
	};
	auto_made made = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_made other = make_cert(&(struct recipe){.cn = "Other", .is_ca = true});
	struct fault why = FAULT_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct pem_wanted wanted = {.cert = other.cert};
		auto_buf file = buf_make(32768), got = buf_make(32768);

		write_file(files[i].file, made.cert, other.cert, &file);
		assert_fault(pem_mend(&file, "/x", &wanted, &got, &why), &why, FAULT_FORMAT,
			files[i].reason);
	}
}

static void bytes_behind_a_certificate_are_left(void **state)
{
	auto_made made = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_buf file = buf_make(32768);
	auto_free char *base64 = NULL;
	uint8_t der[4096] = {0};
	size_t len = made.cert->der.left;
	const uint8_t *bytes = made.cert->der.at;

	(void)state;
	memcpy(der, bytes, len);
	base64 = digest_base64(der, len + 3);
	buf_printf(&file, "-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n", base64);
	assert_seen("trailing", &file, made.cert, "ONK");
}

static void der_is_for_keystores(void **state)
{
	auto_made made = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_buf file = buf_make(32768);
	size_t len = made.cert->der.left;
	const uint8_t *der = made.cert->der.at;

	(void)state;
	buf_add(&file, der, len);
	assert_seen("DER", &file, made.cert, "K");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_client_takes_what_it_can_read),
		cmocka_unit_test(joined_files_fail_for_the_one_and_the_other),
		cmocka_unit_test(the_reason_is_told_with_the_line),
		cmocka_unit_test(a_mended_file_is_loaded_by_everybody),
		cmocka_unit_test(what_cannot_be_mended_is_named),
		cmocka_unit_test(bytes_behind_a_certificate_are_left),
		cmocka_unit_test(der_is_for_keystores),
	};

	return run_group("shape", tests);
}
