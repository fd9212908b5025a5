/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_PROVE_H
#define TRUSTFIX_PROVE_H

/*
 * Would the readers of a store trust these peers?  Checked the same way before a commit (on the
 * planned view) and after it (on a fresh one).
 */

#include "src/net/probe.h"
#include "src/find/change.h"

struct finding;

struct client_result {
	enum client client;
	bool decides;
	bool trusts;
	bool is_stopped; /* all that it has against the peers is finding->obstacles */
	int error; /* X509_V_ERR_* for the first peer that is not trusted */
	char why[VERIFICATION_WHY_LEN];
};

struct proof {
	struct client_result clients[CLIENTS];
	size_t clients_n;
	bool holds; /* every deciding reader trusts every peer */
};

/*
 * Is a peer trusted because of the CAs of the change?
 *
 * Every deciding reader must trust the peer, each by its own path.  The answer is yes if at least
 * one of them, in any store, has a path that ends at such a CA (or at another certificate with its
 * name and key), or would refuse the peer without these CAs, for instance when one of them is the
 * intermediate that the server left out.  Otherwise something else makes the peer trusted.
 */
struct prove_end {
	bool is_known;
	bool uses_ca;
	struct certs used; /* which of the CAs; all of them, if no path ends at one but removing
			    * them would break trust */
	struct cert *other; /* another anchor at which a path ends, or NULL */
};

struct prove_case {
	struct finding *findings; /* the peers; one without a proven chain is never trusted */
	size_t n;
	time_t at;
	client_set require; /* --require; 0: the place's own deciding readers */
	bool advice; /* also check the advising readers */
	const struct advice *command_line; /* to advise what to run next; or NULL */
	const struct cas *cas; /* the CAs of the change: fills in finding->end; or NULL */
};

/* Returns 0 with the proof even if readers refuse; check ret->holds.  Adds to the obstacles of the
 * findings. */
int prove_place(const struct place *place, const struct certs *anchors, const struct prove_case *it,
	struct proof *ret, struct fault *why);

/* The first deciding reader that does not trust a peer's chain, or NULL. */
const struct client_result *proof_refusal(const struct proof *proof);

#endif
