/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/x509/pem.h"
#include "src/net/aia.h"
#include "tests/unit/tf_cmocka.h"
#include "tests/unit/tls_peer.h"

/* A leaf of `issuer` that names http://HOST:port/ca as its issuer's place. */
static struct cert *leaf_naming(const struct made *issuer, const char *host, uint16_t port)
{
	auto_made made = make_cert(&(struct recipe){.cn = "a.test", .issuer = issuer});
	auto_free uint8_t *der = NULL;
	struct fault why = FAULT_INIT;
	struct cert *cert = NULL;
	X509 *x509 = NULL;
	X509_EXTENSION *extension;
	char value[64];
	int len;

	assert_ok(cert_parse(made.cert, &x509, &why), &why);
	x509 = X509_dup(x509);
	snprintf(value, sizeof(value), "caIssuers;URI:http://%s:%u/ca", host, port);
	extension = X509V3_EXT_conf_nid(NULL, NULL, NID_info_access, value);
	assert_int_equal(X509_add_ext(x509, extension, -1), 1);
	assert_true(X509_sign(x509, issuer->key, EVP_sha256()) > 0);
	len = i2d_X509(x509, &der);
	assert_ok(cert_make(der, (size_t)len, &cert, &why), &why);
	X509_EXTENSION_free(extension);
	X509_free(x509);
	return cert;
}

enum body {
	BODY_DER,
	BODY_PEM,
	BODY_STRANGER,
	BODY_HTML,
	BODY_REDIRECT_LOOP,
	BODY_LARGE,
	BODY_404,
	BODY_407
};

/* Replies without a body. */
static const char *const bare[] = {
	[BODY_REDIRECT_LOOP] = "HTTP/1.1 302 Found\r\nLocation: /ca\r\n\r\n",
	[BODY_404] = "HTTP/1.1 404 Not Found\r\n\r\n",
	[BODY_407] = "HTTP/1.1 407 Log In\r\nProxy-Authenticate: Basic realm=x\r\n\r\n",
};

static void body_make(enum body kind, const struct made *issuer, struct buf *ret)
{
	auto_made stranger = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	struct cert *cert = kind == BODY_STRANGER ? stranger.cert : issuer->cert;
	struct fault why = FAULT_INIT;
	const uint8_t *der;
	size_t len;

	if (bare[kind]) {
		buf_add_text(ret, bare[kind]);
		return;
	}
	buf_add_text(ret, "HTTP/1.1 200 OK\r\n\r\n");
	len = cert->der.left;
	der = cert->der.at;
	if (kind == BODY_PEM)
		assert_ok(pem_format(cert, ret, &why), &why);
	else if (kind == BODY_HTML)
		buf_add_text(ret, "<html>hello</html>");
	else if (kind == BODY_LARGE)
		memset(buf_extend(ret, 200000), 'x', 200000);
	else
		buf_add(ret, der, len);
}

/* What the peer's road is, and the road of the fetch. */
struct roads {
	const char *peer_address;
	const char *via; /* the host of its proxy, whose port is the server's; NULL: none */
	const char *fetch_by; /* a proxy's scheme at the server's port; NULL: directly */
};

static size_t fetch_by(const struct made *issuer, enum body kind, const char *host,
	const struct roads *roads, struct fault *missed)
{
	auto_buf body = buf_make(1 << 20);
	auto_certs got = CERTS_INIT;
	auto_prober prober = NULL;
	struct probe_options options = {.no_proxy = !roads->fetch_by, .timeout_ms = 3000};
	struct probe probe = {.left_ms = 3000, .address = (char *)roads->peer_address};
	char proxy[64], via[64];
	struct fault why = FAULT_INIT;
	struct tls_peer *peer;

	body_make(kind, issuer, &body);
	peer = tls_peer_start(
		&(struct tls_peer_way){.says = (const char *)body.bytes, .says_len = body.len});
	auto_cert leaf = leaf_naming(issuer, host, tls_peer_port(peer));
	if (roads->fetch_by) {
		snprintf(proxy, sizeof(proxy), "%s://127.0.0.1:%u", roads->fetch_by,
			tls_peer_port(peer));
		options.proxy = proxy;
	}
	if (roads->via) {
		snprintf(via, sizeof(via), "http://%s:%u", roads->via, tls_peer_port(peer));
		probe.via = via;
	}
	assert_ok(prober_make(&options, &prober, &why), &why);
	assert_ok(aia_fetch(prober, &probe, leaf, &got, missed, &why), &why);
	if (got.n)
		assert_true(cert_same(got.at[0], issuer->cert));
	tls_peer_stop(peer);
	return got.n;
}

