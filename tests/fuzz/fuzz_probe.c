/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole road to a loopback port where somebody says the fuzzer's bytes and closes.  The first
 * byte picks the proxy, the second what is asked: a protocol, for the issuer of a certificate,
 * or for a connection to several addresses.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <pthread.h>
#include <string.h>
#include <sys/time.h>

#include "src/base/limits.h"
#include "src/net/aia.h"
#include "src/net/connect.h"
#include "src/x509/ossl.h"

#define PROTOCOLS (URL_SCHEMES - URL_HTTPS)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const uint8_t *says;
static size_t says_len;
static uint16_t port;
static struct cert *child; /* names http://127.0.0.1/ca as the place of its issuer */

static void *serve(void *arg)
{
	int listener = *(int *)arg;
	int room = 1 << 18;
	struct timeval soon = {.tv_usec = 500000};
	char block[4096];

	for (;;) {
		auto_fd fd = accept(listener, NULL, NULL);

		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
		pthread_mutex_lock(&lock);
		send(fd, says, says_len, MSG_NOSIGNAL | MSG_DONTWAIT);
		pthread_mutex_unlock(&lock);
		shutdown(fd, SHUT_WR);
		while (recv(fd, block, sizeof(block), 0) > 0)
			;
	}
	return NULL;
}

static void start(void)
{
	static int listener;
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t at_len = sizeof(at);
	pthread_t thread;
	auto_X509 x509 = X509_new();
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_info_access,
		"caIssuers;URI:http://127.0.0.1/ca,caIssuers;URI:http://a.test/ca,"
		"caIssuers;URI:http://169.254.1.1/,OCSP;URI:http://a.test/");
	auto_free uint8_t *der = NULL;
	struct fault why = FAULT_INIT;
	int len;

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&at, at_len) || listen(listener, 100) ||
		getsockname(listener, (struct sockaddr *)&at, &at_len) ||
		pthread_create(&thread, NULL, serve, &listener))
		abort();
	port = ntohs(at.sin_port);
	X509_set_version(x509, X509_VERSION_3);
	X509_gmtime_adj(X509_getm_notBefore(x509), -86400);
	X509_gmtime_adj(X509_getm_notAfter(x509), 864000);
	X509_NAME_add_entry_by_txt(
		X509_get_issuer_name(x509), "CN", MBSTRING_ASC, (const uint8_t *)"Root", -1, -1, 0);
	X509_set_pubkey(x509, key);
	X509_add_ext(x509, extension, -1);
	X509_sign(x509, key, EVP_sha256());
	len = i2d_X509(x509, &der);
	if (len < 0 || cert_make(der, (size_t)len, &child, &why))
		abort();
	X509_EXTENSION_free(extension);
	EVP_PKEY_free(key);
}

/* Loopback addresses as a resolver may name them: where somebody listens, and where nobody does. */
static void dial(const uint8_t *bytes, size_t len)
{
	struct addresses addresses = {.n = 0};
	auto_stream stream = {.fd = -1, .deadline = deadline_in(2000)};
	struct fault why = FAULT_INIT;
	bool any = false;

	for (; addresses.n < len && addresses.n < 4; addresses.n++) {
		struct sockaddr_in *at = (struct sockaddr_in *)&addresses.at[addresses.n];
		bool here = bytes[addresses.n] == 1;

		at->sin_family = AF_INET;
		at->sin_addr.s_addr = htonl(INADDR_LOOPBACK + (here ? 0 : bytes[addresses.n]));
		at->sin_port = htons(here ? port : 1);
		any = any || here;
	}
	assert((connect_first(&addresses, "a.test:443", &stream, &why) == 0) == any);
	free(connect_peer(&stream));
}

/* Only by an HTTP proxy: what the bytes name must not be asked. */
static void fetch_issuer(const struct prober *prober, const uint8_t *bytes, size_t len)
{
	struct probe probe = {.left_ms = 300, .address = (char *)"127.0.0.1:443"};
	struct fault missed = FAULT_INIT;
	struct fault why = FAULT_INIT;
	auto_certs got = CERTS_INIT;
	auto_cert other = NULL;

	cert_make(bytes, len, &other, &why);
	fault_clear(&why);
	aia_fetch(prober, &probe, other ? other : child, &got, &missed, &why);
	assert(got.n <= LIMIT_AIA_HOPS);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	static const char *const schemes[] = {"", "http", "https", "socks5", "socks5h"};
	static struct prober *prober;
	static struct probe_options options = {.timeout_ms = 300};
	auto_url target = URL_INIT;
	struct probe probe;
	struct fault why = FAULT_INIT;
	char url[64];

	pthread_once(&once, start);
	if (len < 2)
		return 0;
	if (!prober && prober_make(&options, &prober, &why))
		abort();
	pthread_mutex_lock(&lock);
	says = bytes + 2;
	says_len = len - 2;
	pthread_mutex_unlock(&lock);

	unsigned scheme = bytes[0] % 5;
	bool for_issuer = bytes[1] % (PROTOCOLS + 1) == PROTOCOLS;
	scheme = for_issuer ? 1 : scheme;
	snprintf(url, sizeof(url), "%s://%s127.0.0.1:%u", schemes[scheme],
		bytes[0] & 0x80 ? "me:secret@" : "", port);
	options.proxy = scheme ? url : NULL;
	options.no_proxy = !scheme;
	struct url connect = {.host = (char *)(bytes[0] & 0x40 ? "localhost" : "127.0.0.1"),
		.port = port,
		.place = "it"};
	options.connect = &connect;
	options.family = PROBE_IPV4;
	if (for_issuer && bytes[0] & 1) {
		dial(says, says_len);
	} else if (for_issuer) {
		fetch_issuer(prober, says, says_len);
	} else {
		if (url_parse("a.test", URL_TARGET, &target, &why))
			abort();
		target.scheme = URL_HTTPS + bytes[1] % (PROTOCOLS + 1);
		probe_one(prober, &target, &probe);
		assert(!probe_is_proven(&probe) && probe.why.text[0]);
		probe_free(&probe);
	}
	pthread_mutex_lock(&lock);
	says_len = 0;
	pthread_mutex_unlock(&lock);
	return 0;
}
