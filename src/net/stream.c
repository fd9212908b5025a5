/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/stream.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/err.h>

#include "src/x509/ossl.h"

void stream_close(struct stream *stream)
{
	BIO_free_all(stream->bio); /* closes the socket */
	stream->bio = stream->socket = NULL;
	stream->fd = -1;
}

/*
 * OpenSSL calls this before and after everything that a BIO does.  Before the socket is read or
 * written, wait until it is ready; even if it always is, the deadline ends it.  Afterwards, note
 * what OpenSSL does not keep.
 */
static long on_io(BIO *bio, int operation, const char *bytes, size_t len, int number, long more,
	int rc, size_t *n)
{
	struct stream *stream = (struct stream *)(void *)BIO_get_callback_arg(bio);
	bool reads = (operation & ~BIO_CB_RETURN) == BIO_CB_READ;

	(void)len;
	(void)number;
	(void)more;
	if (!reads && (operation & ~BIO_CB_RETURN) != BIO_CB_WRITE)
		return rc;
	if (!(operation & BIO_CB_RETURN)) {
		if (bio != stream->socket)
			return rc;
		BIO_clear_retry_flags(bio);
		if (deadline_left_ms(stream->deadline) == 0)
			return fault_set(&stream->why, FAULT_LIMIT, "timed out");
		return deadline_wait(
			       stream->deadline, stream->fd, reads ? POLLIN : POLLOUT, &stream->why)
			       ? -1
			       : rc;
	}
	if (rc < 0 && bio == stream->socket && stream->why.kind == FAULT_NONE) {
		fault_sys(&stream->why, reads ? "cannot receive" : "cannot send");
		stream->why.kind = FAULT_PEER;
	}
	if (!reads || bio != stream->bio)
		return rc;
	stream->closed = stream->closed || rc == 0;
	for (size_t i = 0; rc > 0 && i < *n && stream->head_n < sizeof(stream->head); i++)
		stream->head[stream->head_n++] = (uint8_t)bytes[i];
	return rc;
}

static void watch(struct stream *stream, BIO *bio)
{
	BIO_set_callback_ex(bio, on_io);
	BIO_set_callback_arg(bio, (char *)stream);
	stream->bio = bio;
}

int stream_open(struct stream *stream, int fd, struct fault *why)
{
	BIO *bio = BIO_new_socket(fd, BIO_CLOSE);

	if (!bio) {
		cleanup_fd(&fd);
		return fault_nomem(why);
	}
	stream->fd = fd;
	stream->socket = bio;
	stream->closed = false;
	fault_clear(&stream->why);
	watch(stream, bio);
	return 0;
}

static int stream_fault(const struct stream *stream, struct fault *why)
{
	char room[128];
	const char *reason = stream_ssl_reason(room, sizeof(room), NULL);

	if (stream->why.kind != FAULT_NONE)
		return fault_set(why, stream->why.kind, "%s", stream->why.text);
	return fault_set(why, FAULT_PEER, "TLS with the proxy: %s", reason);
}

int stream_read(struct stream *stream, void *ret, size_t len, size_t *ret_n, struct fault *why)
{
	size_t n = 0;

	ERR_clear_error();
	if (!BIO_read_ex(stream->bio, ret, len, &n) && !stream->closed)
		return stream_fault(stream, why);
	*ret_n = n;
	return 0;
}

int stream_write(struct stream *stream, const void *bytes, size_t len, struct fault *why)
{
	ERR_clear_error();
	for (size_t done = 0, n = 0; done < len; done += n)
		if (!BIO_write_ex(stream->bio, (const uint8_t *)bytes + done, len - done, &n))
			return stream_fault(stream, why);
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

	return stream->bio == stream->socket
		       ? recv(stream->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0
		       : BIO_pending(stream->bio) > 0;
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

int stream_push(struct stream *stream, SSL *ssl, struct fault *why)
{
	BIO *bio = BIO_new(BIO_f_ssl());

	if (!bio || !SSL_up_ref(ssl)) {
		BIO_free(bio);
		return fault_nomem(why);
	}
	BIO_free(stream->socket); /* the session has it now */
	BIO_set_ssl(bio, ssl, BIO_CLOSE);
	watch(stream, bio);
	return 0;
}
