/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "src/net/probe.h"
#include "src/net/proxy.h"
#include "tests/unit/tf_cmocka.h"

static const struct {
	const char *text;
	enum url_scheme scheme;
	const char *user;
	const char *password;
	const char *label;
} good[] = {
	{"proxy", URL_HTTP, NULL, NULL, "http://proxy:1080"},
	{"http://Proxy:3128/", URL_HTTP, NULL, NULL, "http://proxy:3128"},
	{"https://p.test", URL_HTTPS, NULL, NULL, "https://p.test:443"},
	{"socks5://[::1]", URL_SOCKS5, NULL, NULL, "socks5://[::1]:1080"},
	{"socks5h://u:p@h:9", URL_SOCKS5H, "u", "p", "socks5h://h:9"},
	{"http://u%40x:p%3A%2f@h:9", URL_HTTP, "u@x", "p:/", "http://h:9"},
	{"http://u:p@q@h:9", URL_HTTP, "u", "p@q", "http://h:9"},
	{"http://u@h:9", URL_HTTP, "u", "", "http://h:9"},
};

static void good_proxies_are_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		auto_url it = URL_INIT;
		struct fault why = FAULT_INIT;

		assert_ok(url_parse(good[i].text, URL_PROXY, &it, &why), &why);
		assert_int_equal(it.scheme, good[i].scheme);
		assert_string_equal(it.label, good[i].label);
		assert_int_equal(!it.user, !good[i].user);
		if (it.user) {
			assert_string_equal(it.user, good[i].user);
			assert_string_equal(it.password, good[i].password);
		}
	}
}

static void bad_proxies_are_refused_without_showing_the_password(void **state)
{
	static const struct {
		const char *text;
		const char *part;
	} bad[] = {
		{"socks4://h", "unknown scheme"},
		{"http://", "the host is missing"},
		{"http://secret:%zz@h", "malformed %XX"},
		{"http://secret%3Ax:y@h", "cannot contain ':'"},
		{"socks5://secret@h", "1 to 255 bytes"},
		{"http://secret:word@h:99999", "from 1 to 65535"},
		{"http://me:secret/word@h:1", "written %2F"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct url it = URL_INIT;
		struct fault why = FAULT_INIT;
		int rc = url_parse(bad[i].text, URL_PROXY, &it, &why);

		assert_null(strstr(why.text, "secret"));
		assert_fault(rc, &why, FAULT_USAGE, bad[i].part);
	}
}

static void credentials_come_from_a_line(void **state)
{
	auto_url it = URL_INIT;
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(url_parse("http://h:1", URL_PROXY, &it, &why), &why);
	assert_ok(url_set_login(&it, "me:pass:word\r\n", &why), &why);
	assert_string_equal(it.user, "me");
	assert_string_equal(it.password, "pass:word");
	assert_fault(url_set_login(&it, "nocolon", &why), &why, FAULT_FORMAT, "no ':'");
	assert_string_equal(it.user, "me");
}

static void what_socks_cannot_hold_is_refused(void **state)
{
	auto_url it = URL_INIT;
	struct fault why = FAULT_INIT;
	char line[300] = "me:";

	(void)state;
	memset(line + 3, 'a', 255);
	assert_ok(url_parse("socks5://h", URL_PROXY, &it, &why), &why);
	assert_ok(url_set_login(&it, line, &why), &why);
	line[258] = 'a';
	assert_fault(url_set_login(&it, line, &why), &why, FAULT_FORMAT, "1 to 255 bytes");
}

/* Compared with curl 7.88.1 --noproxy: the same, but for IPv6 networks, which it overlooks. */
static const struct {
	const char *list;
	const char *host;
	bool is_ip;
	bool excluded;
} lists[] = {
	{"*", "a.test", false, true},
	{"*,b", "a.test", false, false},
	{"a.test", "a.test", false, true},
	{"A.Test", "a.test", false, true},
	{".a.test", "a.test", false, true},
	{"a.test", "www.a.test", false, true},
	{".a.test", "www.a.test", false, true},
	{"a.test", "aa.test", false, false},
	{"a.test.", "a.test", false, true},
	{"x, b.test\ta.test", "a.test", false, true},
	{"b.test a.test", "a.test", false, true},
	{"a.test:443", "a.test", false, false},
	{"127.0.0.1", "127.0.0.1", true, true},
	{"127.0.0.0/8", "127.9.0.1", true, true},
	{"127.0.0.0/8", "128.0.0.1", true, false},
	{"10.0.0.0/9", "10.127.0.1", true, true},
	{"10.0.0.0/9", "10.128.0.1", true, false},
	{"::1", "::1", true, true},
	{"2001:db8::/32", "2001:db8::5", true, true},
	{"2001:db8::/32", "2001:db9::5", true, false},
	{"0.0.0.1", "127.0.0.1", true, false},
	{"", "a.test", false, false},
	{",,, ,", "a.test", false, false},
};

static void no_proxy_is_read_as_curl_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (proxy_is_excluded(lists[i].list, lists[i].host, lists[i].is_ip) !=
			lists[i].excluded)
			fail_msg("'%s' for '%s'", lists[i].list, lists[i].host);
}

