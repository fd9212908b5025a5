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

char *dial_address_host(const struct sockaddr_storage *address)
{
	char host[INET6_ADDRSTRLEN] = "?";
	const void *at = address->ss_family == AF_INET6
				 ? (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr
				 : (const void *)&((const struct sockaddr_in *)address)->sin_addr;

	inet_ntop(address->ss_family, at, host, sizeof(host));
	return strdup(host);
}

char *dial_peer_label(const struct stream *stream)
{
	struct sockaddr_storage address = {0};
	socklen_t len = sizeof(address);
	auto_free char *host = NULL;

	if (getpeername(stream->fd, (struct sockaddr *)&address, &len))
		return NULL;
	host = dial_address_host(&address);
	/* The port lies at the same place in both. */
	return host ? hostport_label(host, ntohs(((struct sockaddr_in *)&address)->sin_port))
		    : NULL;
}

static enum dial_reach reach_of_ipv4(uint32_t ip)
{
	static const struct {
		uint32_t network;
		unsigned bits;
		enum dial_reach reach;
	} rows[] = {
		{0x00000000, 8, DIAL_NEVER}, /* RFC 1122: this network */
		{0xa9fe0000, 16, DIAL_NEVER}, /* RFC 3927: link-local, cloud metadata */
		{0xe0000000, 3, DIAL_NEVER}, /* multicast, reserved, broadcast */
		{0x7f000000, 8, DIAL_NEAR}, /* loopback */
		{0x0a000000, 8, DIAL_NEAR}, /* RFC 1918 */
		{0xac100000, 12, DIAL_NEAR}, {0xc0a80000, 16, DIAL_NEAR},
		{0x64400000, 10, DIAL_NEAR}, /* RFC 6598 */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (((ip ^ rows[i].network) >> (32 - rows[i].bits)) == 0)
			return rows[i].reach;
	return DIAL_ANYWHERE;
}

static enum dial_reach reach_of_ipv6(const struct in6_addr *ip)
{
	static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b}; /* RFC 6052 */
	uint32_t low;

	memcpy(&low, ip->s6_addr + 12, sizeof(low));
	if (IN6_IS_ADDR_LOOPBACK(ip))
		return DIAL_NEAR;
	if (IN6_IS_ADDR_V4MAPPED(ip) || IN6_IS_ADDR_V4COMPAT(ip) ||
		memcmp(ip->s6_addr, nat64, sizeof(nat64)) == 0)
		return reach_of_ipv4(ntohl(low));
	if (IN6_IS_ADDR_UNSPECIFIED(ip) || IN6_IS_ADDR_LINKLOCAL(ip) || IN6_IS_ADDR_MULTICAST(ip))
		return DIAL_NEVER;
	/* RFC 4193, and the site-local fec0::/10 that it replaced. */
	return (ip->s6_addr[0] & 0xfe) == 0xfc || IN6_IS_ADDR_SITELOCAL(ip) ? DIAL_NEAR
									    : DIAL_ANYWHERE;
}

enum dial_reach dial_reach_of(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET6)
		return reach_of_ipv6(&((const struct sockaddr_in6 *)address)->sin6_addr);
	return reach_of_ipv4(ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr));
}

/* ---- connect --------------------------------------------------------------------------------- */

int dial_connect(const struct dial_addresses *addresses, const char *label, struct stream *stream,
	struct fault *why)
{
	struct pollfd polls[LIMIT_ADDRESSES_N]; /* fd -1: this one failed */
	size_t started = 0;
	size_t running = 0;
	int64_t next_ms = 0; /* when to start the next one */
	int sys = 0; /* the latest refusal */
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
	return addresses->n > 1 ? fault_wrap(why, "none of %zu addresses answers", addresses->n)
				: -1;
}
