/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/connect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "src/base/text.h"
#include "src/client/chain_verify.h"
#include "src/net/handshake.h"
#include "src/net/http.h"
#include "src/net/proxy.h"

/* ---- addresses ------------------------------------------------------------------------------- */

void connect_ip(const struct sockaddr_storage *address, char ret[static CONNECT_IP_LEN])
{
	const void *at = address->ss_family == AF_INET6
				 ? (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr
				 : (const void *)&((const struct sockaddr_in *)address)->sin_addr;

	if (!inet_ntop(address->ss_family, at, ret, CONNECT_IP_LEN))
		memcpy(ret, "?", 2);
}

char *connect_peer(const struct stream *stream)
{
	struct sockaddr_storage address = {0};
	socklen_t len = sizeof(address);
	char ip[CONNECT_IP_LEN];

	if (getpeername(stream->fd, (struct sockaddr *)&address, &len))
		return NULL;
	connect_ip(&address, ip);
	/* The port is at the same offset in sockaddr_in and sockaddr_in6. */
	return url_place(ip, ntohs(((struct sockaddr_in *)&address)->sin_port));
}

enum connect_reach connect_reach_of(const char *host)
{
	static const struct {
		const char *network;
		enum connect_reach reach;
	} rows[] = {
		{"0.0.0.0/8", CONNECT_NEVER}, /* RFC 1122: this network */
		{"169.254.0.0/16", CONNECT_NEVER}, /* RFC 3927: link-local, cloud metadata */
		{"224.0.0.0/3", CONNECT_NEVER}, /* multicast, reserved, broadcast */
		{"127.0.0.0/8", CONNECT_LOOPBACK}, /* loopback */
		{"10.0.0.0/8", CONNECT_PRIVATE}, /* RFC 1918 */
		{"172.16.0.0/12", CONNECT_PRIVATE}, {"192.168.0.0/16", CONNECT_PRIVATE},
		{"100.64.0.0/10", CONNECT_PRIVATE}, /* RFC 6598 */
		{"::/128", CONNECT_NEVER}, /* unspecified */
		{"fe80::/10", CONNECT_NEVER}, /* link-local */
		{"ff00::/8", CONNECT_NEVER}, /* multicast */
		{"::1/128", CONNECT_LOOPBACK}, {"fc00::/7", CONNECT_PRIVATE}, /* RFC 4193 */
		{"fec0::/10", CONNECT_PRIVATE}, /* RFC 3879: deprecated site-local */
	};
	/* IPv6 networks that embed IPv4: mapped, NAT64 (RFC 6052, 8215), compatible. */
	static const char *const around[] = {
		"::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "::/96"};
	struct in6_addr six;
	char four[INET_ADDRSTRLEN];

	if (text_same(host, "localhost") || text_ends(host, ".localhost")) /* RFC 6761, 6.3 */
		return CONNECT_LOOPBACK;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (url_network_holds(rows[i].network, host))
			return rows[i].reach;
	for (size_t i = 0; i < sizeof(around) / sizeof(around[0]); i++)
		if (url_network_holds(around[i], host) && inet_pton(AF_INET6, host, &six) == 1 &&
			inet_ntop(AF_INET, six.s6_addr + 12, four, sizeof(four)))
			return connect_reach_of(four);
	return CONNECT_ANYWHERE;
}

/* ---- look up --------------------------------------------------------------------------------- */

/* One look-up, shared by its caller and the thread; the last to release it frees it. */
struct lookup {
	atomic_int holders;
	int ended; /* readable once the thread has set the result */
	int rc; /* EAI_* */
	struct addrinfo *list;
	struct addrinfo hints;
	char port[8];
	char host[];
};

static void lookup_release(struct lookup *it)
{
	if (atomic_fetch_sub(&it->holders, 1) > 1)
		return;
	if (it->list)
		freeaddrinfo(it->list);
	cleanup_fd(&it->ended);
	free(it);
}

static void *lookup_run(void *at)
{
	struct lookup *it = at;

	it->rc = getaddrinfo(it->host, it->port, &it->hints, &it->list);
	eventfd_write(it->ended, 1);
	lookup_release(it);
	return NULL;
}

static int lookup_start(struct lookup *it, struct fault *why)
{
	pthread_attr_t attr;
	pthread_t thread;

	it->ended = eventfd(0, EFD_CLOEXEC);
	it->holders = 2;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, LIMIT_LOOKUP_STACK);
	if (it->ended >= 0)
		errno = pthread_create(&thread, &attr, lookup_run, it);
	pthread_attr_destroy(&attr);
	if (it->ended >= 0 && !errno)
		return 0;
	it->holders = 1;
	return fault_sys(why, "cannot start a thread");
}

int connect_lookup(const struct url *of, enum probe_family family, enum connect_reach least,
	struct deadline deadline, struct addresses *ret, struct fault *why)
{
	size_t host_len = strlen(of->host);
	struct lookup *it = calloc(1, sizeof(*it) + host_len + 1);
	struct addresses found = {.n = 0};
	int rc = 0;

	if (!it)
		return fault_nomem(why);
	it->holders = 1;
	it->ended = -1;
	it->hints.ai_family = (int)family;
	it->hints.ai_socktype = SOCK_STREAM;
	snprintf(it->port, sizeof(it->port), "%u", of->port);
	memcpy(it->host, of->host, host_len);
	/* An address needs no thread. */
	it->hints.ai_flags = AI_NUMERICHOST;
	it->rc = getaddrinfo(it->host, it->port, &it->hints, &it->list);
	it->hints.ai_flags = 0;
	if (it->rc == EAI_NONAME &&
		(lookup_start(it, why) || deadline_wait(deadline, it->ended, POLLIN, why)))
		rc = fault_wrap(why, "cannot look up '%s'", of->host);
	else if (it->rc)
		rc = fault_set(why, FAULT_PEER, "cannot look up '%s'%s: %s", of->host,
			family == PROBE_IPV4   ? " over IPv4"
			: family == PROBE_IPV6 ? " over IPv6"
					       : "",
			gai_strerror(it->rc));
	for (const struct addrinfo *at = rc ? NULL : it->list; at && found.n < LIMIT_ADDRESSES_N;
		at = at->ai_next) {
		char ip[CONNECT_IP_LEN];

		if (at->ai_family != AF_INET && at->ai_family != AF_INET6)
			continue;
		memcpy(&found.at[found.n], at->ai_addr, at->ai_addrlen);
		connect_ip(&found.at[found.n], ip);
		found.n += connect_reach_of(ip) >= least;
	}
	lookup_release(it);
	if (rc == 0 && found.n == 0)
		return fault_set(why, FAULT_REFUSED,
			"'%s' resolves only to local addresses, which a server elsewhere may not "
			"point to",
			of->host);
	*ret = rc ? *ret : found;
	return rc;
}

/* ---- connect --------------------------------------------------------------------------------- */

int connect_first(const struct addresses *addresses, const char *place, struct stream *stream,
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
			if (fd < 0 ||
				(connect(fd, (const struct sockaddr *)address, sizeof(*address)) &&
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
		setsockopt(won, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		return stream_open(stream, won, why);
	}
	if (running || started < addresses->n)
		return fault_set(why, FAULT_LIMIT, "cannot connect to '%s': timed out", place);
	errno = sys;
	fault_sys(why, "cannot connect to '%s'", place);
	why->kind = FAULT_PEER;
	return addresses->n > 1
		       ? fault_wrap(why, "none of the %zu addresses answered", addresses->n)
		       : -1;
}

/* ---- by way of a proxy ----------------------------------------------------------------------- */

/* TLS with an https:// proxy, into route->of->proxy. */
static int open_proxy_tls(const struct route *route, struct stream *stream, struct fault *why)
{
	const struct url *proxy = route->proxy;
	struct probe *probe = route->of->proxy;
	struct verify_case it = {NULL, &route->prober->anchors, proxy->host, time(NULL)};
	struct verification verification = {0};

	if (probe)
		probe_free(probe);
	else
		probe = route->of->proxy = malloc(sizeof(*probe));
	if (!probe)
		return fault_nomem(why);
	*probe = (struct probe){.host = proxy->host,
		.host_is_ip = proxy->is_ip,
		.label = proxy->label,
		.is_proxy = true};
	handshake_run(route->prober->ctx, NULL, stream, false, probe);
	if (probe->end != PROBE_CHAIN)
		return fault_set(why, probe->why.kind, "%s", probe->why.text);
	for (enum hello_kind i = 0; i < HELLOS; i++)
		probe->refused[i] = hello_flaws(&hellos[i], &probe->handshake);
	if (!proxy->user)
		return 0;
	it.chain = &probe->chain;
	if (client_verify(&it, CLIENT_CURL, &verification, why))
		return -1;
	if (verification.trusts)
		return 0;
	stream->end = PROBE_PROXY_UNTRUSTED;
	return fault_set(why, FAULT_PEER,
		"its certificate is not trusted here (%s), so the password was not sent",
		verification.why);
}

/* Connect to the proxy, and through it to `to`. */
static int open_by_proxy(
	const struct route *route, const struct url *to, struct stream *stream, struct fault *why)
{
	const struct url *proxy = route->proxy;
	struct addresses addresses;
	int rc;

	stream->end = PROBE_UNREACHABLE;
	rc = connect_lookup(
		     proxy, route->family, CONNECT_NEVER, stream->deadline, &addresses, why) ||
	     connect_first(&addresses, proxy->place, stream, why);
	if (rc == 0)
		stream->end = PROBE_PROXY_REFUSED;
	if (rc == 0 && proxy->scheme == URL_HTTPS)
		rc = open_proxy_tls(route, stream, why);
	if (rc == 0 && (proxy->scheme == URL_SOCKS5 || proxy->scheme == URL_SOCKS5H))
		rc = proxy_socks_open(stream, proxy, to, why);
	else if (rc == 0 && !route->for_http)
		rc = http_connect(stream, proxy, to, why);
	return rc ? fault_wrap(why, "proxy '%s'", proxy->label) : 0;
}

int connect_open(const struct route *route, struct stream *stream, struct fault *why)
{
	bool socks5 = route->proxy->scheme == URL_SOCKS5;
	struct deadline whole = stream->deadline;
	struct addresses addresses;
	int rc = -1;

	stream->end = PROBE_UNREACHABLE;
	if (route->proxy->host && !socks5)
		return open_by_proxy(route, route->to, stream, why);
	if (connect_lookup(route->to, route->family, route->least, whole, &addresses, why))
		return -1;
	if (!socks5)
		return connect_first(&addresses, route->to->place, stream, why);
	/* The proxy gets one address after another, each with an equal share of the time left. */
	for (size_t i = 0; rc && i < addresses.n; i++) {
		char ip[CONNECT_IP_LEN];
		struct url to = {.host = ip, .port = route->to->port};

		connect_ip(&addresses.at[i], ip);
		auto_free char *place = url_place(ip, to.port);
		if (!place)
			return fault_nomem(why);
		to.place = place;
		stream_close(stream);
		fault_clear(why);
		stream->deadline =
			deadline_in(deadline_left_ms(whole) / (int64_t)(addresses.n - i));
		rc = open_by_proxy(route, &to, stream, why);
		stream->deadline = whole;
		if (stream->end == PROBE_PROXY_AUTH_REQUIRED)
			break;
	}
	return rc;
}
