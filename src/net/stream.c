/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/stream.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/err.h>

#include "src/x509/ossl.h"

void stream_close(struct stream *stream)
{
	SSL_free(stream->proxy_tls);
	stream->proxy_tls = NULL;
	cleanup_fd(&stream->fd);
	stream->fd = -1;
}

/* ---- the socket ------------------------------------------------------------------------------ */

static int socket_fault(const char *what, struct fault *why)
{
	fault_sys(why, "%s", what);
	why->kind = FAULT_PEER;
	return -1;
}

static int socket_read(
	struct stream *stream, void *ret, size_t len, size_t *ret_n, struct fault *why)
{
	/* Asked first: a peer that drips is always readable. */
	while (deadline_left_ms(stream->deadline) > 0) {
		ssize_t n = recv(stream->fd, ret, len, 0);

		if (n >= 0) {
			*ret_n = (size_t)n;
			return 0;
		}
		if (errno != EAGAIN && errno != EINTR)
			return socket_fault("cannot receive", why);
		if (deadline_wait(stream->deadline, stream->fd, POLLIN, why))
			return -1;
	}
	return fault_set(why, FAULT_LIMIT, "timed out");
}

static int socket_write(
	struct stream *stream, const void *bytes, size_t len, size_t *ret_n, struct fault *why)
{
	for (;;) {
		ssize_t n = send(stream->fd, bytes, len, MSG_NOSIGNAL);

		if (n >= 0) {
			*ret_n = (size_t)n;
			return 0;
		}
		if (errno != EAGAIN && errno != EINTR)
			return socket_fault("cannot send", why);
		if (deadline_wait(stream->deadline, stream->fd, POLLOUT, why))
			return -1;
	}
}

/* ---- the stream: the socket, or TLS over it -------------------------------------------------- */

/* The BIO's own failure says more than OpenSSL, which only saw a BIO fail. */
static int tls_fault(struct stream *stream, const char *what, struct fault *why)
{
	char room[128];

	if (stream->why.kind != FAULT_NONE) {
		*why = why->kind == FAULT_NONE ? stream->why : *why;
		ERR_clear_error();
		return -1;
	}
	return fault_set(
		why, FAULT_PEER, "%s: %s", what, stream_ssl_reason(room, sizeof(room), NULL));
}

int stream_read(struct stream *stream, void *ret, size_t len, size_t *ret_n, struct fault *why)
{
	if (!stream->proxy_tls)
		return socket_read(stream, ret, len, ret_n, why);
	ERR_clear_error();
	if (SSL_read_ex(stream->proxy_tls, ret, len, ret_n))
		return 0;
	if (SSL_get_error(stream->proxy_tls, 0) != SSL_ERROR_ZERO_RETURN)
		return tls_fault(stream, "TLS with the proxy", why);
	*ret_n = 0;
	return 0;
}

static int write_some(
	struct stream *stream, const void *bytes, size_t len, size_t *ret_n, struct fault *why)
{
	if (!stream->proxy_tls)
		return socket_write(stream, bytes, len, ret_n, why);
	ERR_clear_error();
	if (SSL_write_ex(stream->proxy_tls, bytes, len, ret_n))
		return 0;
	return tls_fault(stream, "TLS with the proxy", why);
}

int stream_write(struct stream *stream, const void *bytes, size_t len, struct fault *why)
{
	for (size_t done = 0, n = 0; done < len; done += n)
		if (write_some(stream, (const uint8_t *)bytes + done, len - done, &n, why))
			return -1;
	return 0;
}

int stream_read_exact(struct stream *stream, void *ret, size_t len, struct fault *why)
{
	for (size_t done = 0, n = 0; done < len; done += n) {
		if (stream_read(stream, (uint8_t *)ret + done, len - done, &n, why))
			return -1;
		if (n == 0)
			return fault_set(why, FAULT_PEER, "the connection was closed");
	}
	return 0;
}

int stream_read_line(struct stream *stream, char *ret, size_t room, struct fault *why)
{
	for (size_t n = 0; n + 1 < room; n++) {
		if (stream_read_exact(stream, ret + n, 1, why))
			return -1;
		if (ret[n] != '\n')
			continue;
		ret[n && ret[n - 1] == '\r' ? n - 1 : n] = '\0';
		return 0;
	}
	return fault_set(why, FAULT_LIMIT, "a line of more than %zu bytes", room - 1);
}

