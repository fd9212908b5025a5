/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/probe.h"

#include <stdlib.h>
#include <string.h>

#include "src/x509/ossl.h"
#include "src/net/connect.h"
#include "src/net/handshake.h"
#include "src/net/proxy.h"
#include "src/net/starttls.h"
#include "src/sys/parallel.h"

void probe_free(struct probe *probe)
{
	if (probe->proxy)
		probe_free(probe->proxy);
	free(probe->proxy);
	url_free(&probe->url);
	certs_free(&probe->chain);
	free(probe->via);
	free(probe->address);
	free(probe->tls);
	free(probe->alpn);
	*probe = (struct probe){0};
}

void probe_set_host(
	const struct probe_options *options, const struct url *target, struct probe *ret)
{
	const struct url *name = options->servername ? options->servername : target;

	ret->host = name->host;
	ret->host_is_ip = name->is_ip;
}

int prober_make(const struct probe_options *options, struct prober **ret, struct fault *why)
{
	auto_prober it = calloc(1, sizeof(*it));

	if (!it)
		return fault_nomem(why);
	it->options = options;
	if (handshake_make_ctx(options, &it->ctx, why))
		return -1;
	*ret = steal(&it);
	return 0;
}

void prober_free(struct prober *prober)
{
	if (!prober)
		return;
	SSL_CTX_free(prober->ctx);
	certs_free(&prober->anchors);
	free(prober);
}

/* ---- one probe ------------------------------------------------------------------------------- */

/* Connect and run STARTTLS, up to where the handshake begins. */
static int open_stream(const struct route *route, const struct url *target, struct stream *stream,
	struct probe *ret)
{
	struct fault *why = &ret->why;
	int rc;

	stream->deadline = ret->deadline;
	rc = connect_open(route, stream, why);
	if (stream->fd >= 0 && !ret->address)
		ret->address = connect_peer(stream);
	if (rc == 0 && starttls_run(stream, target->scheme, ret->host, why)) {
		rc = fault_wrap(why, "'%s'", target->label);
		stream->end = PROBE_NOT_TLS;
	}
	if (rc == 0)
		return 0;
	/* A failure on our side, a timeout, or else a failure of the current step. */
	if (why->kind == FAULT_SYSTEM || why->kind == FAULT_USAGE)
		ret->end = PROBE_FAILED;
	else if (why->kind == FAULT_LIMIT && deadline_left_ms(ret->deadline) == 0)
		ret->end = PROBE_TIMEOUT;
	else
		ret->end = stream->end;
	return -1;
}

/*
 * Open a stream and make one handshake as that client, NULL: as any of them.  Returns true if
 * another one without `alpn` may succeed; `*ret_began`: a stream could be opened.
 */
static bool try(const struct prober *prober, struct route *route, const struct url *target,
	const struct hello *as, bool alpn, struct probe *ret, bool *ret_began)
{
	auto_stream stream = STREAM_INIT;

	certs_free(&ret->chain);
	fault_clear(&ret->why);
	route->of = ret;
	*ret_began = open_stream(route, target, &stream, ret) == 0;
	return *ret_began && handshake_run(prober->ctx, as, &stream, alpn, ret);
}

/* Which clients would refuse the peer's handshake?  Ask it as those that may. */
static void find_refusals(const struct prober *prober, struct route *route,
	const struct url *target, bool alpn, struct probe *ret)
{
	ret->is_refused = ret->end == PROBE_CLIENT_CERT_REQUIRED;
	for (enum hello_kind i = HELLO_NONE + 1; i < HELLOS; i++) {
		const struct hello *as = &hellos[i];
		auto_probe again = {.label = ret->label,
			.host = ret->host,
			.host_is_ip = ret->host_is_ip,
			.deadline = ret->deadline};
		unsigned flaws = hello_flaws(as, &ret->handshake), left;
		bool began = false;

		if (!(flaws & FLAW_BIT(FLAW_SIZE)) &&
			(flaws || !handshake_suits_all(&ret->handshake)))
			try(prober, route, target, as, alpn, &again, &began);
		left = hello_flaws(as, &again.handshake);
		if (began && probe_is_proven(&again))
			flaws = left ? flaws | left : 0;
		else if (began && !flaws && again.end != PROBE_TIMEOUT && again.end != PROBE_FAILED)
			flaws = FLAW_BIT(FLAW_SUITE);
		ret->refused[i] = flaws;
		ret->is_refused = ret->is_refused || flaws;
	}
}

void probe_one(const struct prober *prober, const struct url *target, struct probe *ret)
{
	const struct probe_options *options = prober->options;
	bool alpn = target->scheme == URL_HTTPS;
	auto_url proxy = URL_INIT;
	struct route route = {
		.to = options->connect ? options->connect : target,
		.proxy = &proxy,
		.family = options->family,
		.prober = prober,
	};
	bool began;

	*ret = (struct probe){.end = PROBE_FAILED, .label = target->label};
	ret->deadline = deadline_in(options->timeout_ms);
	probe_set_host(options, target, ret);
	if (proxy_find(options, target, false, &proxy, &ret->why))
		return;
	/* RFC 7301, section 3.2: a server that supports neither protocol may abort. */
	if (try(prober, &route, target, NULL, alpn, ret, &began) && alpn) {
		alpn = false;
		try(prober, &route, target, NULL, alpn, ret, &began);
	}
	if (probe_is_proven(ret))
		find_refusals(prober, &route, target, alpn, ret);
	ret->via = proxy.label ? strdup(proxy.label) : NULL;
	ret->via_has_login = proxy.user && !options->proxy && !options->proxy_auth;
	ret->left_ms = deadline_left_ms(ret->deadline);
	if (ret->end == PROBE_TIMEOUT)
		fault_wrap(&ret->why, "no answer within %g s", options->timeout_ms / 1000.0);
	if (!ret->proxy)
		return;
	ret->proxy->url = proxy;
	proxy = URL_INIT;
}

/* ---- many ------------------------------------------------------------------------------------ */

struct probes {
	const struct prober *prober;
	const struct url *targets;
	struct probe *at;
};

static void probe_nth(void *arg, size_t i)
{
	const struct probes *probes = arg;

	probe_one(probes->prober, &probes->targets[i], &probes->at[i]);
}

int probe_all(const struct prober *prober, const struct url *targets, size_t n, struct probe *ret,
	struct fault *why)
{
	struct probes probes = {prober, targets, ret};

	return parallel_run(n, false, probe_nth, &probes, why);
}
