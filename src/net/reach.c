/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/reach.h"

#include <stdlib.h>
#include <string.h>

#include "src/net/hostport.h"
#include "src/net/http.h"
#include "src/net/socks.h"

/* Look the target up, dropping addresses that are nearer than allowed. */
static int find_addresses(const struct reach *reach, struct deadline deadline,
	struct dial_addresses *ret, struct fault *why)
{
	struct dial_addresses found = {.n = 0};
	size_t kept = 0;

	if (dial_lookup(reach->host, reach->port, reach->family, deadline, &found, why))
		return -1;
	for (size_t i = 0; i < found.n; i++) {
		char ip[DIAL_ADDRESS_LEN];

		dial_address_text(&found.at[i], ip);
		if (reach->least == DIAL_NEVER || dial_reach_of(ip) >= reach->least)
			found.at[kept++] = found.at[i];
	}
	found.n = kept;
	if (kept == 0)
		return fault_set(why, FAULT_REFUSED,
			"'%s' has only addresses that a peer may not send us to", reach->host);
	*ret = found;
	return 0;
}

/* Connect to the proxy, and through it to `host`, which is a name or an address. */
static int open_by_proxy(
	const struct reach *reach, const char *host, struct stream *stream, struct fault *why)
{
	const struct proxy *proxy = reach->proxy;
	bool socks = proxy->scheme == PROXY_SOCKS5 || proxy->scheme == PROXY_SOCKS5H;
	struct dial_addresses addresses = {.n = 0};
	int rc;

	stream->end = PROBE_UNREACHABLE;
	rc = dial_lookup(
		     proxy->host, proxy->port, reach->family, stream->deadline, &addresses, why) ||
	     dial_connect(&addresses, strstr(proxy->label, "://") + 3, stream, why);
	if (rc == 0)
		stream->end = PROBE_PROXY_REFUSED;
	if (rc == 0 && proxy->scheme == PROXY_HTTPS)
		rc = stream_start_proxy_tls(stream, proxy->host, proxy->is_ip, proxy->user, why);
	if (rc == 0 && socks)
		rc = socks_open(stream, proxy, host, reach->port, why);
	else if (rc == 0 && !reach->for_http)
		rc = http_connect(stream, proxy, host, reach->port, why);
	return rc ? fault_wrap(why, "proxy '%s'", proxy->label) : 0;
}

/* SOCKS5 with the name looked up here: each address gets an equal share of the time left. */
static int open_by_socks5(const struct reach *reach, struct stream *stream, struct fault *why)
{
	struct dial_addresses addresses = {.n = 0};
	struct deadline whole = stream->deadline;
	int rc = -1;

	if (find_addresses(reach, whole, &addresses, why))
		return -1;
	for (size_t i = 0; rc && i < addresses.n; i++) {
		char host[DIAL_ADDRESS_LEN];

		dial_address_text(&addresses.at[i], host);
		stream_close(stream);
		fault_clear(why);
		stream->deadline =
			deadline_in(deadline_left_ms(whole) / (int64_t)(addresses.n - i));
		rc = open_by_proxy(reach, host, stream, why);
		stream->deadline = whole;
		if (stream->end == PROBE_PROXY_AUTH_REQUIRED)
			break;
	}
	return rc;
}

int reach_open(const struct reach *reach, struct stream *stream, struct fault *why)
{
	auto_free char *label = hostport_label(reach->host, reach->port);
	struct dial_addresses addresses = {.n = 0};

	stream->end = PROBE_UNREACHABLE;
	if (!label)
		return fault_nomem(why);
	if (reach->proxy->scheme == PROXY_SOCKS5)
		return open_by_socks5(reach, stream, why);
	if (reach->proxy->scheme != PROXY_NONE)
		return open_by_proxy(reach, reach->host, stream, why);
	return find_addresses(reach, stream->deadline, &addresses, why) ||
			       dial_connect(&addresses, label, stream, why)
		       ? -1
		       : 0;
}
