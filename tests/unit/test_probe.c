/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/net/probe.h"
#include "tests/unit/scratch.h"
#include "tests/unit/tf_cmocka.h"
#include "tests/unit/tls_peer.h"

/* Ask the peer as a.test, whatever it is. */
static void ask(const struct tls_peer *peer, int timeout_ms, struct probe *ret)
{
	static const struct url target = {.scheme = URL_HTTPS,
		.host = (char *)"a.test",
		.port = 443,
		.label = (char *)"a.test:443",
		.place = "a.test:443"};
	struct url connect = {.host = (char *)"127.0.0.1", .port = tls_peer_port(peer)};
	struct probe_options options = {
		.no_proxy = true, .connect = &connect, .timeout_ms = timeout_ms};
	auto_prober prober = NULL;
	struct fault why = FAULT_INIT;

	connect.place = "127.0.0.1:0";
	assert_ok(prober_make(&options, &prober, &why), &why);
	probe_one(prober, &target, ret);
}

static void the_chain_is_shown_exactly_as_sent(void **state)
{
	auto_made root = make_cert(&(struct recipe){.cn = "Root", .is_ca = true});
	auto_made other = make_cert(&(struct recipe){.cn = "Stranger", .is_ca = true});
	auto_made leaf = make_cert(&(struct recipe){.cn = "a.test", .issuer = &root});
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
	auto_certs above = make_certs(root.cert, other.cert, root.cert, NULL);

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct tls_peer *peer = tls_peer_start(&(struct tls_peer_way){
			.leaf = &leaf, .above = &above, .max_version = versions[i]});
		struct probe probe;

		ask(peer, 3000, &probe);
		assert_string_equal(probe.why.text, "");
		assert_int_equal(probe.end, PROBE_CHAIN);
		assert_true(probe.completed);
		assert_false(probe.client_cert_asked);
		assert_int_equal(probe.chain.n, 4);
		assert_true(cert_same(probe.chain.at[0], leaf.cert));
		for (size_t c = 0; c < 3; c++)
			assert_true(cert_same(probe.chain.at[c + 1], above.at[c]));
		assert_string_equal(probe.host, "a.test");
		probe_free(&probe);
		tls_peer_stop(peer);
	}
}

static void a_demanded_client_certificate_is_told(void **state)
{
	auto_made leaf = make_cert(&(struct recipe){.cn = "a.test"});
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct tls_peer *peer = tls_peer_start(&(struct tls_peer_way){
			.leaf = &leaf, .max_version = versions[i], .wants_client = true});
		struct probe probe;

		ask(peer, 3000, &probe);
		assert_int_equal(probe.end, PROBE_CLIENT_CERT_REQUIRED);
		assert_non_null(strstr(probe.why.text, "demands a client certificate"));
		assert_true(probe.client_cert_asked);
		assert_int_equal(probe.chain.n, 1);
		probe_free(&probe);
		tls_peer_stop(peer);
	}
}

#define SAYS(text) .says = text, .says_len = sizeof(text) - 1

