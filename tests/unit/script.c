/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/script.h"

#include <sys/socket.h>

#include "tests/unit/tf_cmocka.h"

static int other_end = -1;

void script_open(struct stream *stream, const void *bytes, size_t len)
{
	int room = 1 << 20;
	int fds[2];
	struct fault why = FAULT_INIT;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	assert_int_equal(send(fds[1], bytes, len, 0), len);
	shutdown(fds[1], SHUT_WR);
	*stream = (struct stream){.fd = -1, .deadline = deadline_in(2000)};
	assert_ok(stream_open(stream, fds[0], &why), &why);
	other_end = fds[1];
}

const char *script_close(struct stream *stream, size_t *ret_len)
{
	static char sent[65536];
	ssize_t n = recv(other_end, sent, sizeof(sent) - 1, 0);

	*ret_len = n < 0 ? 0 : (size_t)n;
	sent[*ret_len] = '\0';
	close(other_end);
	stream_close(stream);
	return sent;
}
