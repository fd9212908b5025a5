/* SPDX-License-Identifier: Apache-2.0 */
#include "src/work/prove.h"

#include <openssl/x509_vfy.h>
#include <stdio.h>

#include "src/cert/walk.h"

/* One reader over all peers; stops at the first that it refuses. */
static int ask_reader(const struct certs *anchors, const struct prove_case *it,
	struct reader_result *ret, struct fault *why)
{
	ret->trusts = true;
	for (size_t i = 0; i < it->probes_n && ret->trusts; i++) {
		const struct probe *probe = &it->probes[i];
		struct judge_case one = {&probe->chain, anchors, probe->host, it->at};
		struct judgment judgment = {0};

		if (!probe_is_proven(probe))
			judgment_refuse(
				&judgment, X509_V_ERR_UNSPECIFIED, probe->why.text, NULL);
		else if (judge(&one, ret->reader, &judgment, why) < 0)
			return -1;
		if (judgment.trusts)
			continue;
		ret->trusts = false;
		ret->error = judgment.error;
		snprintf(ret->why, sizeof(ret->why), "%s", judgment.why);
	}
	return 0;
}

int prove_place(const struct place *place, const struct certs *anchors, const struct prove_case *it,
	struct proof *ret, struct fault *why)
{
	reader_set deciding = it->require ? it->require : place->ops->deciding(place);
	reader_set asked = deciding | (it->advice ? place->ops->advising(place) : 0);
	struct proof proof = {.holds = true};

	for (enum reader reader = 0; reader < READERS; reader++) {
		struct reader_result *result = &proof.readers[proof.readers_n];

		if (!(asked & READER_BIT(reader)))
			continue;
		result->reader = reader;
		result->decides = deciding & READER_BIT(reader);
		if (ask_reader(anchors, it, result, why) < 0)
			return -1;
		proof.holds = proof.holds && (result->trusts || !result->decides);
		proof.readers_n++;
	}
	*ret = proof;
	return 0;
}

const struct reader_result *proof_refusal(const struct proof *proof)
{
	for (size_t i = 0; i < proof->readers_n; i++)
		if (proof->readers[i].decides && !proof->readers[i].trusts)
			return &proof->readers[i];
	return NULL;
}
