/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a TLS server sends.  The first byte picks how: the fuzzer's bytes as they are, as the body
 * of a TLS 1.2 Certificate message, as certificates of a real server, or as what an https:// proxy
 * says inside of its TLS.  Only the real server can prove its key.
 */
#include <assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>

#include <openssl/pem.h>

#include "src/net/handshake.h"
#include "src/net/http.h"
#include "src/x509/ossl.h"
#include "tests/fuzz/fuzz_stream.h"

enum { RAW, MESSAGE, SERVER, PROXY, WAYS };
/* In the first byte: of a real server, ours. */
enum { OLD = 4, WANTS_CLIENT = 8, NO_ALPN = 16, TAKES_CLIENT = 64 };
enum { HAS_CLIENT = 32, AS_GO = 64, CLIENT_FILE = 128 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static EVP_PKEY *key;
static X509 *leaf;
static char client_file[32]; /* the key and its certificate, in memory */

/* Made once: a key, its self-signed certificate. */
static void make_identity(void)
{
	int fd = memfd_create("client", 0);
	auto_file out = fdopen(fd, "w");

	signal(SIGPIPE, SIG_IGN); /* the server writes to a client that is gone */
	key = EVP_EC_gen("P-256");
	leaf = X509_new();
	X509_set_version(leaf, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(leaf), 1);
	X509_gmtime_adj(X509_getm_notBefore(leaf), -86400);
	X509_gmtime_adj(X509_getm_notAfter(leaf), 864000);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(leaf), "CN", MBSTRING_ASC,
		(const uint8_t *)"a.test", -1, -1, 0);
	X509_set_issuer_name(leaf, X509_get_subject_name(leaf));
	X509_set_pubkey(leaf, key);
	X509_sign(leaf, key, EVP_sha256());
	assert(out && PEM_write_X509(out, leaf) &&
		PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL));
	snprintf(client_file, sizeof(client_file), "/proc/self/fd/%d", dup(fd));
}

/* ---- a real server, in a thread -------------------------------------------------------------- */

struct server {
	int fd;
	unsigned flags;
	const uint8_t *says; /* inside of TLS */
	const uint8_t *certs; /* sent with the leaf */
	size_t len;
};

static int refuse_client(int ok, X509_STORE_CTX *ctx)
{
	(void)ok;
	(void)ctx;
	return 0;
}

static int accept_client(int ok, X509_STORE_CTX *ctx)
{
	(void)ok;
	(void)ctx;
	return 1;
}

static int choose_none(SSL *ssl, const uint8_t **out, uint8_t *out_len, const uint8_t *in,
	unsigned in_len, void *arg)
{
	(void)ssl;
	(void)out;
	(void)out_len;
	(void)in;
	(void)in_len;
	(void)arg;
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static void *serve(void *arg)
{
	const struct server *server = arg;
	auto_SSL_CTX ctx = SSL_CTX_new(TLS_server_method());
	auto_SSL ssl = SSL_new(ctx);
	const uint8_t *at = server->certs;
	char byte;

	SSL_use_certificate(ssl, leaf);
	SSL_use_PrivateKey(ssl, key);
	if (server->flags & OLD)
		SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
	if (server->flags & WANTS_CLIENT)
		SSL_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
			server->flags & TAKES_CLIENT ? accept_client : refuse_client);
	if (server->flags & NO_ALPN)
		SSL_CTX_set_alpn_select_cb(ctx, choose_none, NULL);
	for (int n = 0; at && n < 120; n++) {
		auto_X509 above = d2i_X509(NULL, &at, (long)(server->certs + server->len - at));
		if (!above)
			break;
		SSL_add1_chain_cert(ssl, above);
	}
	SSL_set_fd(ssl, server->fd);
	if (SSL_accept(ssl) == 1) {
		if (server->says && server->len)
			SSL_write(ssl, server->says, (int)server->len);
		SSL_shutdown(ssl);
		SSL_read(ssl, &byte, 1);
	}
	shutdown(server->fd, SHUT_WR);
	return NULL;
}

