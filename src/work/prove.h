/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_PROVE_H
#define TRUSTFIX_PROVE_H

/*
 * Would the readers of a store trust these peers?  The same question before a commit (on the
 * planned view) and after it (on a fresh one).
 */

#include "src/peer/probe.h"
#include "stores/store.h"

struct reader_result {
	enum reader reader;
	bool decides;
	bool trusts;
	int error; /* X509_V_ERR_* of the first peer that is not trusted */
	char why[JUDGMENT_WHY_LEN];
};

struct proof {
	struct reader_result readers[READERS];
	size_t readers_n;
	bool holds; /* every deciding reader trusts every peer */
};

struct prove_case {
	const struct probe *probes; /* the peers; one that proved no chain is trusted by nobody */
	size_t probes_n;
	time_t at;
	reader_set require; /* --require; 0: the place's own deciding readers */
	bool advice; /* ask the advising readers too */
};

/* 0 and the proof, whatever it says. */
int prove_place(const struct place *place, const struct certs *anchors, const struct prove_case *it,
	struct proof *ret, struct fault *why);

/* The first deciding reader that refuses, or NULL. */
const struct reader_result *proof_refusal(const struct proof *proof);

#endif
