/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "src/net/http.h"
#include "tests/unit/script.h"
#include "tests/unit/tf_cmocka.h"

static const struct {
	const char *reply;
	int end; /* -1: the tunnel is open */
	const char *part;
} plain[] = {
	{"HTTP/1.1 200 Connection established\r\n\r\n", -1, ""},
	{"HTTP/1.0 204 x\n\n", -1, ""},
	{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", -1, ""},
	{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 x\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", -1,
		""},
	{"HTTP/1.1 403 For\x1b[2Jbidden\r\n\r\n", PROBE_PROXY_REFUSED, "403 For\\x1b[2Jbidden"},
	{"HTTP/1.1 302 Found\r\nLocation: http://login/\r\n\r\n", PROBE_PROXY_REFUSED, "302 Found"},
	{"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"a, Digest b\"\r\n\r\n",
		PROBE_PROXY_AUTH_REQUIRED, "(offered: Basic)"},
	{"HTTP/1.1 407 No\r\nproxy-authenticate: Negotiate, NTLM\r\nProxy-Authenticate: Digest "
	 "realm=\"x\", nonce=\"y\", Basic realm=z\r\n\r\n",
		PROBE_PROXY_AUTH_REQUIRED, "(offered: Negotiate, NTLM, Digest, Basic)"},
	{"HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate YIIabc==\r\n\r\n",
		PROBE_PROXY_AUTH_REQUIRED,
		"unsupported authentication scheme (offered: Negotiate)"},
	{"HTTP/1.1 407 No\r\n\r\n", PROBE_PROXY_AUTH_REQUIRED, "none named"},
	{"HTTP/1.0 401 Unauthorized\r\nServer: tinyproxy/1.11.1\r\nContent-Type: text/html\r\n"
	 "WWW-Authenticate: Basic realm=\"Tinyproxy\"\r\nConnection: close\r\n\r\n",
		PROBE_PROXY_AUTH_REQUIRED, "requires a user and password"},
	{"SSH-2.0-x\r\n\r\n", PROBE_PROXY_REFUSED, "not HTTP"},
	{"HTTP/1.1 20\r\n\r\n", PROBE_PROXY_REFUSED, "not HTTP"},
	{"HTTP/1.1 200 OK\r\nA: b", PROBE_PROXY_REFUSED, "closed"},
	{"", PROBE_PROXY_REFUSED, "closed"},
};

static const struct url to = {.host = (char *)"::1", .port = 443, .place = "[::1]:443"};

static void replies_are_understood(void **state)
{
	static const struct url proxy = {.scheme = URL_HTTP};

	(void)state;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		struct stream stream;
		struct fault why = FAULT_INIT;
		size_t len;
		int rc;

		script_open(&stream, plain[i].reply, strlen(plain[i].reply));
		rc = http_connect(&stream, &proxy, &to, &why);
		assert_string_equal(script_close(&stream, &len),
			"CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\nUser-Agent: "
			"trustfix/" TRUSTFIX_VERSION "\r\n\r\n");
		if (plain[i].end < 0) {
			assert_ok(rc, &why);
			continue;
		}
		assert_fault(rc, &why, FAULT_PEER, plain[i].part);
		assert_int_equal(stream.end, plain[i].end);
	}
}

static void credentials_go_along_and_a_refusal_of_them_is_told(void **state)
{
	static char user[] = "Aladdin", password[] = "open sesame";
	const struct url proxy = {.scheme = URL_HTTP, .user = user, .password = password};
	static const char reply[] = "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\n\r\n";
	struct stream stream;
	struct fault why = FAULT_INIT;
	size_t len;
	int rc;

	(void)state;
	script_open(&stream, reply, strlen(reply));
	rc = http_connect(&stream, &proxy, &to, &why);
	assert_non_null(strstr(script_close(&stream, &len),
		"\r\nProxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n"));
	assert_fault(rc, &why, FAULT_PEER, "rejected this user and password (offered: Basic)");
	assert_int_equal(stream.end, PROBE_PROXY_AUTH_REQUIRED);
}

/* What the server behind a proxy says first must be there for the next reader. */
static void nothing_behind_the_blank_line_is_read(void **state)
{
	static const struct url proxy = {.scheme = URL_HTTP};
	static const char reply[] = "HTTP/1.1 200 OK\r\n\r\n220 mail";
	struct stream stream;
	struct fault why = FAULT_INIT;
	char rest[8];
	size_t len;

	(void)state;
	script_open(&stream, reply, strlen(reply));
	assert_ok(http_connect(&stream, &proxy, &to, &why), &why);
	assert_ok(stream_read_exact(&stream, rest, 8, &why), &why);
	assert_memory_equal(rest, "220 mail", 8);
	script_close(&stream, &len);
}

static void endless_headers_have_an_end(void **state)
{
	static const struct url proxy = {.scheme = URL_HTTP};
	static char reply[70000] = "HTTP/1.1 200 OK\r\n";
	struct stream stream;
	struct fault why = FAULT_INIT;
	size_t len;

	(void)state;
	for (size_t i = strlen(reply); i + 6 < sizeof(reply); i += 6)
		memcpy(reply + i, "A: b\r\n", 6);
	script_open(&stream, reply, strlen(reply));
	assert_fault(http_connect(&stream, &proxy, &to, &why), &why, FAULT_LIMIT, "is too long");
	script_close(&stream, &len);
	memset(reply + 17, 'a', sizeof(reply) - 18);
	script_open(&stream, reply, strlen(reply));
	assert_fault(
		http_connect(&stream, &proxy, &to, &why), &why, FAULT_LIMIT, "a line of more than");
	script_close(&stream, &len);
}

static void chunk_sizes_are_hexadecimal(void **state)
{
	uint64_t size = 0;

	(void)state;
	assert_true(http_chunk_size("1aF", 1000, &size));
	assert_int_equal(size, 0x1af);
	assert_true(http_chunk_size("0;x=y", 1000, &size));
	assert_int_equal(size, 0);
	assert_false(http_chunk_size("", 1000, &size));
	assert_false(http_chunk_size("-1", 1000, &size));
	assert_false(http_chunk_size("3e9", 1000, &size));
	assert_false(http_chunk_size("ffffffffffffffffff", UINT64_MAX / 16, &size));
}

static void bodies_end_in_three_ways(void **state)
{
	static const char *const replies[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloX",
		("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		 "2\r\nhe\r\n3;a\r\nllo\r\n0\r\n\r\n"),
		"HTTP/1.1 200 OK\r\n\r\nhello",
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		auto_http_reply reply = {0};
		struct stream stream;
		struct fault why = FAULT_INIT;
		size_t len;

		script_open(&stream, replies[i], strlen(replies[i]));
		assert_ok(http_read_reply(&stream, &reply, &why), &why);
		assert_ok(http_read_body(&stream, &reply, 5, &why), &why);
		assert_string_equal(buf_text(&reply.body), "hello");
		script_close(&stream, &len);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies_are_understood),
		cmocka_unit_test(credentials_go_along_and_a_refusal_of_them_is_told),
		cmocka_unit_test(nothing_behind_the_blank_line_is_read),
		cmocka_unit_test(endless_headers_have_an_end),
		cmocka_unit_test(chunk_sizes_are_hexadecimal),
		cmocka_unit_test(bodies_end_in_three_ways),
	};

	return run_group("http", tests);
}