static size_t fetch(const struct made *issuer, enum body kind, const char *host,
	const char *peer_address, struct fault *missed)
{
	return fetch_by(issuer, kind, host, &(struct roads){peer_address, NULL, NULL}, missed);
}

static void only_what_really_signed_is_taken(void **state)
{
	static const struct {
		enum body kind;
		const char *missed; /* NULL: taken */
	} rows[] = {
		{BODY_DER, NULL},
		{BODY_PEM, NULL},
		{BODY_STRANGER, "did not sign"},
		{BODY_HTML, "no certificate in the answer"},
		{BODY_REDIRECT_LOOP, "more than 5 redirects"},
		{BODY_LARGE, "102400"},
		{BODY_404, "404 Not Found"},
		{BODY_407, "the server answered '407 Log In'"},
	};
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fault missed = FAULT_INIT;
		size_t n = fetch(&root, rows[i].kind, "127.0.0.1", "127.0.0.1:443", &missed);

		if (n != !rows[i].missed ||
			(rows[i].missed && !strstr(missed.text, rows[i].missed)))
			fail_msg("row %zu: %zu fetched, '%s'", i, n, missed.text);
	}
}

static void a_far_peer_cannot_send_us_near(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	struct fault missed = FAULT_INIT;

	(void)state;
	assert_int_equal(fetch(&root, BODY_DER, "127.0.0.1", "192.0.2.1:443", &missed), 0);
	assert_int_equal(missed.kind, FAULT_REFUSED);
	fault_clear(&missed);
	assert_int_equal(fetch(&root, BODY_DER, "localhost", "192.0.2.1:443", &missed), 0);
	assert_int_equal(missed.kind, FAULT_REFUSED);
	fault_clear(&missed);
	assert_int_equal(fetch(&root, BODY_DER, "169.254.169.254", "127.0.0.1:443", &missed), 0);
	assert_int_equal(missed.kind, FAULT_REFUSED);
}

/* Near means near to whoever fetches. */
static void no_proxy_of_the_peer_sends_us_near(void **state)
{
	static const struct {
		const char *via, *fetch_by, *host;
		bool fetches;
	} rows[] = {
		{"127.0.0.1", NULL, "127.0.0.1", false},
		{"127.0.0.1", NULL, "127.1", false},
		{"127.0.0.1", NULL, "2130706433", false},
		{"127.0.0.1", NULL, "0x7f.1", false},
		{"127.0.0.1", NULL, "[::1]", false},
		{"127.0.0.1", NULL, "[::ffff:127.0.0.1]", false},
		{"127.0.0.1", NULL, "localhost", false},
		{"127.0.0.1", NULL, "a.localhost", false},
		{"127.0.0.1", NULL, "10.0.0.1", false},
		{"127.0.0.1", NULL, "192.168.0.1", false},
		{"127.0.0.1", NULL, "169.254.169.254", false},
		{"proxy.test", "http", "127.0.0.1", false},
		{"proxy.test", "http", "127.1", false},
		{"proxy.test", "http", "localhost", false},
		{"proxy.test", "http", "10.1.2.3", false},
		{"127.0.0.1", "http", "127.0.0.1", true},
		{"127.0.0.1", "http", "10.1.2.3", true},
		{"127.0.0.1", "http", "169.254.169.254", false},
		{"127.0.0.1", "http", "0xa9fea9fe", false},
		{NULL, "http", "127.0.0.1", false},
		{NULL, "http", "localhost", false},
		{NULL, "http", "127.1", false},
		{NULL, "http", "ca.test", true},
	};
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct roads roads = {"192.0.2.1:443", rows[i].via, rows[i].fetch_by};
		struct fault missed = FAULT_INIT;
		size_t n = fetch_by(&root, BODY_DER, rows[i].host, &roads, &missed);

		if (n != rows[i].fetches)
			fail_msg("row %zu, '%s': %zu fetched, '%s'", i, rows[i].host, n,
				missed.text);
	}
}

static void a_private_peer_cannot_send_us_to_ourselves(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	struct fault missed = FAULT_INIT;

	(void)state;
	assert_int_equal(fetch(&root, BODY_DER, "127.0.0.1", "10.0.0.1:443", &missed), 0);
	assert_int_equal(missed.kind, FAULT_REFUSED);
	fault_clear(&missed);
	assert_int_equal(fetch(&root, BODY_DER, "127.0.0.1", "[fe80::1]:443", &missed), 0);
	assert_int_equal(missed.kind, FAULT_REFUSED);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_really_signed_is_taken),
		cmocka_unit_test(a_far_peer_cannot_send_us_near),
		cmocka_unit_test(no_proxy_of_the_peer_sends_us_near),
		cmocka_unit_test(a_private_peer_cannot_send_us_to_ourselves),
	};

	return run_group("aia", tests);
}
