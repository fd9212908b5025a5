/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_STREAM_H
#define TRUSTFIX_STREAM_H

/*
 * One byte stream to a peer under one absolute deadline: a connected socket, or the TLS session
 * with an https:// proxy over it.
 *
 * Every call blocks, and none outlives the deadline, however few bytes a peer drips.  Nothing is
 * buffered: what was not asked for stays in the socket for whoever reads next.  stream_bio() lends
 * the stream to an SSL, which makes SSL_connect() one blocking call and TLS in TLS possible.
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
	struct deadline deadline;
	SSL *proxy_tls; /* the session with an https:// proxy, or NULL */
	enum probe_end end; /* what a failure at this point of the road means */
	struct fault why; /* the first failure seen through a BIO */
	bool closed; /* end of file was read through a BIO */
	uint8_t head[STREAM_HEAD_LEN]; /* the first bytes read since head_n was last set to 0 */
	size_t head_n;
};

#define STREAM_INIT      \
	{                \
		.fd = -1 \
	}

void stream_close(struct stream *stream);
CLEANUP_VALUE(stream, stream_close)
#define auto_stream CLEANUP(stream) struct stream

/*
 * At least one byte, at most `len`; *ret_n is 0 when the peer has closed.
 * FAULT_LIMIT: timed out.  FAULT_PEER: reset and the like.
 */
int stream_read(struct stream *stream, void *ret, size_t len, size_t *ret_n, struct fault *why);

/* Exactly `len` bytes.  FAULT_PEER also when the peer closes first. */
int stream_read_exact(struct stream *stream, void *ret, size_t len, struct fault *why);

/*
 * Read up to the next LF and not a byte further; CR and LF are cut off, a NUL is added.
 * FAULT_LIMIT also: no LF within room - 1 bytes.
 */
int stream_read_line(struct stream *stream, char *ret, size_t room, struct fault *why);

int stream_write(struct stream *stream, const void *bytes, size_t len, struct fault *why);

/* Is there anything to read without waiting? */
bool stream_has_more(struct stream *stream);

/*
 * Start TLS with the https:// proxy at the other end, which is `host`.  Its certificate never
 * becomes part of the probe, but with `verify` (credentials are about to be sent) it must be good
 * for `host` by the system's default anchors.  FAULT_PEER, FAULT_LIMIT, FAULT_SYSTEM.
 */
int stream_start_proxy_tls(
	struct stream *stream, const char *host, bool is_ip, bool verify, struct fault *why);

/* A BIO over the stream, the caller's; NULL: no memory.  The stream must outlive it and not move.
 */
BIO *stream_bio(struct stream *stream);

/* The oldest reason in OpenSSL's queue as plain words ("alert 'unknown ca'"); empties the queue. */
const char *stream_ssl_reason(char *room, size_t len, int *ret_alert);

#endif
