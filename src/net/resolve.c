/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/dial.h"

#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One look-up, shared by its caller and the look-up thread; the last to release it frees it. */
struct request {
	pthread_mutex_t lock;
	pthread_cond_t done_now;
	unsigned holders;
	bool done;
	int rc; /* EAI_* */
	struct addrinfo *list;
	struct addrinfo hints;
	char port[8];
	char host[];
};

/* Call with the lock held; releases it. */
static void request_release(struct request *it)
{
	bool last = --it->holders == 0;

	pthread_mutex_unlock(&it->lock);
	if (!last)
		return;
	if (it->list)
		freeaddrinfo(it->list);
	pthread_mutex_destroy(&it->lock);
	pthread_cond_destroy(&it->done_now);
	free(it);
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

/* Call with the lock held.  Returns 0 or an errno value. */
static int request_start(struct request *it)
{
	pthread_attr_t attr;
	pthread_t thread;
	int rc;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, LIMIT_LOOKUP_STACK);
	rc = pthread_create(&thread, &attr, request_run, it);
	pthread_attr_destroy(&attr);
	it->holders += rc == 0;
	return rc;
}

int dial_lookup(const char *host, uint16_t port, enum probe_family family, struct deadline deadline,
	struct dial_addresses *ret, struct fault *why)
{
	static const struct {
		int family;
		const char *text;
	} families[] = {
		[PROBE_ANY] = {AF_UNSPEC, ""},
		[PROBE_IPV4] = {AF_INET, " over IPv4"},
		[PROBE_IPV6] = {AF_INET6, " over IPv6"},
	};
	struct request *it = calloc(1, sizeof(*it) + strlen(host) + 1);
	int sys = 0;
	int rc = 0;

	if (!it)
		return fault_nomem(why);
	deadline_init_cond(&it->done_now);
	pthread_mutex_init(&it->lock, NULL);
	it->holders = 1;
	it->hints.ai_family = families[family].family;
	it->hints.ai_socktype = SOCK_STREAM;
	snprintf(it->port, sizeof(it->port), "%u", port);
	memcpy(it->host, host, strlen(host) + 1);
	/* An address needs no thread. */
	it->hints.ai_flags = AI_NUMERICHOST;
	it->rc = getaddrinfo(it->host, it->port, &it->hints, &it->list);
	it->done = it->rc != EAI_NONAME;
	it->hints.ai_flags = 0;
	pthread_mutex_lock(&it->lock);
	if (!it->done)
		sys = request_start(it);
	while (!it->done && sys == 0 && deadline_wait_cond(deadline, &it->done_now, &it->lock))
		;
	if (sys)
		rc = fault_set(why, FAULT_SYSTEM, "cannot start a thread: %s", strerror(sys));
	else if (!it->done)
		rc = fault_set(why, FAULT_LIMIT, "cannot look up '%s': timed out", host);
	else if (it->rc)
		rc = fault_set(why, FAULT_PEER, "cannot look up '%s'%s: %s", host,
			families[family].text, gai_strerror(it->rc));
	else
		ret->n = 0;
	for (const struct addrinfo *at = rc ? NULL : it->list; at && ret->n < LIMIT_ADDRESSES_N;
		at = at->ai_next)
		if (at->ai_family == AF_INET || at->ai_family == AF_INET6) {
			memset(&ret->at[ret->n], 0, sizeof(ret->at[0]));
			memcpy(&ret->at[ret->n++], at->ai_addr, at->ai_addrlen);
		}
	request_release(it);
	return rc;
}