/* Exactly these variables, pairs of name and value. */
static void set_environment(const char *const *pairs)
{
	static const char *const names[] = {"http_proxy", "HTTP_PROXY", "https_proxy",
		"HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
	for (; *pairs; pairs += 2)
		setenv(pairs[0], pairs[1], 1);
}

static const struct probe_options asker;
static const struct url a_test = {.host = (char *)"a.test", .port = 443};

static void the_environment_is_read_as_curl_does(void **state)
{
	static const struct {
		const char *environment[7];
		bool for_http;
		const char *label; /* NULL: directly */
	} rows[] = {
		{{NULL}, false, NULL},
		{{"https_proxy", "http://low:1", "HTTPS_PROXY", "http://high:2"}, false,
			"http://low:1"},
		{{"HTTPS_PROXY", "http://high:2", "ALL_PROXY", "http://all:3"}, false,
			"http://high:2"},
		{{"https_proxy", "", "ALL_PROXY", "socks5h://all:3"}, false, "socks5h://all:3"},
		{{"http_proxy", "http://plain:4"}, false, NULL},
		{{"http_proxy", "http://plain:4"}, true, "http://plain:4"},
		{{"HTTP_PROXY", "http://cgi:5"}, true, NULL},
		{{"https_proxy", "http://low:1", "no_proxy", "a.test"}, false, NULL},
		{{"https_proxy", "http://low:1", "NO_PROXY", "test"}, false, NULL},
		{{"https_proxy", "http://low:1", "no_proxy", "b.test", "NO_PROXY", "a.test"}, false,
			"http://low:1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_url it = URL_INIT;
		struct fault why = FAULT_INIT;

		set_environment(rows[i].environment);
		assert_ok(proxy_find(&asker, &a_test, rows[i].for_http, &it, &why), &why);
		if (rows[i].label)
			assert_string_equal(it.label, rows[i].label);
		else
			assert_null(it.host);
	}
}

static void a_variable_that_is_no_proxy_is_named(void **state)
{
	static const char *const environment[] = {"ALL_PROXY", "socks4://h", NULL};
	struct url it = URL_INIT;
	struct fault why = FAULT_INIT;

	(void)state;
	set_environment(environment);
	assert_fault(proxy_find(&asker, &a_test, false, &it, &why), &why, FAULT_USAGE,
		"'ALL_PROXY': proxy 'socks4://h': unknown scheme");
}

/* The environment says no_proxy, and still --proxy is taken, with the login of its own. */
static void an_option_overrides_the_environment(void **state)
{
	static const char *const environment[] = {"no_proxy", "*", NULL};
	struct probe_options options = {.proxy_auth = "file:word"};
	struct fault why = FAULT_INIT;

	(void)state;
	set_environment(environment);
	for (size_t i = 0; i < 2; i++) {
		static const char *const urls[] = {"https://[::1]:9", "https://me:secret@[::1]:9"};
		static const char *const users[] = {"file", "me"};
		auto_url it = URL_INIT;

		options.proxy = urls[i];
		assert_ok(proxy_find(&options, &a_test, false, &it, &why), &why);
		assert_string_equal(it.label, "https://[::1]:9");
		assert_string_equal(it.host, "::1");
		assert_true(it.is_ip);
		assert_string_equal(it.user, users[i]);
		assert_string_equal(it.password, i ? "secret" : "word");
	}
	options = (struct probe_options){.no_proxy = true};
	set_environment((const char *const[]){"https_proxy", "http://h:1", NULL});
	auto_url none = URL_INIT;
	assert_ok(proxy_find(&options, &a_test, false, &none, &why), &why);
	assert_null(none.host);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_proxies_are_understood),
		cmocka_unit_test(bad_proxies_are_refused_without_showing_the_password),
		cmocka_unit_test(credentials_come_from_a_line),
		cmocka_unit_test(what_socks_cannot_hold_is_refused),
		cmocka_unit_test(no_proxy_is_read_as_curl_does),
		cmocka_unit_test(the_environment_is_read_as_curl_does),
		cmocka_unit_test(a_variable_that_is_no_proxy_is_named),
		cmocka_unit_test(an_option_overrides_the_environment),
	};

	return run_group("proxy", tests);
}