static void what_is_no_tls_has_its_sentence(void **state)
{
	static const struct {
		struct tls_peer_way way;
		enum probe_end end;
		const char *part;
	} rows[] = {
		{{SAYS("HTTP/1.1 400 Bad Request\r\n\r\n")}, PROBE_NOT_TLS, "plain HTTP server"},
		{{SAYS("220 mail ESMTP\r\n")}, PROBE_NOT_TLS, "try smtp://"},
		{{SAYS("* OK IMAP\r\n")}, PROBE_NOT_TLS, "try imap://"},
		{{SAYS("+OK POP3\r\n")}, PROBE_NOT_TLS, "try pop3://"},
		{{SAYS("SSH-2.0-OpenSSH\r\n")}, PROBE_NOT_TLS, "an SSH server"},
		{{SAYS("\x01\x02\x03\x04\x05\x06")}, PROBE_NOT_TLS, "are not TLS"},
		{{SAYS("\x15\3\3\0\2\2\x28")}, PROBE_UNREACHABLE, "alert 'handshake failure'"},
		{{SAYS("\x16\3\3\0\x2f\2\0")}, PROBE_UNREACHABLE, "closed the connection during"},
		{{.says = NULL}, PROBE_UNREACHABLE, "closed the connection at"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tls_peer *peer = tls_peer_start(&rows[i].way);
		struct probe probe;

		ask(peer, 3000, &probe);
		if (probe.end != rows[i].end || !strstr(probe.why.text, rows[i].part))
			fail_msg("row %zu: %d '%s'", i, probe.end, probe.why.text);
		assert_int_equal(probe.chain.n, 0);
		probe_free(&probe);
		tls_peer_stop(peer);
	}
}

static void one_silent_target_costs_its_own_time_only(void **state)
{
	auto_made leaf = make_cert(&(struct recipe){.cn = "a.test"});
	struct tls_peer *silent = tls_peer_start(&(struct tls_peer_way){.silent = true});
	struct tls_peer *good = tls_peer_start(&(struct tls_peer_way){.leaf = &leaf});
	struct probe_options options = {.no_proxy = true, .timeout_ms = 1500};
	struct url targets[20];
	struct probe probes[20];
	auto_prober prober = NULL;
	struct fault why = FAULT_INIT;
	int64_t start = clock_ms();

	(void)state;
	for (size_t i = 0; i < 20; i++) {
		char text[32];
		snprintf(text, sizeof(text), "127.0.0.1:%u", tls_peer_port(i ? good : silent));
		assert_ok(url_parse(text, URL_TARGET, &targets[i], &why), &why);
	}
	assert_ok(prober_make(&options, &prober, &why), &why);
	assert_ok(probe_all(prober, targets, 20, probes, &why), &why);
	assert_true(clock_ms() - start < 2800);
	for (size_t i = 0; i < 20; i++) {
		assert_int_equal(probes[i].end, i ? PROBE_CHAIN : PROBE_TIMEOUT);
		assert_true(i ? probes[i].left_ms > 0 : probes[i].left_ms == 0);
		probe_free(&probes[i]);
		url_free(&targets[i]);
	}
	tls_peer_stop(silent);
	tls_peer_stop(good);
}

static void a_refused_port_and_an_unknown_name_are_unreachable(void **state)
{
	struct tls_peer *peer = tls_peer_start(&(struct tls_peer_way){.silent = true});
	char refused[32];
	const char *const texts[] = {refused, "no-such-host.invalid"};
	struct probe_options options = {.no_proxy = true, .timeout_ms = 3000};
	auto_prober prober = NULL;
	struct fault why = FAULT_INIT;

	(void)state;
	snprintf(refused, sizeof(refused), "127.0.0.1:%u", tls_peer_port(peer));
	tls_peer_stop(peer);
	assert_ok(prober_make(&options, &prober, &why), &why);
	for (size_t i = 0; i < 2; i++) {
		auto_url target = URL_INIT;
		struct probe probe;

		assert_ok(url_parse(texts[i], URL_TARGET, &target, &why), &why);
		probe_one(prober, &target, &probe);
		assert_int_equal(probe.end, PROBE_UNREACHABLE);
		assert_non_null(strstr(probe.why.text, i ? "cannot look up" : "refused"));
		probe_free(&probe);
	}
}

static void a_client_key_that_cannot_be_used_is_told(void **state)
{
	struct probe_options options = {.cert_file = "/nonexistent/client.pem"};
	struct prober *prober = NULL;
	struct fault why = FAULT_INIT;

	(void)state;
	assert_fault(prober_make(&options, &prober, &why), &why, FAULT_SYSTEM, "cannot read");
	options = (struct probe_options){.key_file = "/nonexistent/client.key"};
	assert_fault(prober_make(&options, &prober, &why), &why, FAULT_USAGE, "needs --cert");
	assert_null(prober);
}

enum locked { OPEN, PKCS8, TRADITIONAL };

static void write_key(const char *path, EVP_PKEY *key, enum locked locked)
{
	const EVP_CIPHER *cipher = locked == OPEN ? NULL : EVP_aes_256_cbc();
	BIO *out = BIO_new_file(path, "w");
	int ok = locked == TRADITIONAL ? PEM_write_bio_PrivateKey_traditional(
						 out, key, cipher, NULL, 0, NULL, (void *)"secret")
				       : PEM_write_bio_PKCS8PrivateKey(
						 out, key, cipher, NULL, 0, NULL, (void *)"secret");

	assert_int_equal(ok, 1);
	BIO_free(out);
}

static void write_cert(const char *path, struct cert *cert)
{
	struct fault why = FAULT_INIT;
	BIO *out = BIO_new_file(path, "w");
	X509 *x509;

	assert_ok(cert_parse(cert, &x509, &why), &why);
	assert_int_equal(PEM_write_bio_X509(out, x509), 1);
	BIO_free(out);
}

static void a_locked_or_foreign_client_key_is_told(void **state)
{
	auto_made client = make_cert(&(struct recipe){.cn = "client"});
	auto_made other = make_cert(&(struct recipe){.cn = "other"});
	auto_made rsa = make_cert(&(struct recipe){.cn = "rsa", .rsa_bits = 2048});
	const struct {
		EVP_PKEY *key; /* NULL: the certificate's file */
		enum locked locked;
		const char *pass;
		const char *part; /* NULL: it is good */
	} keys[] = {
		{client.key, OPEN, NULL, NULL},
		{client.key, PKCS8, "secret", NULL},
		{client.key, TRADITIONAL, "secret", NULL},
		{client.key, PKCS8, NULL, "key.pem' is encrypted: give --key-pass-file"},
		{client.key, TRADITIONAL, NULL, "key.pem' is encrypted: give --key-pass-file"},
		{client.key, PKCS8, "wrong", "wrong password for the client key"},
		{client.key, TRADITIONAL, "wrong", "wrong password for the client key"},
		{client.key, PKCS8, "", "wrong password for the client key"},
		{other.key, OPEN, NULL, "key.pem' does not belong to '"},
		{other.key, PKCS8, "secret", "key.pem' does not belong to '"},
		{rsa.key, OPEN, NULL, "key.pem' does not belong to '"},
		{NULL, OPEN, NULL, "cannot read a PEM client key from '"},
	};
	char *dir = scratch_make();
	const char *cert_file = scratch_path(dir, "cert.pem");
	const char *key_file = scratch_path(dir, "key.pem");

	(void)state;
	write_cert(cert_file, client.cert);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct probe_options options = {.cert_file = cert_file, .key_pass = keys[i].pass};
		auto_prober prober = NULL;
		struct fault why = FAULT_INIT;

		if (keys[i].key) {
			write_key(key_file, keys[i].key, keys[i].locked);
			options.key_file = key_file;
		}
		if (keys[i].part)
			assert_fault(prober_make(&options, &prober, &why), &why, FAULT_FORMAT,
				keys[i].part);
		else
			assert_ok(prober_make(&options, &prober, &why), &why);
	}
	scratch_remove(dir);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_chain_is_shown_exactly_as_sent),
		cmocka_unit_test(a_demanded_client_certificate_is_told),
		cmocka_unit_test(what_is_no_tls_has_its_sentence),
		cmocka_unit_test(one_silent_target_costs_its_own_time_only),
		cmocka_unit_test(a_refused_port_and_an_unknown_name_are_unreachable),
		cmocka_unit_test(a_client_key_that_cannot_be_used_is_told),
		cmocka_unit_test(a_locked_or_foreign_client_key_is_told),
	};

	return run_group("probe", tests);
}
