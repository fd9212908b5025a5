/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/probe.h"

#include <stdlib.h>

#include "src/x509/ossl.h"
#include "src/net/connect.h"
#include "src/net/handshake.h"
#include "src/net/proxy.h"
#include "src/net/starttls.h"
#include "src/sys/parallel.h"

void probe_free(struct probe *probe)
{
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
	if (prober)
		SSL_CTX_free(prober->ctx);
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

void probe_one(const struct prober *prober, const struct url *target, struct probe *ret)
{
	const struct probe_options *options = prober->options;
	bool alpn = target->scheme == URL_HTTPS;
	bool again = true;
	auto_url proxy = URL_INIT;
	const struct route route = {
		.to = options->connect ? options->connect : target,
		.proxy = &proxy,
		.family = options->family,
	};

	*ret = (struct probe){.end = PROBE_FAILED, .label = target->label};
	ret->deadline = deadline_in(options->timeout_ms);
	probe_set_host(options, target, ret);
	if (proxy_find(options, target, false, &proxy, &ret->why))
		return;
	/* RFC 7301, section 3.2: a server that supports neither protocol may abort. */
	for (; again; alpn = false) {
		auto_stream stream = STREAM_INIT;

		certs_free(&ret->chain);
		fault_clear(&ret->why);
		again = open_stream(&route, target, &stream, ret) == 0 &&
			handshake_run(prober->ctx, &stream, alpn, ret) && alpn;
	}
	ret->via = steal(&proxy.label);
	ret->via_has_login = proxy.user && !options->proxy && !options->proxy_auth;
	ret->left_ms = deadline_left_ms(ret->deadline);
	if (ret->end == PROBE_TIMEOUT)
		fault_wrap(&ret->why, "no answer within %g s", options->timeout_ms / 1000.0);
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
