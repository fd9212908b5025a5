/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/dial.h"

#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* One look-up, held by the asker and by the thread that does it; the last one frees it. */
struct request {
	pthread_mutex_t lock;
	pthread_cond_t done_now;
	unsigned holders;
	bool done;
	int rc; /* EAI_* */
	struct addrinfo *list;
	struct addrinfo hints;
	char *host;
	char port[8];
};

static void request_free(struct request *it)
{
	if (it->list)
		freeaddrinfo(it->list);
	pthread_mutex_destroy(&it->lock);
	pthread_cond_destroy(&it->done_now);
	free(it->host);
	free(it);
}

/* Called with the lock held, which is let go. */
static void request_release(struct request *it)
{
	bool last = --it->holders == 0;

	pthread_mutex_unlock(&it->lock);
	if (last)
		request_free(it);
}

static struct request *request_make(const char *host, uint16_t port, int family)
{
	struct request *it = calloc(1, sizeof(*it));

	if (!it)
		return NULL;
	deadline_init_cond(&it->done_now);
	pthread_mutex_init(&it->lock, NULL);
	it->holders = 1;
	it->hints.ai_family = family;
	it->hints.ai_socktype = SOCK_STREAM;
	snprintf(it->port, sizeof(it->port), "%u", port);
	it->host = strdup(host);
	if (!it->host) {
		request_free(it);
		return NULL;
	}
	return it;
}

static void *request_run(void *at)
{
	struct request *it = at;
	struct addrinfo *list = NULL;
	int rc = getaddrinfo(it->host, it->port, &it->hints, &list);

	pthread_mutex_lock(&it->lock);
	it->rc = rc;
	it->list = list;
	it->done = true;
	pthread_cond_signal(&it->done_now);
	request_release(it);
	return NULL;
}

static int request_start(struct request *it)
{
	pthread_attr_t attr;
	pthread_t thread;
	int rc;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, LIMIT_LOOKUP_STACK);
	it->holders++;
	rc = pthread_create(&thread, &attr, request_run, it);
	pthread_attr_destroy(&attr);
	if (rc)
		it->holders--;
	return rc;
}

/* With the lock held; false: the deadline passed first. */
static bool request_wait(struct request *it, struct deadline deadline)
{
	while (!it->done)
		if (!deadline_wait_cond(deadline, &it->done_now, &it->lock))
			return it->done;
	return true;
}

static int lookup_fault(int rc, const char *host, enum probe_family family, struct fault *why)
{
	static const char *const families[] = {
		[PROBE_ANY] = "", [PROBE_IPV4] = " over IPv4", [PROBE_IPV6] = " over IPv6"};

	return fault_set(why, FAULT_PEER, "cannot look up '%s'%s: %s", host, families[family],
		gai_strerror(rc));
}

static void addresses_take(const struct addrinfo *list, struct dial_addresses *ret)
{
	ret->n = 0;
	for (; list && ret->n < LIMIT_ADDRESSES_N; list = list->ai_next)
		if (list->ai_family == AF_INET || list->ai_family == AF_INET6) {
			memset(&ret->at[ret->n], 0, sizeof(ret->at[0]));
			memcpy(&ret->at[ret->n++], list->ai_addr, list->ai_addrlen);
		}
}

int dial_lookup(const char *host, uint16_t port, enum probe_family family, struct deadline deadline,
	struct dial_addresses *ret, struct fault *why)
{
	static const int families[] = {
		[PROBE_ANY] = AF_UNSPEC, [PROBE_IPV4] = AF_INET, [PROBE_IPV6] = AF_INET6};
	struct request *it = request_make(host, port, families[family]);
	int rc;

	if (!it)
		return fault_nomem(why);
	it->hints.ai_flags = AI_NUMERICHOST;
	it->rc = getaddrinfo(host, it->port, &it->hints, &it->list);
	it->done = it->rc != EAI_NONAME;
	it->hints.ai_flags = 0;
	rc = it->done ? 0 : request_start(it);
	pthread_mutex_lock(&it->lock);
	if (rc)
		fault_set(why, FAULT_SYSTEM, "cannot start a thread: %s", strerror(rc));
	else if (!request_wait(it, deadline))
		rc = fault_set(why, FAULT_LIMIT, "cannot look up '%s': timed out", host);
	else if (it->rc)
		rc = lookup_fault(it->rc, host, family, why);
	else
		addresses_take(it->list, ret);
	request_release(it);
	return rc ? -1 : 0;
}
