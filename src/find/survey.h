/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_SURVEY_H
#define TRUSTFIX_SURVEY_H

/*
 * Targets to findings: what each peer presents, what its chain lacks, and what that means here.
 *
 * survey_make() asks all targets side by side, fetches missing issuers, lets the site's stores
 * judge and diagnoses.  survey_again() makes a new handshake per target and nothing else: the proof
 * after a commit.
 */

#include "src/diagnose/diagnose.h"
#include "src/find/prove.h"
#include "src/find/site.h"

struct survey_options {
	struct probe_options peer;
	const char *chain_file; /* --chain: judge this instead of dialling */
	time_t at; /* the time to judge at */
	client_set require; /* --require; 0: the stores' own deciding readers */
};

struct finding {
	const struct target *target;
	const struct probe *probe;
	const struct probe *latest; /* the same, or what survey_again() got */
	struct certs fetched; /* by AIA */
	char *missed; /* why AIA gave no more, or NULL */
	struct certs sent_path; /* leaf first, over what was sent; empty: no proven chain */
	struct certs path; /* over what was fetched as well */
	struct diagnosis diagnosis;
	struct prove_end end; /* by what it is trusted after a change */
};

struct survey {
	const struct survey_options *options; /* borrowed, as is */
	const struct advice *advice; /* the call, for what to run next; or NULL */
	struct prober *prober; /* NULL with --chain */
	struct finding *at; /* one per target */
	size_t n;
	struct target *targets; /* what the findings point to */
	struct probe *probes;
	struct probe *again;
	struct certs anchors; /* of all stores of the site, as they were asked */
	/* Labels of targets; when both lists have some, the tunnel is split. */
	struct names intercepted;
	struct names bypassed; /* trusted under a public root */
};

/*
 * Is the target the name of a file, which belongs behind --ca?  `is_unknown`: nobody knows such a
 * host.  FAULT_USAGE: it is, and the text says what to run.
 */
int survey_check_file(
	const char *text, bool is_unknown, const struct advice *command_line, struct fault *why);

/* FAULT_USAGE: a target that is none; FAULT_LIMIT: too many.  What a peer does is no fault but a
 * finding. */
int survey_make(const struct names *targets, const struct survey_options *options,
	struct site *site, struct survey *ret, struct fault *why);

/* One new handshake per target, into finding->latest; with --chain the recorded chain again. */
int survey_again(struct survey *survey, struct fault *why);

/* Forget by what the peers are trusted.  Then, once it is known: of how many it is a CA of the
 * change, and is it that one's of any? */
void survey_forget_ends(struct survey *survey);
size_t survey_proven_n(const struct survey *survey);
bool survey_proves(const struct survey *survey, const struct cert *ca);

/* A finding that came to no proven chain, as a FAULT_PEER: why, and what to do. */
int survey_fault(const struct finding *finding, struct fault *why);

/*
 * Who a peer belongs to, near enough: the last two labels of its name (so that all of "co.uk" is
 * one owner, which errs on the safe side); an address is an owner of its own.  Inside probe->host.
 */
const char *survey_owner(const struct probe *probe);

/* A sentence when some targets are intercepted and others bypassed, allocated; else NULL. */
int survey_split(const struct survey *survey, char **ret, struct fault *why);

void survey_free(struct survey *survey);
CLEANUP_VALUE(survey, survey_free)
#define auto_survey CLEANUP(survey) struct survey

#endif
