/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/reach.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "src/net/http_connect.h"
#include "src/net/hostport.h"
#include "src/net/socks.h"

static char *copy(const char *text, bool *bad)
{
	char *made = text ? strdup(text) : NULL;

	*bad = *bad || (text && !made);
	return made;
}

static int proxy_copy(const struct proxy *proxy, struct proxy *ret, struct fault *why)
{
	bool bad = false;

	*ret = (struct proxy){
		.scheme = proxy->scheme,
		.host = copy(proxy->host, &bad),
		.port = proxy->port,
		.user = copy(proxy->user, &bad),
		.password = copy(proxy->password, &bad),
		.label = copy(proxy->label, &bad),
	};
	if (!bad)
		return 0;
	proxy_free(ret);
	return fault_nomem(why);
}

static const char *process_getenv(const char *name)
{
	return getenv(name);
}

int reach_proxy_for(const struct probe_options *options, const char *host, bool is_ip,
	bool for_http, struct proxy *ret, struct fault *why)
{
	route_getenv get = options->getenv ? options->getenv : process_getenv;
	auto_proxy it = PROXY_INIT;
	int rc = 0;

	if (options->proxy)
		rc = proxy_copy(options->proxy, &it, why);
	else if (!options->no_proxy)
		rc = route_from_env(host, is_ip, for_http, get, &it, why);
	if (rc == 0 && it.scheme != PROXY_NONE && !it.user && options->proxy_auth)
		rc = proxy_set_auth(&it, options->proxy_auth, why);
	if (rc)
		return -1;
	*ret = it;
	it = (struct proxy)PROXY_INIT;
	return 0;
}

/* Leave out what lies nearer than is allowed. */
static int addresses_filter(
	const struct reach *reach, struct dial_addresses *addresses, struct fault *why)
{
	size_t kept = 0;

	for (size_t i = 0; i < addresses->n; i++)
		if (reach->least == DIAL_NEVER || dial_reach_of(&addresses->at[i]) >= reach->least)
			addresses->at[kept++] = addresses->at[i];
	addresses->n = kept;
	if (kept == 0)
		return fault_set(why, FAULT_REFUSED,
			"'%s' has only addresses that a peer may not send us to", reach->host);
	return 0;
}

static int target_addresses(const struct reach *reach, struct deadline deadline,
	struct dial_addresses *ret, struct fault *why)
{
	return dial_lookup(reach->host, reach->port, reach->family, deadline, ret, why) ||
			       addresses_filter(reach, ret, why)
		       ? -1
		       : 0;
}

static int open_directly(const struct reach *reach, struct stream *stream, struct fault *why)
{
	auto_free char *label = hostport_label(reach->host, reach->port);
	struct dial_addresses addresses = {.n = 0};

	if (!label)
		return fault_nomem(why);
	if (target_addresses(reach, stream->deadline, &addresses, why))
		return -1;
	return dial_connect(&addresses, label, stream, why);
}

int reach_open_proxy(const struct reach *reach, struct stream *stream, enum probe_end *ret_end,
	struct fault *why)
{
	const struct proxy *proxy = reach->proxy;
	const char *host = proxy->host;
	struct reach to_proxy = {proxy, host, proxy->port, reach->family, DIAL_NEVER};
	struct in6_addr ip;
	bool is_ip = inet_pton(AF_INET, host, &ip) == 1 || inet_pton(AF_INET6, host, &ip) == 1;

	*ret_end = PROBE_UNREACHABLE;
	if (open_directly(&to_proxy, stream, why))
		return fault_wrap(why, "proxy '%s'", proxy->label);
	*ret_end = PROBE_PROXY_REFUSED;
	if (proxy->scheme == PROXY_HTTPS &&
		stream_start_proxy_tls(stream, host, is_ip, proxy->user, why))
		return fault_wrap(why, "proxy '%s'", proxy->label);
	return 0;
}

static int open_by_socks(const struct reach *reach, const char *host, struct stream *stream,
	enum probe_end *ret_end, struct fault *why)
{
	if (reach_open_proxy(reach, stream, ret_end, why))
		return -1;
	if (socks_open(stream, reach->proxy, host, reach->port, ret_end, why))
		return fault_wrap(why, "proxy '%s'", reach->proxy->label);
	return 0;
}

/* The name is looked up here; each address gets its share of the time that is left. */
static int open_by_socks_address(const struct reach *reach, struct stream *stream,
	enum probe_end *ret_end, struct fault *why)
{
	struct dial_addresses addresses = {.n = 0};
	struct deadline whole = stream->deadline;
	int rc = -1;

	*ret_end = PROBE_UNREACHABLE;
	if (target_addresses(reach, whole, &addresses, why))
		return -1;
	for (size_t i = 0; rc && i < addresses.n; i++) {
		auto_free char *host = dial_address_host(&addresses.at[i]);

		stream_close(stream);
		fault_clear(why);
		if (!host)
			return fault_nomem(why);
		stream->deadline =
			deadline_in(deadline_left_ms(whole) / (int64_t)(addresses.n - i));
		rc = open_by_socks(reach, host, stream, ret_end, why);
		stream->deadline = whole;
		if (*ret_end == PROBE_PROXY_AUTH_REQUIRED)
			break;
	}
	return rc;
}

int reach_open(const struct reach *reach, struct stream *stream, enum probe_end *ret_end,
	struct fault *why)
{
	const struct proxy *proxy = reach->proxy;

	*ret_end = PROBE_UNREACHABLE;
	if (proxy->scheme == PROXY_NONE)
		return open_directly(reach, stream, why);
	if (proxy->scheme == PROXY_SOCKS5)
		return open_by_socks_address(reach, stream, ret_end, why);
	if (proxy->scheme == PROXY_SOCKS5H)
		return open_by_socks(reach, reach->host, stream, ret_end, why);
	if (reach_open_proxy(reach, stream, ret_end, why))
		return -1;
	if (http_connect_open(stream, proxy, reach->host, reach->port, ret_end, why))
		return fault_wrap(why, "proxy '%s'", proxy->label);
	return 0;
}
