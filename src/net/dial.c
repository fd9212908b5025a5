/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "src/net/hostport.h"

static socklen_t address_len(const struct sockaddr_storage *address)
{
	return address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
					      : sizeof(struct sockaddr_in);
}

void dial_address_text(const struct sockaddr_storage *address, char ret[static DIAL_ADDRESS_LEN])
{
	const void *at = address->ss_family == AF_INET6
				 ? (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr
				 : (const void *)&((const struct sockaddr_in *)address)->sin_addr;

	if (!inet_ntop(address->ss_family, at, ret, DIAL_ADDRESS_LEN))
		memcpy(ret, "?", 2);
}

char *dial_peer_label(const struct stream *stream)
{
	struct sockaddr_storage address = {0};
	socklen_t len = sizeof(address);
	char host[DIAL_ADDRESS_LEN];

	if (getpeername(stream->fd, (struct sockaddr *)&address, &len))
		return NULL;
	dial_address_text(&address, host);
	/* The port is at the same offset in sockaddr_in and sockaddr_in6. */
	return hostport_label(host, ntohs(((struct sockaddr_in *)&address)->sin_port));
}

enum dial_reach dial_reach_of(const char *ip)
{
	static const struct {
		const char *network;
		enum dial_reach reach;
	} rows[] = {
		{"0.0.0.0/8", DIAL_NEVER}, /* RFC 1122: this network */
		{"169.254.0.0/16", DIAL_NEVER}, /* RFC 3927: link-local, cloud metadata */
		{"224.0.0.0/3", DIAL_NEVER}, /* multicast, reserved, broadcast */
		{"127.0.0.0/8", DIAL_NEAR}, /* loopback */
		{"10.0.0.0/8", DIAL_NEAR}, /* RFC 1918 */
		{"172.16.0.0/12", DIAL_NEAR}, {"192.168.0.0/16", DIAL_NEAR},
		{"100.64.0.0/10", DIAL_NEAR}, /* RFC 6598 */
		{"::/128", DIAL_NEVER}, /* unspecified */
		{"fe80::/10", DIAL_NEVER}, /* link-local */
		{"ff00::/8", DIAL_NEVER}, /* multicast */
		{"::1/128", DIAL_NEAR}, {"fc00::/7", DIAL_NEAR}, /* RFC 4193 */
		{"fec0::/10", DIAL_NEAR}, /* RFC 3879: deprecated site-local */
	};
	/* IPv6 networks that embed IPv4: mapped, NAT64 (RFC 6052), compatible. */
	static const char *const around[] = {"::ffff:0:0/96", "64:ff9b::/96", "::/96"};
	struct in6_addr six;
	char four[INET_ADDRSTRLEN];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (hostport_network_holds(rows[i].network, ip))
			return rows[i].reach;
	for (size_t i = 0; i < sizeof(around) / sizeof(around[0]); i++)
		if (hostport_network_holds(around[i], ip) && inet_pton(AF_INET6, ip, &six) == 1 &&
			inet_ntop(AF_INET, six.s6_addr + 12, four, sizeof(four)))
			return dial_reach_of(four);
	return DIAL_ANYWHERE;
}

/* ---- connect --------------------------------------------------------------------------------- */

int dial_connect(const struct dial_addresses *addresses, const char *label, struct stream *stream,
	struct fault *why)
{
	struct pollfd polls[LIMIT_ADDRESSES_N]; /* fd -1: this address failed */
	size_t started = 0;
	size_t running = 0;
	int64_t next_ms = 0; /* when to start the next address */
	int sys = 0; /* errno of the latest failure */
	int won = -1;
	int one = 1;

	while (won < 0 && deadline_left_ms(stream->deadline) > 0) {
		struct deadline until = stream->deadline;

		if (started < addresses->n && (!running || clock_ms() >= next_ms)) {
			const struct sockaddr_storage *address = &addresses->at[started];
			int fd = socket(
				address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

			next_ms = clock_ms() + LIMIT_CONNECT_STAGGER_MS;
			if (fd < 0 || (connect(fd, (const struct sockaddr *)address,
					       address_len(address)) &&
					      errno != EINPROGRESS)) {
				sys = errno;
				cleanup_fd(&fd);
				fd = -1;
			}
			polls[started++] = (struct pollfd){.fd = fd, .events = POLLOUT};
			running += fd >= 0;
		} else if (!running) {
			break;
		}
		if (started < addresses->n && next_ms < until.at_ms)
			until.at_ms = next_ms;
		if (!running || poll(polls, started, deadline_left_ms(until)) <= 0)
			continue;
		for (size_t i = 0; i < started && won < 0; i++) {
			int error = 0;
			socklen_t len = sizeof(error);

			if (polls[i].fd < 0 || !polls[i].revents)
				continue;
			getsockopt(polls[i].fd, SOL_SOCKET, SO_ERROR, &error, &len);
			if (error == 0) {
				won = steal_fd(&polls[i].fd);
				break;
			}
			sys = error;
			cleanup_fd(&polls[i].fd);
			polls[i].fd = -1;
			running--;
			next_ms = clock_ms();
		}
	}
	for (size_t i = 0; i < started; i++)
		cleanup_fd(&polls[i].fd);
	if (won >= 0) {
		stream->fd = won;
		setsockopt(won, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		return 0;
	}
	if (running || started < addresses->n)
		return fault_set(why, FAULT_LIMIT, "cannot connect to '%s': timed out", label);
	errno = sys;
	fault_sys(why, "cannot connect to '%s'", label);
	why->kind = FAULT_PEER;
	return addresses->n > 1
		       ? fault_wrap(why, "none of the %zu addresses answered", addresses->n)
		       : -1;
}
