/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_PROVE_H
#define TRUSTFIX_PROVE_H

/*
 * Would the readers of a store trust these peers?  The same question before a commit (on the
 * planned view) and after it (on a fresh one).
 */

#include "src/net/probe.h"
#include "src/find/change.h"

struct finding;

struct client_result {
	enum client client;
	bool decides;
	bool trusts;
	int error; /* X509_V_ERR_* of the first peer that is not trusted */
	char why[VERIFICATION_WHY_LEN];
};

struct proof {
	struct client_result clients[CLIENTS];
	size_t clients_n;
	bool holds; /* every deciding reader trusts every peer */
};

/*
 * Does a peer's trust come from the CAs of the change?  Every deciding reader must trust the peer,
 * each by a path of its own.  It is enough that one of them, in any store, ends at such a CA (or at
 * another certificate of its name and key), or would refuse without them, as when one is the
 * intermediate that the server left out.  Else the peer is trusted by other means.
 */
struct prove_end {
	bool is_known;
	bool uses_ca;
	struct certs used; /* which of the CAs; all, if only without them it would be refused */
	struct cert *other; /* another anchor where a path ends, or NULL */
};

struct prove_case {
	struct finding *findings; /* the peers; one that proved no chain is trusted by nobody */
	size_t n;
	time_t at;
	client_set require; /* --require; 0: the place's own deciding readers */
	bool advice; /* ask the advising readers too */
	const struct cas *cas; /* those of the change: finding->end is added to; or NULL */
};

/* 0 and the proof, whatever it says. */
int prove_place(const struct place *place, const struct certs *anchors, const struct prove_case *it,
	struct proof *ret, struct fault *why);

/* The first deciding reader that refuses, or NULL. */
const struct client_result *proof_refusal(const struct proof *proof);

#endif
