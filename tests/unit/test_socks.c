/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/proxy.h"
#include "tests/unit/script.h"
#include "tests/unit/tf_cmocka.h"

#define BYTES(text) text, sizeof(text) - 1

static const struct url to = {.host = (char *)"a.test", .port = 443, .place = "a.test:443"};
static char user[] = "me", password[] = "pw";

static const struct {
	bool with_login;
	const char *reply;
	size_t len;
	int end; /* -1: the tunnel is open */
	const char *part;
} rows[] = {
	{false, BYTES("\5\0\5\0\0\1\1\2\3\4\5\6"), -1, ""},
	{false, BYTES("\5\0\5\0\0\3\4name\5\6"), -1, ""},
	{false,
		BYTES("\5\0\5\0\0\4"
		      "0123456789abcdef\5\6"),
		-1, ""},
	{true, BYTES("\5\2\1\0\5\0\0\1\1\2\3\4\5\6"), -1, ""},
	{true, BYTES("\5\0\5\0\0\1\1\2\3\4\5\6"), -1, ""},
	{true, BYTES("\5\2\1\1"), PROBE_PROXY_AUTH_REQUIRED, "rejected this user and password"},
	{false, BYTES("\5\xff"), PROBE_PROXY_AUTH_REQUIRED, "requires a SOCKS5 user name"},
	{true, BYTES("\5\xff"), PROBE_PROXY_AUTH_REQUIRED, "accepts neither"},
	{false, BYTES("\5\2"), PROBE_PROXY_REFUSED, "not offered"},
	{false, BYTES("HTTP/1.1 400"), PROBE_PROXY_REFUSED, "does not speak SOCKS5"},
	{false, BYTES("\5\0\5\1\0\1"), PROBE_PROXY_REFUSED, "general failure"},
	{false, BYTES("\5\0\5\2\0\1"), PROBE_PROXY_REFUSED, "not allowed"},
	{false, BYTES("\5\0\5\3\0\1"), PROBE_PROXY_REFUSED, "network unreachable"},
	{false, BYTES("\5\0\5\4\0\1"), PROBE_PROXY_REFUSED, "host unreachable"},
	{false, BYTES("\5\0\5\5\0\1"), PROBE_PROXY_REFUSED, "connection refused"},
	{false, BYTES("\5\0\5\6\0\1"), PROBE_PROXY_REFUSED, "time to live"},
	{false, BYTES("\5\0\5\7\0\1"), PROBE_PROXY_REFUSED, "command not supported"},
	{false, BYTES("\5\0\5\x08\0\1"), PROBE_PROXY_REFUSED, "address type"},
	{false, BYTES("\5\0\5\x99\0\1"), PROBE_PROXY_REFUSED, "unknown reply code"},
	{false, BYTES("\5\0\5\0\0\1\1"), PROBE_PROXY_REFUSED, "closed"},
	{false, BYTES(""), PROBE_PROXY_REFUSED, "closed"},
};

static void each_answer_has_its_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct url proxy = {.scheme = URL_SOCKS5H};
		struct stream stream;
		struct fault why = FAULT_INIT;
		size_t len;
		int rc;

		proxy.user = rows[i].with_login ? user : NULL;
		proxy.password = rows[i].with_login ? password : NULL;
		script_open(&stream, rows[i].reply, rows[i].len);
		rc = proxy_socks_open(&stream, &proxy, &to, &why);
		script_close(&stream, &len);
		if (rows[i].end < 0) {
			assert_ok(rc, &why);
			continue;
		}
		assert_fault(rc, &why, FAULT_PEER, rows[i].part);
		assert_int_equal(stream.end, rows[i].end);
	}
}

static void what_is_sent_follows_the_rfc(void **state)
{
	static const char wanted[] = "\5\2\0\2\1\2me\2pw\5\1\0\3\6a.test\1\xbb";
	struct url proxy = {.scheme = URL_SOCKS5H, .user = user, .password = password};
	struct stream stream;
	struct fault why = FAULT_INIT;
	const char *sent;
	size_t len;

	(void)state;
	script_open(&stream, BYTES("\5\2\1\0\5\0\0\1\1\2\3\4\5\6"));
	assert_ok(proxy_socks_open(&stream, &proxy, &to, &why), &why);
	sent = script_close(&stream, &len);
	assert_bytes(sent, len, wanted, sizeof(wanted) - 1);
}

static void addresses_go_as_addresses(void **state)
{
	uint8_t out[PROXY_SOCKS_REQUEST_MAX];
	char name[300];

	(void)state;
	assert_bytes(out, proxy_socks_request("1.2.3.4", 1, out), "\5\1\0\1\1\2\3\4\0\1", 10);
	assert_int_equal(proxy_socks_request("::1", 1, out), 4 + 16 + 2);
	assert_int_equal(out[3], 4);
	memset(name, 'a', sizeof(name));
	name[255] = '\0';
	assert_int_equal(proxy_socks_request(name, 1, out), PROXY_SOCKS_REQUEST_MAX);
	name[255] = 'a';
	name[256] = '\0';
	assert_int_equal(proxy_socks_request(name, 1, out), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_answer_has_its_sentence),
		cmocka_unit_test(what_is_sent_follows_the_rfc),
		cmocka_unit_test(addresses_go_as_addresses),
	};

	return run_group("socks", tests);
}
