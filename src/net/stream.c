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
	/* Check the deadline before each read: the socket of a slow sender may always be readable.
	 */
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

/* ---- the stream: a socket, or TLS on top of one ---------------------------------------------- */

/* Prefer the BIO's own fault: OpenSSL only knows that a BIO failed. */
static int tls_fault(struct stream *stream, struct fault *why)
{
	char room[128];

	if (stream->why.kind != FAULT_NONE) {
		*why = why->kind == FAULT_NONE ? stream->why : *why;
		ERR_clear_error();
		return -1;
	}
	return fault_set(why, FAULT_PEER, "TLS with the proxy: %s",
		stream_ssl_reason(room, sizeof(room), NULL));
}

int stream_read(struct stream *stream, void *ret, size_t len, size_t *ret_n, struct fault *why)
{
	size_t n = 0;

	if (!stream->proxy_tls) {
		if (socket_read(stream, ret, len, &n, why))
			return -1;
	} else {
		ERR_clear_error();
		if (!SSL_read_ex(stream->proxy_tls, ret, len, &n) &&
			SSL_get_error(stream->proxy_tls, 0) != SSL_ERROR_ZERO_RETURN)
			return tls_fault(stream, why);
	}
	for (size_t i = 0; i < n && stream->head_n < sizeof(stream->head); i++)
		stream->head[stream->head_n++] = ((uint8_t *)ret)[i];
	*ret_n = n;
	return 0;
}

static int write_some(
	struct stream *stream, const void *bytes, size_t len, size_t *ret_n, struct fault *why)
{
	if (!stream->proxy_tls)
		return socket_write(stream, bytes, len, ret_n, why);
	ERR_clear_error();
	return SSL_write_ex(stream->proxy_tls, bytes, len, ret_n) ? 0 : tls_fault(stream, why);
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

/* ---- the stream as a BIO --------------------------------------------------------------------- */

/* Is it the BIO of the proxy's TLS session?  That one uses the socket, all others the session. */
static bool is_below(BIO *bio, const struct stream *stream)
{
	return stream->proxy_tls && SSL_get_rbio(stream->proxy_tls) == bio;
}

static int bio_read(BIO *bio, char *ret, size_t len, size_t *ret_n)
{
	struct stream *stream = BIO_get_data(bio);

	*ret_n = 0;
	if (stream->why.kind != FAULT_NONE || (is_below(bio, stream) ? socket_read : stream_read)(
						      stream, ret, len, ret_n, &stream->why))
		return -1;
	if (*ret_n == 0) {
		stream->closed = true;
		BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
	}
	return *ret_n > 0;
}

static int bio_write(BIO *bio, const char *bytes, size_t len, size_t *ret_n)
{
	struct stream *stream = BIO_get_data(bio);

	return (is_below(bio, stream) ? socket_write : write_some)(
		       stream, bytes, len, ret_n, &stream->why)
		       ? -1
		       : 1;
}

static long bio_ctrl(BIO *bio, int command, long number, void *at)
{
	(void)number;
	(void)at;
	if (command == BIO_CTRL_EOF)
		return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
	return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *bio_method;

static void bio_method_make(void)
{
	bio_method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "stream");
	if (bio_method && (!BIO_meth_set_read_ex(bio_method, bio_read) ||
				  !BIO_meth_set_write_ex(bio_method, bio_write) ||
				  !BIO_meth_set_ctrl(bio_method, bio_ctrl))) {
		BIO_meth_free(bio_method);
		bio_method = NULL;
	}
}

BIO *stream_bio(struct stream *stream)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	BIO *bio;

	pthread_once(&once, bio_method_make);
	bio = bio_method ? BIO_new(bio_method) : NULL;
	if (bio) {
		BIO_set_data(bio, stream);
		BIO_set_init(bio, 1);
	}
	return bio;
}

const char *stream_ssl_reason(char *room, size_t len, int *ret_alert)
{
	unsigned long code = ERR_peek_error();
	int reason = ERR_GET_REASON(code);
	bool is_alert = ERR_GET_LIB(code) == ERR_LIB_SSL && reason > SSL_AD_REASON_OFFSET;
	int alert = is_alert ? reason - SSL_AD_REASON_OFFSET : -1;
	char code_text[OSSL_REASON_LEN];
	const char *text = ossl_reason(code, code_text);

	if (ret_alert)
		*ret_alert = alert;
	/* OpenSSL 3.0's SSL_alert_desc_string_long() lacks the alerts of RFC 7301 and RFC 8446. */
	if (is_alert)
		snprintf(room, len, "alert '%s'",
			alert == SSL_AD_CERTIFICATE_REQUIRED ? "certificate required"
			: alert == SSL_AD_NO_APPLICATION_PROTOCOL
				? "no application protocol"
				: SSL_alert_desc_string_long(alert));
	else
		snprintf(room, len, "%s", text ? text : "no reason given");
	ERR_clear_error();
	return room;
}

/* ---- TLS with an https:// proxy -------------------------------------------------------------- */

int stream_start_proxy_tls(struct stream *stream, const struct url *proxy, struct fault *why)
{
	bool verify = proxy->user;
	auto_SSL_CTX ctx = SSL_CTX_new(TLS_client_method());
	auto_SSL ssl = ctx ? SSL_new(ctx) : NULL;
	BIO *bio = ssl ? stream_bio(stream) : NULL;

	if (!bio || (verify && !SSL_CTX_set_default_verify_paths(ctx)) ||
		(proxy->is_ip ? !X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), proxy->host)
			      : !SSL_set1_host(ssl, proxy->host) ||
					!SSL_set_tlsext_host_name(ssl, proxy->host))) {
		BIO_free(bio);
		return fault_ossl(why, "cannot prepare TLS with the proxy");
	}
	SSL_set_options(ssl, SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_set_verify(ssl, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	SSL_set_bio(ssl, bio, bio);
	ERR_clear_error();
	if (SSL_connect(ssl) != 1) {
		long verdict = SSL_get_verify_result(ssl);
		if (!verify || verdict == X509_V_OK)
			return tls_fault(stream, why);
		ERR_clear_error();
		return fault_set(why, FAULT_PEER,
			"its certificate is not trusted here (%s), so the password was not sent",
			X509_verify_cert_error_string(verdict));
	}
	stream->proxy_tls = steal(&ssl);
	return 0;
}
