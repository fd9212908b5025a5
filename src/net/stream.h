/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_STREAM_H
#define TRUSTFIX_STREAM_H

/*
 * One byte stream to a peer with one absolute deadline: a connected socket, or a TLS session with
 * an https:// proxy on top of one.
 *
 * Every call blocks, and none outlasts the deadline, no matter how slowly the peer sends.  Nothing
 * is buffered: bytes past the requested ones stay in the socket for the next reader.  An SSL may
 * use stream->bio, so SSL_connect() is one blocking call and TLS inside TLS works.
 */

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/cleanup.h"
#include "src/base/fault.h"
#include "src/net/probe.h"
#include "src/sys/clock.h"

#define STREAM_HEAD_LEN 16

struct stream {
	int fd; /* non-blocking; -1: none */
	BIO *socket;
	BIO *bio; /* the socket, or the TLS session with an https:// proxy on top of it */
	struct deadline deadline;
	enum probe_end end; /* the result of the probe if the current step fails */
	struct fault why; /* the first failure of the socket */
	bool closed; /* the peer has closed the connection */
	uint8_t head[STREAM_HEAD_LEN]; /* the first bytes read since head_n was last set to 0 */
	size_t head_n;
};

#define STREAM_INIT ((struct stream){.fd = -1})

/*
 * Use the connected, non-blocking `fd`, which is taken.  The stream must stay at its address until
 * stream_close().  FAULT_SYSTEM.
 */
int stream_open(struct stream *stream, int fd, struct fault *why);

void stream_close(struct stream *stream);
CLEANUP_VALUE(stream, stream_close)
#define auto_stream CLEANUP(stream) struct stream

/*
 * Read at least one byte and at most `len`; *ret_n is 0 if the peer closed the connection.
 * FAULT_LIMIT: timed out.  FAULT_PEER: a connection reset or similar.
 */
int stream_read(struct stream *stream, void *ret, size_t len, size_t *ret_n, struct fault *why);

/* Read exactly `len` bytes.  Also FAULT_PEER if the peer closes the connection first. */
int stream_read_exact(struct stream *stream, void *ret, size_t len, struct fault *why);

/*
 * Read up to the next LF and no further; replace LF or CR LF with a NUL.
 * Also FAULT_LIMIT: no LF within room - 1 bytes.
 */
int stream_read_line(struct stream *stream, char *ret, size_t room, struct fault *why);

int stream_write(struct stream *stream, const void *bytes, size_t len, struct fault *why);

/* Are there bytes to read without waiting? */
bool stream_has_more(struct stream *stream);

/*
 * Read and write through this TLS session from now on, which is one with an https:// proxy on top
 * of the stream; takes a reference.  FAULT_SYSTEM.
 */
int stream_push(struct stream *stream, SSL *ssl, struct fault *why);

/*
 * Write the oldest reason in OpenSSL's error queue into `room` ("alert 'unknown ca'") and empty the
 * queue.  `ret_alert` (may be NULL) gets the alert's number, or -1.
 */
const char *stream_ssl_reason(char *room, size_t len, int *ret_alert);

#endif
