/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_SURVEY_H
#define TRUSTFIX_SURVEY_H

/*
 * Turn targets into findings: what each peer presents, what its chain lacks, and what that means
 * here.
 *
 * survey_make() contacts all targets in parallel, fetches missing issuers, checks the chains
 * against the site's stores, and diagnoses.  survey_again() only makes a new handshake per target,
 * for the proof after a commit.
 */

#include "src/find/obstacles.h"
#include "src/find/prove.h"
#include "src/find/site.h"

struct survey_options {
	struct probe_options peer;
	const char *chain_file; /* --chain: check this chain instead of connecting */
	time_t at; /* the time to check certificates at */
	client_set require; /* --require; 0: the stores' own deciding readers */
};

struct finding {
	const struct url *target;
	const struct probe *probe;
	const struct probe *latest; /* `probe`, or the new one from survey_again() */
	struct certs fetched; /* by AIA */
	char *missed; /* why fetching by AIA stopped, or NULL */
	/* Built from what was sent, fetched, and trusted here, leaf first; empty: no proven chain.
	 */
	struct certs path;
	struct diagnosis diagnosis;
	struct obstacle obstacles[OBSTACLES]; /* for the clients asked last */
	struct prove_end end; /* what it is trusted by after a change */
};

struct survey {
	const struct survey_options *options; /* borrowed */
	const struct advice *advice; /* the command line, to advise what to run next; or NULL */
	struct prober *prober; /* NULL with --chain */
	struct finding *at; /* one per target */
	size_t n;
	struct url *targets; /* the targets that the findings point to */
	struct probe *probes;
	struct probe *again;
	struct certs anchors; /* of all stores of the site when the targets were contacted */
	/* Labels of targets.  If neither list is empty, this is a split tunnel. */
	struct names intercepted;
	struct names bypassed; /* trusted under a public root */
};

/*
 * Is the target really the name of a file, which should follow --ca?
 *
 * `is_unknown`: no such host was found.  FAULT_USAGE: it is a file; the text says what to run.
 */
int survey_check_file(
	const char *text, bool is_unknown, const struct advice *command_line, struct fault *why);

/* FAULT_USAGE: an invalid target.  FAULT_LIMIT: too many.  What a peer does is not a fault but a
 * finding. */
int survey_make(const struct names *targets, const struct survey_options *options,
	struct site *site, struct survey *ret, struct fault *why);

/* Make one new handshake per target, into finding->latest; with --chain, read the recorded chain
 * again. */
int survey_again(struct survey *survey, struct fault *why);

/* The word for a finding: that of the diagnosis, or of what stops a deciding client. */
enum verdict finding_verdict(const struct finding *finding);

/* Is the chain trusted here, or proven by the change, and does nothing stop deciding clients? */
bool finding_is_usable(const struct finding *finding);
bool finding_is_proven(const struct finding *finding);

/* survey_forget_ends() forgets what the peers are trusted by, and the obstacles.
 * survey_proven_n() counts the peers that are trusted by the CAs of the change, and that nothing
 * stops deciding clients from; survey_proves(): is any peer trusted by `ca`? */
void survey_forget_ends(struct survey *survey);
size_t survey_proven_n(const struct survey *survey);
bool survey_proves(const struct survey *survey, const struct cert *ca);

/* Set a FAULT_PEER for a finding without a proven chain: why, and what to do.  Returns -1. */
int survey_fault(const struct finding *finding, struct fault *why);

/* The owner of the peer's name (owner.h). */
const char *survey_owner(const struct probe *probe);

/* A sentence, allocated, if some targets are intercepted and others bypass the interceptor;
 * otherwise `*ret` is untouched. */
int survey_split(const struct survey *survey, char **ret, struct fault *why);

void survey_free(struct survey *survey);
CLEANUP_VALUE(survey, survey_free)
#define auto_survey CLEANUP(survey) struct survey

#endif