static pthread_t start_server(struct server *server, struct stream *stream)
{
	struct timeval soon = {.tv_sec = 1};
	struct fault why = FAULT_INIT;
	pthread_t thread;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		abort();
	setsockopt(fds[1], SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
	setsockopt(fds[1], SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof(soon));
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	stream->deadline = deadline_in(1000);
	if (stream_open(stream, fds[0], &why))
		abort();
	server->fd = fds[1];
	if (pthread_create(&thread, NULL, serve, server))
		abort();
	return thread;
}

/* ---- what is asked --------------------------------------------------------------------------- */

static void shake(struct stream *stream, unsigned flags, bool is_real)
{
	static SSL_CTX *ctxs[2];
	const struct probe_options options = {
		.timeout_ms = 1000, .cert_file = flags & HAS_CLIENT ? client_file : NULL};
	SSL_CTX **ctx = &ctxs[options.cert_file != NULL];
	struct probe probe = {.host = "a.test", .label = "a.test:443"};
	struct fault why = FAULT_INIT;

	if (!*ctx && handshake_make_ctx(&options, ctx, &why))
		abort();
	handshake_run(*ctx, flags & AS_GO ? &hellos[HELLO_GO] : NULL, stream, true, &probe);
	assert(is_real || !probe_is_proven(&probe));
	assert((probe.end == PROBE_CHAIN) == (probe.why.text[0] == '\0'));
	assert(!probe.completed || (probe.chain.n && probe.tls));
	probe_free(&probe);
}

/* TLS with a proxy, which the stream goes through from then on. */
static bool shake_proxy(struct stream *stream)
{
	static SSL_CTX *ctx;
	const struct probe_options options = {.timeout_ms = 1000};
	struct probe probe = {.host = "a.test", .label = "https://a.test:3130", .is_proxy = true};
	struct fault why = FAULT_INIT;
	bool is_open;

	if (!ctx && handshake_make_ctx(&options, &ctx, &why))
		abort();
	handshake_run(ctx, NULL, stream, false, &probe);
	is_open = probe.end == PROBE_CHAIN;
	assert(!is_open || (probe.handshake.version && probe.completed));
	probe_free(&probe);
	return is_open;
}

/* ServerHello of TLS 1.2 with ECDHE-ECDSA-AES128-GCM-SHA256, and Certificate around the bytes. */
static void send_message(const uint8_t *bytes, size_t len, unsigned flags)
{
	static const uint8_t hello[] = {0x16, 3, 3, 0, 49, 2, 0, 0, 45, 3, 3, [43] = 0, 0xc0, 0x2b,
		0, 0, 5, 0xff, 1, 0, 1, 0};
	uint8_t message[16384 + 64];
	size_t list = flags & OLD ? 3 : 0; /* the length of the list is right */
	size_t body;

	len = len < 16000 ? len : 16000;
	body = list + len;
	memcpy(message, hello, sizeof(hello));
	memcpy(message + 54,
		(uint8_t[]){0x16, 3, 3, (uint8_t)((body + 4) >> 8), (uint8_t)(body + 4), 11, 0,
			(uint8_t)(body >> 8), (uint8_t)body, 0, (uint8_t)(len >> 8), (uint8_t)len},
		12);
	memcpy(message + 63 + list, bytes, len);
	auto_fuzz_stream peer = FUZZ_STREAM_INIT;
	fuzz_stream_open(&peer, message, 63 + body);
	shake(&peer.stream, flags, false);
}

/* The bytes as the file of a client certificate and key; nobody gives a password. */
static void use_client_file(const uint8_t *bytes, size_t len)
{
	auto_fd fd = memfd_create("client", 0);
	auto_SSL_CTX ctx = NULL;
	char path[32];
	struct probe_options options = {.cert_file = path};
	struct fault why = FAULT_INIT;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (write(fd, bytes, len) < 0)
		abort();
	if (handshake_make_ctx(&options, &ctx, &why))
		assert(why.kind == FAULT_FORMAT || why.kind == FAULT_SYSTEM);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	static const struct url to = {.place = "b.test:443"};
	struct url proxy = {.scheme = URL_HTTPS, .host = (char *)"a.test"};
	struct server server = {0};
	auto_stream stream = STREAM_INIT;
	struct fault why = FAULT_INIT;
	unsigned flags = len ? bytes[0] : 0;

	pthread_once(&once, make_identity);
	if (len == 0)
		return 0;
	bytes++;
	len--;
	if (flags % WAYS == RAW && flags & CLIENT_FILE) {
		use_client_file(bytes, len);
		return 0;
	}
	if (flags % WAYS == RAW) {
		auto_fuzz_stream peer = FUZZ_STREAM_INIT;
		fuzz_stream_open(&peer, bytes, len);
		shake(&peer.stream, flags, false);
		return 0;
	}
	if (flags % WAYS == MESSAGE) {
		send_message(bytes, len, flags);
		return 0;
	}
	server = (struct server){.flags = flags, .len = len};
	*(flags % WAYS == SERVER ? &server.certs : &server.says) = bytes;
	pthread_t thread = start_server(&server, &stream);
	if (flags % WAYS == SERVER)
		shake(&stream, flags, true);
	else if (shake_proxy(&stream) && http_connect(&stream, &proxy, &to, &why) == 0)
		shake(&stream, flags, false);
	stream_close(&stream);
	pthread_join(thread, NULL);
	close(server.fd);
	return 0;
}
