/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tls_peer.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/x509/ossl.h"
#include "tests/unit/tf_cmocka.h"

struct tls_peer {
	struct tls_peer_way way;
	SSL_CTX *ctx;
	int listener;
	int stop[2]; /* closing stop[1] ends the thread */
	uint16_t port;
	pthread_t thread;
};

static void use_certs(struct tls_peer *peer)
{
	const struct certs *above = peer->way.above;
	struct fault why = FAULT_INIT;
	X509 *x509 = NULL;

	assert_ok(cert_parse(peer->way.leaf->cert, &x509, &why), &why);
	assert_int_equal(SSL_CTX_use_certificate(peer->ctx, x509), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(peer->ctx, peer->way.leaf->key), 1);
	for (size_t i = 0; above && i < above->n; i++) {
		assert_ok(cert_parse(above->at[i], &x509, &why), &why);
		assert_int_equal(SSL_CTX_add1_chain_cert(peer->ctx, x509), 1);
	}
}

static void serve(struct tls_peer *peer, int fd)
{
	char room[4096];

	if (peer->way.silent) {
		struct pollfd stop = {.fd = peer->stop[0], .events = POLLIN};
		poll(&stop, 1, 5000);
	} else if (!peer->ctx) {
		if (recv(fd, room, sizeof(room), 0) > 0 && peer->way.says)
			send(fd, peer->way.says, peer->way.says_len, MSG_NOSIGNAL);
		shutdown(fd, SHUT_WR);
		recv(fd, room, sizeof(room), 0);
	} else {
		auto_SSL ssl = SSL_new(peer->ctx);
		SSL_set_fd(ssl, fd);
		if (SSL_accept(ssl) == 1)
			SSL_read(ssl, room, 1);
	}
	close(fd);
}

static void *run(void *at)
{
	struct tls_peer *peer = at;

	for (;;) {
		struct pollfd polls[] = {
			{.fd = peer->listener, .events = POLLIN},
			{.fd = peer->stop[0], .events = POLLIN},
		};

		poll(polls, 2, -1);
		if (polls[1].revents)
			return NULL;
		serve(peer, accept(peer->listener, NULL, NULL));
	}
}

static int refuse_client(int ok, X509_STORE_CTX *ctx)
{
	(void)ok;
	(void)ctx;
	return 0;
}

static void open_listener(struct tls_peer *peer)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);

	peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(peer->listener, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(peer->listener, 128), 0);
	assert_int_equal(getsockname(peer->listener, (struct sockaddr *)&address, &len), 0);
	assert_int_equal(pipe(peer->stop), 0);
	peer->port = ntohs(address.sin_port);
}

struct tls_peer *tls_peer_start(const struct tls_peer_way *way)
{
	struct tls_peer *peer = calloc(1, sizeof(*peer));

	assert_non_null(peer);
	peer->way = *way;
	/* SSL_accept() may still send tickets when the other side has gone. */
	signal(SIGPIPE, SIG_IGN);
	open_listener(peer);
	if (way->leaf) {
		peer->ctx = SSL_CTX_new(TLS_server_method());
		SSL_CTX_set_max_proto_version(peer->ctx, way->max_version);
		if (way->wants_client)
			SSL_CTX_set_verify(peer->ctx,
				SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, refuse_client);
		use_certs(peer);
	}
	assert_int_equal(pthread_create(&peer->thread, NULL, run, peer), 0);
	return peer;
}

uint16_t tls_peer_port(const struct tls_peer *peer)
{
	return peer->port;
}

void tls_peer_stop(struct tls_peer *peer)
{
	close(peer->stop[1]);
	pthread_join(peer->thread, NULL);
	close(peer->stop[0]);
	close(peer->listener);
	SSL_CTX_free(peer->ctx);
	free(peer);
}