bool stream_has_more(struct stream *stream)
{
	char byte;

	if (stream->proxy_tls && SSL_pending(stream->proxy_tls))
		return true;
	return !stream->proxy_tls && recv(stream->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

/* ---- BIOs ------------------------------------------------------------------------------------ */

typedef int (*read_fn)(struct stream *, void *, size_t, size_t *, struct fault *);

static int bio_read_with(read_fn read_some, BIO *bio, char *ret, size_t len, size_t *ret_n)
{
	struct stream *stream = BIO_get_data(bio);

	*ret_n = 0;
	if (stream->why.kind != FAULT_NONE || read_some(stream, ret, len, ret_n, &stream->why))
		return -1;
	if (*ret_n == 0) {
		stream->closed = true;
		BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
	}
	return *ret_n > 0;
}

static int bio_read_socket(BIO *bio, char *ret, size_t len, size_t *ret_n)
{
	return bio_read_with(socket_read, bio, ret, len, ret_n);
}

static int bio_read_wire(BIO *bio, char *ret, size_t len, size_t *ret_n)
{
	struct stream *stream = BIO_get_data(bio);
	int rc = bio_read_with(stream_read, bio, ret, len, ret_n);

	for (size_t i = 0; i < *ret_n && stream->head_n < sizeof(stream->head); i++)
		stream->head[stream->head_n++] = (uint8_t)ret[i];
	return rc;
}

static int bio_write_socket(BIO *bio, const char *bytes, size_t len, size_t *ret_n)
{
	struct stream *stream = BIO_get_data(bio);

	return socket_write(stream, bytes, len, ret_n, &stream->why) ? -1 : 1;
}

static int bio_write_wire(BIO *bio, const char *bytes, size_t len, size_t *ret_n)
{
	struct stream *stream = BIO_get_data(bio);

	return write_some(stream, bytes, len, ret_n, &stream->why) ? -1 : 1;
}

static long bio_ctrl(BIO *bio, int command, long number, void *at)
{
	(void)number;
	(void)at;
	if (command == BIO_CTRL_EOF)
		return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
	return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *method_make(int (*read_ex)(BIO *, char *, size_t, size_t *),
	int (*write_ex)(BIO *, const char *, size_t, size_t *))
{
	BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "wire");

	if (!method || !BIO_meth_set_read_ex(method, read_ex) ||
		!BIO_meth_set_write_ex(method, write_ex) || !BIO_meth_set_ctrl(method, bio_ctrl)) {
		BIO_meth_free(method);
		return NULL;
	}
	return method;
}

static BIO_METHOD *socket_method;
static BIO_METHOD *stream_method;
static pthread_once_t methods_once = PTHREAD_ONCE_INIT;

static void methods_make(void)
{
	socket_method = method_make(bio_read_socket, bio_write_socket);
	stream_method = method_make(bio_read_wire, bio_write_wire);
}

static BIO *bio_make(struct stream *stream, BIO_METHOD **method)
{
	BIO *bio = NULL;

	pthread_once(&methods_once, methods_make);
	bio = *method ? BIO_new(*method) : NULL;
	if (bio) {
		BIO_set_data(bio, stream);
		BIO_set_init(bio, 1);
	}
	return bio;
}

BIO *stream_bio(struct stream *stream)
{
	return bio_make(stream, &stream_method);
}

/* OpenSSL 3.0's SSL_alert_desc_string_long() lacks those of RFC 7301 and RFC 8446. */
static const char *alert_text(int alert)
{
	switch (alert) {
	case SSL_AD_CERTIFICATE_REQUIRED:
		return "certificate required";
	case SSL_AD_NO_APPLICATION_PROTOCOL:
		return "no application protocol";
	default:
		return SSL_alert_desc_string_long(alert);
	}
}

const char *stream_ssl_reason(char *room, size_t len, int *ret_alert)
{
	unsigned long code = ERR_peek_error();
	int reason = ERR_GET_REASON(code);
	int alert = ERR_GET_LIB(code) == ERR_LIB_SSL && reason > SSL_AD_REASON_OFFSET
			    ? reason - SSL_AD_REASON_OFFSET
			    : -1;
	char code_text[OSSL_REASON_LEN];
	const char *text = ossl_reason(code, code_text);

	if (ret_alert)
		*ret_alert = alert;
	if (alert >= 0)
		snprintf(room, len, "alert '%s'", alert_text(alert));
	else
		snprintf(room, len, "%s", text ? text : "no reason given");
	ERR_clear_error();
	return room;
}

/* ---- TLS with an https:// proxy -------------------------------------------------------------- */

static SSL *proxy_ssl_make(const char *host, bool is_ip, bool verify)
{
	auto_SSL_CTX ctx = SSL_CTX_new(TLS_client_method());
	auto_SSL ssl = NULL;

	if (!ctx || (verify && !SSL_CTX_set_default_verify_paths(ctx)))
		return NULL;
	SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_verify(ctx, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	ssl = SSL_new(ctx);
	if (!ssl)
		return NULL;
	if (is_ip ? !X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host)
		  : !SSL_set1_host(ssl, host) || !SSL_set_tlsext_host_name(ssl, host))
		return NULL;
	return steal(&ssl);
}

int stream_start_proxy_tls(
	struct stream *stream, const char *host, bool is_ip, bool verify, struct fault *why)
{
	auto_SSL ssl = proxy_ssl_make(host, is_ip, verify);
	BIO *bio = bio_make(stream, &socket_method);

	if (!ssl || !bio) {
		BIO_free(bio);
		return fault_ossl(why, "cannot prepare TLS with the proxy");
	}
	SSL_set_bio(ssl, bio, bio);
	ERR_clear_error();
	if (SSL_connect(ssl) != 1) {
		long verdict = SSL_get_verify_result(ssl);
		if (verify && verdict != X509_V_OK) {
			ERR_clear_error();
			return fault_set(why, FAULT_PEER,
				"its certificate is not trusted here (%s), so the password was not "
				"sent",
				X509_verify_cert_error_string(verdict));
		}
		return tls_fault(stream, "TLS with the proxy", why);
	}
	stream->proxy_tls = steal(&ssl);
	return 0;
}
