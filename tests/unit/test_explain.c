/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tf_cmocka.h"

#include "src/base/limits.h"
#include "src/sys/fd.h"
#include "src/doctor/explain.h"

/* Compares what is made of one message with its first line, "cause | program | target". */
static void check(const char *wanted, const char *text)
{
	auto_explanation it = {0};
	auto_names got = NAMES_INIT;
	struct fault why = FAULT_INIT;

	assert_ok(explain_text(text, strlen(text), &it, &why), &why);
	assert_ok(names_addf(&got, &why, "%s | %s | %s", it.cause->name,
			  it.program ? it.program->name : "-", it.target ? it.target : "-"),
		&why);
	if (strcmp(got.at[0], wanted) != 0)
		fail_msg("got  %s\nwant %s\nof:\n%s", got.at[0], wanted, text);
	assert_true(it.commands.n > 0);
}

static size_t check_file(const char *path)
{
	auto_buf bytes = buf_make(LIMIT_MESSAGE_BYTES);
	struct fault why = FAULT_INIT;
	size_t n = 0;

	assert_ok(fd_read_file(path, &bytes, &why), &why);
	for (char *at = (char *)bytes.bytes; at; n++) {
		char *wanted = at + strlen("== ");
		char *source = strchr(wanted, '\n');
		char *text = strchr(source + 1, '\n');

		assert_memory_equal(at, "== ", 3);
		assert_memory_equal(source + 1, "# ", 2);
		*source = 0;
		at = strstr(text, "\n== ");
		if (at)
			*at++ = 0;
		check(wanted, text + 1);
	}
	return n;
}

static void real_messages_are_explained(void **state)
{
	(void)state;
	assert_true(check_file("tests/data/messages/made") > 100);
	assert_true(check_file("tests/data/messages/quoted") > 10);
}

static void a_log_tells_what_was_sent(void **state)
{
	static const char log[] =
		"Certificate chain\n"
		" 0 s:CN = app.test\n   i:O = Zscaler Inc., CN = Issuing\n"
		" 1 s:O = Zscaler Inc., CN = Issuing\n   i:O = Zscaler Inc., CN = Root\n"
		"Verify return code: 20 (unable to get local issuer certificate)\n";
	static const char whole[] =
		" 0 s:CN = a.test\n   i:CN = Ro\033ot\n"
		" 1 s:CN = Ro\033ot\n   i:CN = Ro\033ot\n"
		"verify error:num=19:self-signed certificate in certificate chain";
	auto_explanation it = {0}, other = {0};
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(explain_text(log, strlen(log), &it, &why), &why);
	assert_string_equal(it.sent, "2 certificates; the last is issued by 'O = Zscaler Inc., CN "
				     "= Root', which was not "
				     "sent");
	assert_ok(explain_text(whole, strlen(whole), &other, &why), &why);
	assert_string_equal(other.sent,
		"2 certificates; the last is issued by 'CN = Ro\\x1bot', which was sent");
}

static void nothing_known_is_one_sentence(void **state)
{
	static const char *const texts[] = {"", "hello", "error: missing semicolon", "\0\0"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		auto_explanation it = {0};
		struct fault why = FAULT_INIT;

		assert_fault(explain_text(texts[i], strlen(texts[i]), &it, &why), &why,
			FAULT_REFUSED, "recognized");
		assert_null(it.cause);
	}
}

static void the_target_is_none_that_is_only_help(void **state)
{
	(void)state;
	check("untrusted | curl | -",
		"curl: (60) something\nMore: https://curl.se/docs/sslcerts.html");
	check("untrusted | curl | b.test",
		"curl: (60) see https://curl.se/x, of 'https://b.test/y'");
	check("not-tls | Go | [2001:db8::1]:8443",
		"Get \"https://[2001:db8::1]:8443/\": tls: first record does not look like a TLS "
		"handshake");
	check("not-tls | Go | [2001:db8::1]:443",
		"Get \"https://[2001:db8::1]/\": tls: first record does not look like a TLS "
		"handshake");
	check("wrong-host | Go | good.test",
		"x509: certificate is valid for https://evil\033[2J.test, not good.test");
}

static void every_cause_has_its_words(void **state)
{
	(void)state;
	for (const struct cause *cause = explain_causes; cause->name; cause++) {
		assert_non_null(cause->means);
		/* That one is taken from what a log shows. */
		assert_true(cause->phrases[0] || strcmp(cause->name, "issuer-not-sent") == 0);
	}
}

/* The command that failed says how it went there. */
static void the_options_of_a_pasted_command_stay(void **state)
{
	static const struct {
		const char *text, *command;
	} rows[] = {
		{"$ openssl s_client -connect app.test:8443 -proxy p.test:3128 -cert 'my c.pem' "
		 "-key k.pem\nverify error:num=19:self-signed certificate in certificate chain\n",
			"trustfix install --proxy http://p.test:3128 --cert 'my c.pem' --key k.pem "
			"--pin sha256:FINGERPRINT app.test:8443"},
		{"curl -x http://me:secret@p.test:1 https://app.test/\n"
		 "curl: (60) SSL certificate problem: self-signed certificate in certificate "
		 "chain",
			"trustfix install --proxy http://p.test:1 --proxy-auth-file "
			"PROXY-AUTH-FILE --pin sha256:FINGERPRINT app.test"},
		{"curl --cert c.pem --key k.pem https://app.test/\n"
		 "curl: (56) OpenSSL SSL_read: tlsv13 alert certificate required",
			"trustfix probe --cert FILE --key FILE app.test"},
		{"curl --proxy 'x y' https://app.test/\ncurl: (60) certificate problem",
			"trustfix probe app.test"},
		{"curl -x p:3128 https://app.test/\nCONNECT tunnel failed, response 403",
			"trustfix probe --no-proxy app.test"},
		{"curl -x p:3128 https://app.test/\nReceived HTTP code 407 from proxy after "
		 "CONNECT",
			"trustfix probe --proxy http://p:3128 --proxy-auth-file FILE app.test"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_explanation it = {0};
		struct fault why = FAULT_INIT;

		assert_ok(explain_text(rows[i].text, strlen(rows[i].text), &it, &why), &why);
		if (!names_holds(&it.commands, rows[i].command))
			fail_msg("%s: not %s", it.commands.at[it.commands.n > 1], rows[i].command);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_messages_are_explained),
		cmocka_unit_test(the_options_of_a_pasted_command_stay),
		cmocka_unit_test(a_log_tells_what_was_sent),
		cmocka_unit_test(nothing_known_is_one_sentence),
		cmocka_unit_test(the_target_is_none_that_is_only_help),
		cmocka_unit_test(every_cause_has_its_words),
	};

	return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
