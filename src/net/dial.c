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

/* Sockets on their way; -1 where none is. */
struct race {
	const struct dial_addresses *addresses;
	int fds[LIMIT_ADDRESSES_N];
	size_t started;
	size_t running;
	int64_t next_ms; /* when to start the next one */
	int sys; /* the latest refusal */
};

static void race_end(struct race *race, size_t keep)
{
	for (size_t i = 0; i < race->started; i++)
		if (i != keep)
			cleanup_fd(&race->fds[i]);
}

static void race_start_next(struct race *race)
{
	const struct sockaddr_storage *address = &race->addresses->at[race->started];
	int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	race->next_ms = clock_ms() + LIMIT_CONNECT_STAGGER_MS;
	if (fd >= 0 && connect(fd, (const struct sockaddr *)address, address_len(address)) &&
		errno != EINPROGRESS) {
		race->sys = errno;
		cleanup_fd(&fd);
		fd = -1;
	} else if (fd < 0) {
		race->sys = errno;
	}
	race->fds[race->started++] = fd;
	race->running += fd >= 0;
}

/* The index of a socket that is connected now, or -1; those that failed are dropped. */
static int race_winner(struct race *race, const struct pollfd *polls)
{
	for (size_t i = 0; i < race->started; i++) {
		int sys = 0;
		socklen_t len = sizeof(sys);

		if (race->fds[i] < 0 || !polls[i].revents)
			continue;
		getsockopt(race->fds[i], SOL_SOCKET, SO_ERROR, &sys, &len);
		if (sys == 0)
			return (int)i;
		race->sys = sys;
		cleanup_fd(&race->fds[i]);
		race->fds[i] = -1;
		race->running--;
		race->next_ms = clock_ms();
	}
	return -1;
}

/* Wait for the sockets on their way, the next start or the deadline, whichever is first. */
static int race_wait(struct race *race, struct deadline deadline)
{
	struct pollfd polls[LIMIT_ADDRESSES_N];
	bool more = race->started < race->addresses->n;
	struct deadline until = deadline;

	if (more && race->next_ms < until.at_ms)
		until.at_ms = race->next_ms;
	for (size_t i = 0; i < race->started; i++)
		polls[i] = (struct pollfd){.fd = race->fds[i], .events = POLLOUT};
	if (poll(polls, race->started, deadline_left_ms(until)) <= 0)
		return -1;
	return race_winner(race, polls);
}

static int connect_fault(const struct race *race, const char *label, struct fault *why)
{
	size_t n = race->addresses->n;

	errno = race->sys;
	fault_sys(why, "cannot connect to '%s'", label);
	why->kind = FAULT_PEER;
	if (n > 1)
		fault_wrap(why, "none of %zu addresses answers", n);
	return -1;
}

int dial_connect(const struct dial_addresses *addresses, const char *label, struct stream *stream,
	struct fault *why)
{
	struct race race = {.addresses = addresses};
	int winner = -1;
	int one = 1;

	while (winner < 0 && deadline_left_ms(stream->deadline) > 0) {
		if (race.started < addresses->n && (!race.running || clock_ms() >= race.next_ms))
			race_start_next(&race);
		else if (!race.running)
			break;
		if (race.running)
			winner = race_wait(&race, stream->deadline);
	}
	race_end(&race, (size_t)winner);
	if (winner < 0 && (race.running || race.started < addresses->n))
		return fault_set(why, FAULT_LIMIT, "cannot connect to '%s': timed out", label);
	if (winner < 0)
		return connect_fault(&race, label, why);
	stream->fd = race.fds[winner];
	setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return 0;
}
