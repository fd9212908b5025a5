/* SPDX-License-Identifier: Apache-2.0 */
#include "src/find/obstacles.h"

#include "src/base/text.h"
#include "src/client/clients.h"
#include "src/x509/chain_build.h"

static const struct {
	const char *reason;
	const char *why; /* after "the server" or "the proxy", and before what was measured */
	const char *unit; /* of that; NULL: none */
	const char *todo; /* after "must" */
} flaws[FLAWS] = {
	[FLAW_VERSION] = {"old-version", "speaks nothing newer than ", NULL,
		"enable TLS 1.2 or later"},
	[FLAW_RENEGOTIATION] = {"no-secure-renegotiation",
		"lacks secure renegotiation, RFC 5746; it speaks ", NULL,
		"update its software, or enable TLS 1.3"},
	[FLAW_SHA1] = {"sha1-signature", "signs the handshake with ", NULL,
		"enable signatures with SHA-256"},
	[FLAW_DH] = {"weak-dh", "uses a Diffie-Hellman key of ", " bits",
		"use Diffie-Hellman parameters of at least 2048 bits, or ECDHE"},
	[FLAW_SIZE] = {"large-certificate-message", "sends a Certificate message of ", " bytes",
		"send only its certificate and the intermediates above it"},
	[FLAW_SUITE] = {"no-common-suite",
		"offers no combination of cipher suite, group and signature algorithm that these "
		"clients accept; it prefers ",
		NULL, "enable a cipher suite of ECDHE and AES-GCM, with the curve X25519 or P-256"},
};

const struct obstacle *obstacles_first(const struct obstacle at[static OBSTACLES])
{
	for (size_t i = 0; i < OBSTACLES; i++)
		if (at[i].decides)
			return &at[i];
	return NULL;
}

void obstacles_free(struct obstacle at[static OBSTACLES])
{
	for (size_t i = 0; i < OBSTACLES; i++) {
		free(at[i].why);
		free(at[i].todo);
		at[i] = (struct obstacle){0};
	}
}

/* "the server speaks nothing newer than TLSv1.1" */
static int say_flaw(
	const struct probe *peer, enum flaw flaw, struct obstacle *ret, struct fault *why)
{
	const char *unit = flaws[flaw].unit;
	const char *whom = peer->is_proxy ? "proxy" : "server";
	char number[24];

	snprintf(number, sizeof(number), "%zu",
		flaw == FLAW_DH ? peer->handshake.dh_bits : peer->handshake.certs_len);
	return text_set(&ret->why, why, "the %s %s%s%s", whom, flaws[flaw].why,
		       unit                 ? number
		       : flaw == FLAW_SUITE ? peer->handshake.cipher
		       : flaw == FLAW_SHA1  ? "SHA-1"
					    : peer->tls,
		       unit ? unit : "") < 0
		       ? -1
		       : text_set(&ret->todo, why, "whoever runs the %s must %s", whom,
				 flaws[flaw].todo);
}

int obstacles_proxy_todo(const struct probe *proxy, enum client client, const struct certs *anchors,
	time_t at, const struct advice *advice, char **ret, struct fault *why)
{
	const struct verify_case it = {&proxy->chain, anchors, proxy->host, at};
	struct verification verification;
	auto_certs path = CERTS_INIT;
	CLEANUP(diagnosis) struct diagnosis diagnosis = {0};
	struct diagnose_facts facts = {.path = &path,
		.anchors = anchors,
		.untrusted_by = client_name(client),
		.untrusted_why = verification.why,
		.at = at,
		.advice = advice};

	if (client_verify(&it, client, &verification, why) < 0)
		return -1;
	facts.error = verification.error;
	if (chain_build(&proxy->chain, anchors, at, &path, why) < 0 ||
		diagnose(proxy, &facts, &diagnosis, why) < 0)
		return -1;
	free(*ret);
	*ret = steal(&diagnosis.todo);
	return 0;
}

int obstacles_find(const struct probe *probe, enum client client, bool decides,
	const struct verify_case *it, const struct advice *advice,
	struct obstacle at[static OBSTACLES], const char **ret_why, struct fault *why)
{
	const struct client_row *row = &clients[client];
	const struct probe *proxy = row->checks_proxy ? probe->proxy : NULL;
	struct verification verification = {.trusts = true};

	*ret_why = NULL;
	if (proxy) {
		struct verify_case of = {&proxy->chain, it->anchors, proxy->host, it->at};

		if (client_verify(&of, client, &verification, why) < 0)
			return -1;
	}
	for (size_t i = 0; i < OBSTACLES; i++) {
		const struct probe *peer = probe;
		struct obstacle *obstacle = &at[i];
		bool stops, stops_new = false;
		int rc = 0;

		if (i < FLAWS && !((probe->refused[row->hello] | probe->refused[row->hello_new]) &
					 FLAW_BIT(i)))
			peer = proxy;
		if (i == OBSTACLE_CLIENT_CERT) {
			stops = probe->end == PROBE_CLIENT_CERT_REQUIRED;
		} else if (i == OBSTACLE_PROXY) {
			stops = !verification.trusts;
		} else {
			stops = peer && peer->refused[row->hello] & FLAW_BIT(i);
			stops_new = peer && peer->refused[row->hello_new] & FLAW_BIT(i);
		}
		if (!stops && !stops_new)
			continue;
		/* The reason of a client that decides is the one to tell. */
		if (stops && decides && !obstacle->decides) {
			free(steal(&obstacle->why));
			free(steal(&obstacle->todo));
		}
		if (!obstacle->why && i == OBSTACLE_CLIENT_CERT)
			rc = text_set(&obstacle->why, why, "%s", probe->why.text) < 0 ||
			     text_set(&obstacle->todo, why, VERDICT_CLIENT_CERT_TODO) < 0;
		else if (!obstacle->why && i == OBSTACLE_PROXY)
			rc = text_set(&obstacle->why, why, "the proxy '%s' is not trusted: %s",
				     proxy->label, verification.why) < 0 ||
			     obstacles_proxy_todo(proxy, client, it->anchors, it->at, advice,
				     &obstacle->todo, why) < 0;
		else if (!obstacle->why)
			rc = say_flaw(peer, i, obstacle, why) < 0;
		if (rc)
			return -1;
		obstacle->verdict = i == OBSTACLE_CLIENT_CERT ? VERDICT_CLIENT_CERT_REQUIRED
				    : i == OBSTACLE_PROXY     ? VERDICT_PROXY_UNTRUSTED
							      : VERDICT_OBSOLETE_TLS;
		obstacle->reason = i < FLAWS ? flaws[i].reason : verdict_name(obstacle->verdict);
		obstacle->clients |= CLIENT_BIT(client);
		obstacle->newer |= stops ? 0 : CLIENT_BIT(client);
		obstacle->decides = obstacle->decides || (stops && decides);
		*ret_why = stops && !*ret_why ? obstacle->why : *ret_why;
	}
	return 0;
}
