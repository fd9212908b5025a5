/* SPDX-License-Identifier: Apache-2.0 */
#include "src/peer/probe.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/cert/ossl.h"
#include "src/peer/handshake.h"
#include "src/peer/prober.h"
#include "src/peer/reach.h"
#include "src/peer/starttls.h"

void probe_free(struct probe *probe)
{
	certs_free(&probe->chain);
	free(probe->label);
	free(probe->host);
	free(probe->via);
	free(probe->address);
	free(probe->tls);
	free(probe->alpn);
	*probe = (struct probe){0};
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

static int begin(const struct probe_options *options, const struct target *target,
	struct proxy *proxy, struct probe *ret)
{
	const char *name = options->servername ? options->servername : target->host;
	struct in6_addr ip;

	*ret = (struct probe){.end = PROBE_FAILED};
	ret->deadline = deadline_in(options->timeout_ms);
	ret->host = strdup(name);
	ret->label = strdup(target->label);
	if (!ret->host || !ret->label)
		return fault_nomem(&ret->why);
	ret->host_is_ip = inet_pton(AF_INET, name, &ip) == 1 || inet_pton(AF_INET6, name, &ip) == 1;
	if (reach_proxy_for(options, target->host, target->is_ip, false, proxy, &ret->why))
		return -1;
	ret->via = proxy->label ? strdup(proxy->label) : NULL;
	return proxy->label && !ret->via ? fault_nomem(&ret->why) : 0;
}

/* Give the failure its word: the system's own, the time, or what the step was about. */
static void fail(struct probe *probe, enum probe_end end)
{
	if (probe->why.kind == FAULT_SYSTEM || probe->why.kind == FAULT_USAGE)
		probe->end = PROBE_FAILED;
	else if (probe->why.kind == FAULT_LIMIT && deadline_left_ms(probe->deadline) == 0)
		probe->end = PROBE_TIMEOUT;
	else
		probe->end = end;
}

static int open_stream(const struct probe_options *options, const struct target *target,
	const struct proxy *proxy, struct wire *wire, struct probe *ret)
{
	struct reach reach = {
		.proxy = proxy,
		.host = options->connect_host ? options->connect_host : target->host,
		.port = options->connect_host ? options->connect_port : target->port,
		.family = options->family,
		.least = DIAL_NEVER,
	};
	enum probe_end end = PROBE_UNREACHABLE;
	int rc;

	wire->deadline = ret->deadline;
	rc = reach_open(&reach, wire, &end, &ret->why);
	if (wire->fd >= 0 && !ret->address)
		ret->address = dial_peer_label(wire);
	if (rc == 0 && starttls_run(wire, target->scheme, ret->host, &ret->why)) {
		rc = fault_wrap(&ret->why, "'%s'", target->label);
		end = PROBE_NOT_TLS;
	}
	if (rc)
		fail(ret, end);
	return rc;
}

/* true: to be tried again without ALPN. */
static bool ask(const struct prober *prober, const struct target *target, const struct proxy *proxy,
	bool alpn, struct probe *ret)
{
	auto_wire wire = WIRE_INIT;

	if (open_stream(prober->options, target, proxy, &wire, ret))
		return false;
	return handshake_run(prober->ctx, &wire, target->label, alpn, ret);
}

void probe_one(const struct prober *prober, const struct target *target, struct probe *ret)
{
	int timeout_ms = prober->options->timeout_ms;
	bool alpn = target->scheme == TARGET_TLS;
	auto_proxy proxy = PROXY_INIT;

	if (begin(prober->options, target, &proxy, ret))
		return;
	/* RFC 7301, section 3.2: a server that knows neither protocol may hang up. */
	if (ask(prober, target, &proxy, alpn, ret) && alpn) {
		certs_free(&ret->chain);
		fault_clear(&ret->why);
		ask(prober, target, &proxy, false, ret);
	}
	ret->left_ms = deadline_left_ms(ret->deadline);
	if (ret->end == PROBE_TIMEOUT)
		fault_wrap(&ret->why, "no answer within %g s", timeout_ms / 1000.0);
}

/* ---- many ------------------------------------------------------------------------------------ */

/*
 * Few threads at first: handshakes with peers that answer at once are work for the processors, and
 * more threads than those only wait for each other inside OpenSSL.  When nobody comes back for a
 * moment, the peers are what is waited for: as many again.
 */
struct crowd {
	const struct prober *prober;
	const struct target *targets;
	struct probe *probes;
	size_t n;
	pthread_mutex_t lock; /* of what is below */
	pthread_cond_t moved;
	size_t next;
	size_t done;
	pthread_t threads[LIMIT_PROBES_AT_ONCE];
	size_t started;
};

static void *crowd_work(void *at)
{
	struct crowd *crowd = at;

	pthread_mutex_lock(&crowd->lock);
	while (crowd->next < crowd->n) {
		size_t i = crowd->next++;

		pthread_mutex_unlock(&crowd->lock);
		probe_one(crowd->prober, &crowd->targets[i], &crowd->probes[i]);
		pthread_mutex_lock(&crowd->lock);
		crowd->done++;
		pthread_cond_signal(&crowd->moved);
	}
	pthread_mutex_unlock(&crowd->lock);
	return NULL;
}

/* Up to `wanted` threads in all; what pthread_create(3) says of the one that could not be had. */
static int crowd_grow(struct crowd *crowd, size_t wanted)
{
	pthread_attr_t attr;
	int rc = 0;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, LIMIT_PROBE_STACK);
	while (crowd->started < wanted && crowd->started < LIMIT_PROBES_AT_ONCE &&
		crowd->started < crowd->n && rc == 0) {
		rc = pthread_create(&crowd->threads[crowd->started], &attr, crowd_work, crowd);
		crowd->started += rc == 0;
	}
	pthread_attr_destroy(&attr);
	return rc;
}

/* Wait for the next to come back, at most LIMIT_PROBE_STUCK_MS.  false: nobody did. */
static bool crowd_moves(struct crowd *crowd)
{
	size_t before = crowd->done;

	deadline_wait_cond(deadline_in(LIMIT_PROBE_STUCK_MS), &crowd->moved, &crowd->lock);
	return crowd->done != before;
}

int probe_all(const struct prober *prober, const struct target *targets, size_t n,
	struct probe *ret, struct fault *why)
{
	struct crowd crowd = {.prober = prober,
		.targets = targets,
		.probes = ret,
		.n = n,
		.lock = PTHREAD_MUTEX_INITIALIZER};
	int rc;

	if (n <= 1) {
		crowd_work(&crowd);
		return 0;
	}
	deadline_init_cond(&crowd.moved);
	rc = crowd_grow(&crowd, LIMIT_PROBES_AT_FIRST);
	/* Fewer threads than wanted do all the work, too. */
	if (crowd.started == 0)
		return fault_set(why, FAULT_SYSTEM, "cannot start a thread: %s", strerror(rc));
	pthread_mutex_lock(&crowd.lock);
	while (crowd.done < n)
		if (!crowd_moves(&crowd) && crowd.next < n)
			crowd_grow(&crowd, 2 * crowd.started);
	pthread_mutex_unlock(&crowd.lock);
	for (size_t i = 0; i < crowd.started; i++)
		pthread_join(crowd.threads[i], NULL);
	return 0;
}
