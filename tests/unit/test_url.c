/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "src/base/limits.h"
#include "src/net/url.h"
#include "tests/unit/tf_cmocka.h"

static const struct {
	const char *text;
	enum url_scheme scheme;
	const char *host;
	uint16_t port;
	bool is_ip;
	const char *label;
} good[] = {
	{"example.com", URL_HTTPS, "example.com", 443, false, "example.com:443"},
	{"EXAMPLE.com.:8443", URL_HTTPS, "example.com", 8443, false, "example.com:8443"},
	{"https://Example.com/a/b?c#d", URL_HTTPS, "example.com", 443, false, "example.com:443"},
	{"HTTPS://a.test:1", URL_HTTPS, "a.test", 1, false, "a.test:1"},
	{"192.0.2.1", URL_HTTPS, "192.0.2.1", 443, true, "192.0.2.1:443"},
	{"[::1]:4433", URL_HTTPS, "::1", 4433, true, "[::1]:4433"},
	{"[2001:DB8:0:0::1]", URL_HTTPS, "2001:db8::1", 443, true, "[2001:db8::1]:443"},
	{"xn--bcher-kva.test", URL_HTTPS, "xn--bcher-kva.test", 443, false,
		"xn--bcher-kva.test:443"},
	{"a_b.test", URL_HTTPS, "a_b.test", 443, false, "a_b.test:443"},
	{"smtp://mail.test", URL_SMTP, "mail.test", 25, false, "smtp://mail.test:25"},
	{"imap://m.test", URL_IMAP, "m.test", 143, false, "imap://m.test:143"},
	{"pop3://m.test", URL_POP3, "m.test", 110, false, "pop3://m.test:110"},
	{"ftp://m.test", URL_FTP, "m.test", 21, false, "ftp://m.test:21"},
	{"ldap://m.test", URL_LDAP, "m.test", 389, false, "ldap://m.test:389"},
	{"postgres://m.test/db", URL_POSTGRES, "m.test", 5432, false, "postgres://m.test:5432"},
	{"mysql://m.test", URL_MYSQL, "m.test", 3306, false, "mysql://m.test:3306"},
	{"xmpp://[::1]", URL_XMPP, "::1", 5222, true, "xmpp://[::1]:5222"},
	{"smtp://m.test:587", URL_SMTP, "m.test", 587, false, "smtp://m.test:587"},
};

static const struct {
	const char *text;
	const char *part;
} bad[] = {
	{"", "the host is missing"},
	{":443", "the host is missing"},
	{".", "the host is missing"},
	{"https://", "the host is missing"},
	{"http://a.test", "did you mean https://"},
	{"gopher://a.test", "unknown scheme"},
	{"imaps://a.test", "write HOST:PORT"},
	{"averyveryverylongscheme://a.test", "unknown scheme"},
	{"a.test:0", "from 1 to 65535"},
	{"a.test:65536", "from 1 to 65535"},
	{"a.test:", "from 1 to 65535"},
	{"a.test:44x", "from 1 to 65535"},
	{"a.test:000000443", "from 1 to 65535"},
	{"::1", "in brackets"},
	{"[::1", "']' is missing"},
	{"[::1]x", "only a port"},
	{"[a.test]", "no IPv6 address"},
	{"a..test", "1 to 63 characters"},
	{"a.test..", "1 to 63 characters"},
	{"a b.test", "letters, digits"},
	{"/etc/passwd", "a path needs https://"},
	{"a.test/path", "a path needs https://"},
	{"a.test:443/path", "a path needs https://"},
	{"b\xc3\xbc"
	 "cher.test",
		"ASCII form"},
	{"1.2.3", "looks like an IPv4"},
	{"256.1.1.1", "looks like an IPv4"},
	{"https://me@a.test", "user name"},
	{"https://me:secret@a.test", "'a.test': a user name"},
	{"postgresql://me:secret@a.test/db", "'a.test/db': unknown scheme"},
	{"a\x1b[31m.test", "\\x1b"},
};

static void good_targets_are_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		auto_url it = URL_INIT;
		struct fault why = FAULT_INIT;

		assert_ok(url_parse(good[i].text, URL_TARGET, &it, &why), &why);
		assert_int_equal(it.scheme, good[i].scheme);
		assert_string_equal(it.host, good[i].host);
		assert_int_equal(it.port, good[i].port);
		assert_int_equal(it.is_ip, good[i].is_ip);
		assert_string_equal(it.label, good[i].label);
	}
}

static void bad_targets_are_refused_with_their_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct url it = URL_INIT;
		struct fault why = FAULT_INIT;

		assert_fault(url_parse(bad[i].text, URL_TARGET, &it, &why), &why, FAULT_USAGE,
			bad[i].part);
		assert_null(it.host);
		assert_null(strstr(why.text, "secret"));
	}
}

static void lengths_have_ends(void **state)
{
	char text[LIMIT_URL_LEN + 2];
	struct url it = URL_INIT;
	struct fault why = FAULT_INIT;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_fault(url_parse(text, URL_TARGET, &it, &why), &why, FAULT_USAGE, "longer than 2048");
	text[64] = '\0';
	assert_fault(
		url_parse(text, URL_TARGET, &it, &why), &why, FAULT_USAGE, "1 to 63 characters");
	for (size_t i = 1; i < 300; i += 2)
		text[i] = '.';
	text[64] = 'a';
	text[255] = '\0';
	assert_fault(url_parse(text, URL_TARGET, &it, &why), &why, FAULT_USAGE, "at most 253");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_targets_are_understood),
		cmocka_unit_test(bad_targets_are_refused_with_their_rule),
		cmocka_unit_test(lengths_have_ends),
	};

	return run_group("url", tests);
}
