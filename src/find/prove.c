/* SPDX-License-Identifier: Apache-2.0 */
#include "src/find/prove.h"

#include <stdio.h>

#include "src/find/survey.h"

/* one reader and one peer */
struct question {
	const struct prove_case *of;
	struct verify_case it;
	enum client client;
};

/* Would the reader trust the peer without the CAs of the change? */
static int judge_without(const struct question *question, bool *ret_trusts, struct fault *why)
{
	const struct prove_case *of = question->of;
	const struct certs *anchors = question->it.anchors;
	auto_certs others = CERTS_INIT;
	struct verify_case without = question->it;
	struct verification verification = {0};

	for (size_t i = 0; i < anchors->n; i++)
		if (!cas_hold(of->cas, anchors->at[i]) &&
			certs_add(&others, anchors->at[i], why) < 0)
			return -1;
	without.anchors = &others;
	if (client_verify(&without, question->client, &verification, why) < 0)
		return -1;
	*ret_trusts = verification.trusts;
	return 0;
}

/* The reader trusts the peer by a path that ends at `anchor`: record why. */
static int note_end(const struct question *question, struct cert *anchor, struct prove_end *ret,
	struct fault *why)
{
	const struct cas *cas = question->of->cas;
	bool trusts = false, is_one = false;

	for (size_t i = 0; anchor && i < cas->n; i++)
		is_one = is_one || ca_is(&cas->at[i], anchor);
	if (!anchor || (ret->uses_ca && !is_one))
		return 0;
	if (!is_one && cas->n && judge_without(question, &trusts, why) < 0)
		return -1;
	ret->uses_ca |= is_one || (cas->n && !trusts);
	for (size_t i = 0; i < cas->n && ret->uses_ca; i++)
		if ((!is_one || ca_is(&cas->at[i], anchor)) &&
			!certs_hold(&ret->used, cas->at[i].cert) &&
			certs_add(&ret->used, cas->at[i].cert, why) < 0)
			return -1;
	if (!ret->uses_ca && !ret->other)
		ret->other = cert_ref(anchor);
	return 0;
}

/* Check one reader against all peers; the first chain that it refuses is told, or what stops it. */
static int ask_client(const struct certs *anchors, const struct prove_case *it,
	struct client_result *ret, struct fault *why)
{
	bool refuses = false;

	ret->trusts = true;
	for (size_t i = 0; i < it->n; i++) {
		struct finding *finding = &it->findings[i];
		const struct probe *probe = finding->latest;
		const struct question question = {
			it, {&probe->chain, anchors, probe->host, it->at}, ret->client};
		struct verification verification = {0};
		const char *stopped = NULL;

		if (!probe_is_proven(probe))
			verification = verification_refusal(probe->why.text);
		else if (obstacles_find(probe, ret->client, ret->decides, &question.it,
				 it->command_line, finding->obstacles, &stopped, why) < 0 ||
			 (!refuses &&
				 client_verify(&question.it, ret->client, &verification, why) < 0))
			return -1;
		if (refuses)
			continue;
		if (verification.trusts && ret->decides && it->cas &&
			note_end(&question, verification.anchor, &finding->end, why) < 0)
			return -1;
		refuses = !verification.trusts;
		if (refuses || (stopped && ret->trusts))
			snprintf(ret->why, sizeof(ret->why), "%s",
				refuses ? verification.why : stopped);
		ret->error = verification.error;
		ret->trusts = ret->trusts && !refuses && !stopped;
	}
	ret->is_stopped = !ret->trusts && !refuses;
	return 0;
}

int prove_place(const struct place *place, const struct certs *anchors, const struct prove_case *it,
	struct proof *ret, struct fault *why)
{
	client_set deciding = it->require ? it->require : place->ops->deciding;
	client_set asked = deciding | (it->advice ? place->ops->advising : 0);
	struct proof proof = {.holds = true};

	for (enum client client = 0; client < CLIENTS; client++) {
		struct client_result *result = &proof.clients[proof.clients_n];

		if (!(asked & CLIENT_BIT(client)))
			continue;
		result->client = client;
		result->decides = deciding & CLIENT_BIT(client);
		if (ask_client(anchors, it, result, why) < 0)
			return -1;
		proof.holds = proof.holds && (result->trusts || !result->decides);
		proof.clients_n++;
	}
	*ret = proof;
	return 0;
}

const struct client_result *proof_refusal(const struct proof *proof)
{
	for (size_t i = 0; i < proof->clients_n; i++)
		if (proof->clients[i].decides && !proof->clients[i].trusts &&
			!proof->clients[i].is_stopped)
			return &proof->clients[i];
	return NULL;
}
