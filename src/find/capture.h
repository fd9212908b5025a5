/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CAPTURE_H
#define TRUSTFIX_CAPTURE_H

/*
 * Determine which certificate is the interceptor's CA, or why none can be captured.
 *
 * The path is built from what the peer sent, what AIA gave, and what is in the tree (its stores,
 * files of known agents).  The top of the path is taken only if it is self-signed and passes
 * lint_anchor(); a leaf is never taken, an intermediate only when allowed.  Two targets with
 * different CAs give two CAs.
 */

#include "src/find/survey.h"
#include "src/x509/ca.h"

struct capture_options {
	const struct advice *advice; /* the command line, to advise what to run instead; or NULL */
	time_t at; /* the time for paths; lint_anchor() uses the clock */
	bool allow_intermediate;
	bool pinned; /* a --pin is given: leave debugging proxies to approval */
	bool must_show; /* a --pin or --lock must match: also capture a private CA that is
			 * already trusted */
	/* Where to take a missing public root from; NULL: nowhere. */
	const struct certs *public_roots;
	const char *public_source; /* where these roots are from, for messages */
};

/*
 * Capture the CA of every target that needs one, each CA once; none when every target is trusted
 * and nobody intercepts.
 *
 * A missing public root is taken from options->public_roots, never from the peer: a known root
 * (src/x509/roots.h), or, with a --pin, one that has the name of a known root.  FAULT_PEER: a
 * target presented no chain, or did not prove that the chain is its own.  FAULT_REFUSED: a target's
 * chain has no CA that may be taken; the text names the target and the reason.
 */
int capture_make(const struct survey *survey, struct site *site,
	const struct capture_options *options, struct cas *ret, struct fault *why);

/* Is a public root the only thing the target's chain lacks? */
bool capture_lacks_root(const struct finding *finding);

/* Add a CA from a file (--ca); lint_anchor() decides whether it may be taken. */
int capture_take_file(struct cas *cas, struct cert *cert, const struct capture_options *options,
	struct fault *why);

/* "seen for 2 of 3 targets (2 owners)", allocated. */
int capture_seen(const struct ca *ca, size_t targets_n, char **ret, struct fault *why);

#endif
