/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_FUZZ_STREAM_H
#define TRUSTFIX_FUZZ_STREAM_H

/* A stream to a peer that says the fuzzer's bytes and closes: one end of a socket pair. */

#include <sys/socket.h>

#include "src/net/stream.h"

struct fuzz_stream {
	struct stream stream;
	int other; /* the peer's end, where what we send ends up */
};

static inline void fuzz_stream_close(struct fuzz_stream *it)
{
	stream_close(&it->stream);
	cleanup_fd(&it->other);
}
CLEANUP_VALUE(fuzz_stream, fuzz_stream_close)
#define FUZZ_STREAM_INIT        \
	{                       \
		STREAM_INIT, -1 \
	}
#define auto_fuzz_stream CLEANUP(fuzz_stream) struct fuzz_stream

/* What does not fit into the socket's buffer is left out. */
static inline void fuzz_stream_open(struct fuzz_stream *ret, const uint8_t *bytes, size_t len)
{
	struct fault why = FAULT_INIT;
	int room = 1 << 18;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds))
		abort();
	setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	if (len && send(fds[1], bytes, len, MSG_NOSIGNAL) < 0)
		abort();
	shutdown(fds[1], SHUT_WR);
	ret->stream.deadline = deadline_in(1000);
	ret->other = fds[1];
	if (stream_open(&ret->stream, fds[0], &why))
		abort();
}

#endif
