/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "src/net/probe.h"
#include "tests/unit/tf_cmocka.h"

static const struct {
	const char *text;
	enum proxy_scheme scheme;
	const char *user;
	const char *password;
	const char *label;
} good[] = {
	{"proxy", PROXY_HTTP, NULL, NULL, "http://proxy:1080"},
	{"http://Proxy:3128/", PROXY_HTTP, NULL, NULL, "http://proxy:3128"},
	{"https://p.test", PROXY_HTTPS, NULL, NULL, "https://p.test:443"},
	{"socks5://[::1]", PROXY_SOCKS5, NULL, NULL, "socks5://[::1]:1080"},
	{"socks5h://u:p@h:9", PROXY_SOCKS5H, "u", "p", "socks5h://h:9"},
	{"http://u%40x:p%3A%2f@h:9", PROXY_HTTP, "u@x", "p:/", "http://h:9"},
	{"http://u:p@q@h:9", PROXY_HTTP, "u", "p@q", "http://h:9"},
	{"http://u@h:9", PROXY_HTTP, "u", "", "http://h:9"},
};

static void good_proxies_are_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		auto_proxy it = PROXY_INIT;
		struct fault why = FAULT_INIT;

		assert_ok(proxy_parse(good[i].text, &it, &why), &why);
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
		{"http://secret%3Ax:y@h", "cannot hold ':'"},
		{"socks5://secret@h", "1 to 255 bytes"},
		{"http://secret:word@h:99999", "from 1 to 65535"},
		{"http://me:secret/word@h:1", "written %2F"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct proxy it = PROXY_INIT;
		struct fault why = FAULT_INIT;
		int rc = proxy_parse(bad[i].text, &it, &why);

		assert_null(strstr(why.text, "secret"));
		assert_fault(rc, &why, FAULT_USAGE, bad[i].part);
	}
}

static void credentials_come_from_a_line(void **state)
{
	auto_proxy it = PROXY_INIT;
	struct fault why = FAULT_INIT;

	(void)state;
	assert_ok(proxy_parse("http://h:1", &it, &why), &why);
	assert_ok(proxy_set_auth(&it, "me:pass:word\r\n", &why), &why);
	assert_string_equal(it.user, "me");
	assert_string_equal(it.password, "pass:word");
	assert_fault(proxy_set_auth(&it, "nocolon", &why), &why, FAULT_FORMAT, "no ':'");
	assert_string_equal(it.user, "me");
}

static void what_socks_cannot_hold_is_refused(void **state)
{
	auto_proxy it = PROXY_INIT;
	struct fault why = FAULT_INIT;
	char line[300] = "me:";

	(void)state;
	memset(line + 3, 'a', 255);
	assert_ok(proxy_parse("socks5://h", &it, &why), &why);
	assert_ok(proxy_set_auth(&it, line, &why), &why);
	line[258] = 'a';
	assert_fault(proxy_set_auth(&it, line, &why), &why, FAULT_FORMAT, "1 to 255 bytes");
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
		if (route_is_excluded(lists[i].list, lists[i].host, lists[i].is_ip) !=
			lists[i].excluded)
			fail_msg("'%s' for '%s'", lists[i].list, lists[i].host);
}

static const char *const *fake_environment;

static const char *fake_getenv(const char *name)
{
	for (const char *const *at = fake_environment; *at; at += 2)
		if (strcmp(at[0], name) == 0)
			return at[1];
	return NULL;
}

static const struct probe_options asker = {.getenv = fake_getenv};

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
		auto_proxy it = PROXY_INIT;
		struct fault why = FAULT_INIT;

		fake_environment = rows[i].environment;
		assert_ok(route_find(&asker, "a.test", false, rows[i].for_http, &it, &why), &why);
		if (rows[i].label)
			assert_string_equal(it.label, rows[i].label);
		else
			assert_int_equal(it.scheme, PROXY_NONE);
	}
}

static void a_variable_that_is_no_proxy_is_named(void **state)
{
	static const char *const environment[] = {"ALL_PROXY", "socks4://h", NULL};
	struct proxy it = PROXY_INIT;
	struct fault why = FAULT_INIT;

	(void)state;
	fake_environment = environment;
	assert_fault(route_find(&asker, "a.test", false, false, &it, &why), &why, FAULT_USAGE,
		"'ALL_PROXY': proxy URL: unknown scheme");
}

/* The environment says no_proxy, and still --proxy is taken, with the login of its own. */
static void an_option_overrides_the_environment(void **state)
{
	static const char *const environment[] = {"no_proxy", "*", NULL};
	auto_proxy given = PROXY_INIT;
	struct probe_options options = {
		.getenv = fake_getenv, .proxy = &given, .proxy_auth = "file:word"};
	struct fault why = FAULT_INIT;

	(void)state;
	fake_environment = environment;
	for (size_t i = 0; i < 2; i++) {
		static const char *const urls[] = {"https://[::1]:9", "https://me:secret@[::1]:9"};
		static const char *const users[] = {"file", "me"};
		auto_proxy it = PROXY_INIT;

		proxy_free(&given);
		assert_ok(proxy_parse(urls[i], &given, &why), &why);
		assert_ok(route_find(&options, "a.test", false, false, &it, &why), &why);
		assert_string_equal(it.label, "https://[::1]:9");
		assert_string_equal(it.host, "::1");
		assert_true(it.is_ip);
		assert_string_equal(it.user, users[i]);
		assert_string_equal(it.password, i ? "secret" : "word");
	}
	options = (struct probe_options){.getenv = fake_getenv, .no_proxy = true};
	fake_environment = (const char *const[]){"https_proxy", "http://h:1", NULL};
	auto_proxy none = PROXY_INIT;
	assert_ok(route_find(&options, "a.test", false, false, &none, &why), &why);
	assert_int_equal(none.scheme, PROXY_NONE);
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

	return run_group("route", tests);
}
