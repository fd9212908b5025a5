/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CAPTURE_H
#define TRUSTFIX_CAPTURE_H

/*
 * Which certificate is the interceptor's CA, or why there is none to take.
 *
 * The path is built over what was sent, what AIA gave, and what lies in the tree (its stores, files
 * of known agents).  Its top counts only if it is self-signed and passes lint_anchor(); a leaf is
 * never taken, an intermediate only when allowed.  Two targets with two different CAs give two
 * CAs.
 */

#include "src/find/survey.h"
#include "src/x509/ca.h"

struct capture_options {
	const struct advice *advice; /* the call, for what to run instead; or NULL */
	time_t at; /* of paths; whether a CA may be taken is asked of the clock */
	bool allow_intermediate;
	bool pinned; /* a --pin is given: debug proxies are let through to approval */
	bool must_show; /* a --pin or --lock must fit: a trusted private CA is captured as well */
	/* Where the root that is missing is taken from; NULL: nowhere. */
	const struct certs *public_roots;
	const char *public_source; /* who has them, for people */
};

/*
 * The CAs of every target that needs one, each once; none when every target is trusted and nobody
 * intercepts.  FAULT_PEER: a target presented no chain, or did not prove it to be its own.
 * FAULT_REFUSED: what it presents has no CA that may be taken; the text names the target and the
 * reason.
 *
 * Where a public root is missing it is taken out of options->public_roots, never from the peer: one
 * that is known (src/x509/roots.h), or, when something is pinned, one that has a known one's name.
 */
int capture_make(const struct survey *survey, struct site *site,
	const struct capture_options *options, struct cas *ret, struct fault *why);

/* Does the target lack nothing but a public root? */
bool capture_lacks_root(const struct finding *finding);

/* One that came from a file (--ca); lint_anchor() decides. */
int capture_take_file(struct cas *cas, struct cert *cert, const struct capture_options *options,
	struct fault *why);

/* "seen for 2 of 3 targets (2 owners)", allocated. */
int capture_seen(const struct ca *ca, size_t targets_n, char **ret, struct fault *why);

#endif
