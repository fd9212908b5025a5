/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_PROBE_H
#define TRUSTFIX_PROBE_H

/*
 * Find out which chain a peer presents: look up, connect, proxy, STARTTLS, one handshake.
 *
 * The handshake completes whether or not the chain is trusted (this module judges nothing) and
 * records the chain exactly as sent.  It presents a client certificate only if one was given.  A
 * probe is filled once and is read-only after that.  probe_all() probes many targets in parallel,
 * each with its own deadline.
 */

#include <openssl/types.h>
#include <sys/socket.h>

#include "src/client/hello.h"
#include "src/x509/certs.h"
#include "src/net/url.h"
#include "src/sys/clock.h"

enum probe_family {
	PROBE_ANY = AF_UNSPEC,
	PROBE_IPV4 = AF_INET,
	PROBE_IPV6 = AF_INET6,
};

/* The command-line options that apply to every target of a run.  Every probe borrows them. */
struct probe_options {
	const char *proxy; /* --proxy, a URL; NULL: the environment decides */
	bool no_proxy; /* --no-proxy */
	const char *proxy_auth; /* "user:password" for a proxy URL without a login; NULL: none */
	const char *proxy_cacert; /* --proxy-cacert; NULL: the stores */
	const struct url *connect; /* --connect; NULL: the target's host and port */
	const struct url *servername; /* --servername; NULL: the target's host */
	const char *cert_file; /* --cert, PEM: the certificate and its chain */
	const char *key_file; /* --key; NULL: in cert_file */
	const char *key_pass; /* decrypts the key; NULL: none */
	int timeout_ms;
	enum probe_family family;
	bool no_aia;
};

/* How far the probe got. */
enum probe_end {
	PROBE_CHAIN, /* the handshake completed */
	PROBE_CLIENT_CERT_REQUIRED, /* the peer proved its chain, then demanded or refused a client
				       certificate */
	PROBE_UNPROVEN, /* a chain was presented, and the handshake did not complete */
	PROBE_PROXY_AUTH_REQUIRED,
	PROBE_PROXY_REFUSED,
	PROBE_PROXY_UNTRUSTED, /* so it got no password */
	PROBE_NOT_TLS,
	PROBE_TIMEOUT,
	PROBE_UNREACHABLE,
	PROBE_FAILED, /* our own side: no memory, an unreadable client key */
	PROBE_ENDS
};

struct probe {
	enum probe_end end;
	struct fault why; /* set unless end is PROBE_CHAIN; printable */
	struct certs chain; /* as sent, duplicates included; at most LIMIT_CHAIN_N */
	const char *label; /* the target's, borrowed; NULL: the chain is from a file */
	const char *host; /* the name to verify, borrowed: --servername or the target's host */
	bool host_is_ip;
	char *via; /* the proxy's label, or NULL */
	bool via_has_login; /* the environment variable contains a user and password */
	char *address; /* the peer of the TCP connection (or the proxy): "192.0.2.1:443" */
	char *tls; /* "TLSv1.3", or NULL */
	char *alpn; /* "h2", "http/1.1", or NULL: none was chosen */
	bool client_cert_asked;
	bool completed; /* the handshake */
	struct handshake handshake; /* zero unless it was completed or stopped over a client
				       certificate */
	unsigned refused[HELLOS]; /* why clients refuse the handshake: FLAW_BIT()s per hello_kind;
				     0: they do not */
	bool is_refused; /* some client cannot use the server, for that reason or another */
	struct probe *proxy; /* the https:// proxy on the way, or NULL */
	bool is_proxy; /* this is one */
	struct url url; /* of a proxy, and owned: what host and label point to */
	struct deadline deadline; /* valid while the probe runs */
	int left_ms; /* unused part of timeout_ms, which AIA may use later */
};

void probe_free(struct probe *probe);
CLEANUP_VALUE(probe, probe_free)
#define auto_probe CLEANUP(probe) struct probe

/*
 * Did the peer prove that it holds the key of its certificate?  If not, the chain means nothing:
 * anyone can send a copy of someone else's certificate.
 */
static inline bool probe_is_proven(const struct probe *probe)
{
	return probe->chain.n &&
	       (probe->end == PROBE_CHAIN || probe->end == PROBE_CLIENT_CERT_REQUIRED);
}

/* Set ret->host, the name to verify: --servername or the target's host. */
void probe_set_host(
	const struct probe_options *options, const struct url *target, struct probe *ret);

/* What all probes of a run share. */
struct prober {
	const struct probe_options *options;
	SSL_CTX *ctx; /* with the client certificate, if one was given */
	struct certs anchors; /* https:// proxies that lead to none of these get no password */
};

/* FAULT_FORMAT, FAULT_SYSTEM: the client certificate or key cannot be used; FAULT_USAGE. */
int prober_make(const struct probe_options *options, struct prober **ret, struct fault *why);
void prober_free(struct prober *prober);
CLEANUP_POINTER(prober, prober_free)
#define auto_prober CLEANUP(prober) struct prober *

/* Probe one target.  Never fails: ret->end and ret->why say what went wrong. */
void probe_one(const struct prober *prober, const struct url *target, struct probe *ret);

/*
 * Probe `n` targets into ret[0..n-1], at most LIMIT_PARALLEL_THREADS at the same time.  Each target
 * has its own timeout, so a silent one does not use up the time of another.
 * FAULT_SYSTEM: no thread could be started.
 */
int probe_all(const struct prober *prober, const struct url *targets, size_t n, struct probe *ret,
	struct fault *why);

#endif
