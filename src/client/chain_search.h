/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CHAIN_SEARCH_H
#define TRUSTFIX_CHAIN_SEARCH_H

/*
 * Find a path from the leaf to a trust anchor the way clients not built on OpenSSL do.  Each path
 * that ends at an anchor is checked against the client's rules (rules.h); the first path that
 * satisfies them is used.
 */

#include <openssl/types.h>
#include "src/base/limits.h"
#include "src/client/clients.h"

struct chain_search {
	const struct verify_case *it;
	const struct client_row *client;
	const struct certs *anchors; /* those that can matter for this chain */
	struct cert *path[LIMIT_VERIFY_DEPTH]; /* the leaf first, borrowed */
	size_t n;
	size_t checks_left; /* signatures that may still be checked */
	rule_set anchor_too; /* more rules for an anchor that did not issue the leaf */
	struct verification *ret; /* so far: no path, the first refusal, or success */
};

/* Try every path: Go (crypto/x509/verify.go, buildChains) ... */
void chain_search_go(struct chain_search *search);

/* ... and webpki (verify_cert.rs, build_chain), where the leaf itself never counts as an anchor. */
void chain_search_webpki(struct chain_search *search);

/*
 * Try one path, the chain as sent, cut at the first trusted certificate; if the chain is not in
 * order, try every path (sun.security.validator.PKIXValidator).
 */
void chain_search_java(struct chain_search *search);

/* Try one path: the sorted chain, cut where it is trusted (GnuTLS 3.7, lib/x509/verify-high.c). */
void chain_search_gnutls(struct chain_search *search);

/* ---- helpers of these searches --------------------------------------------------------------- */

/* Does the path, which ends at an anchor, satisfy every rule?  Sets search->ret either way. */
bool chain_search_holds(struct chain_search *search);

/* Record the first refusal only: it belongs to the path that the client would try first. */
void chain_search_refuse(
	struct chain_search *search, int error, const char *reason, struct cert *whom);

/* Set a refusal: the reason, and the certificate that it is about (may be NULL). */
void verification_refuse(struct verification *ret, int error, const char *reason, X509 *whom);

/* Do both have key identifiers, and not the same?  NULL: cannot be decoded. */
bool chain_search_keys_differ(X509 *above, X509 *below);

/* Is `above`'s subject `below`'s issuer, as this client compares names? */
bool chain_search_names_match(
	const struct client_row *client, struct cert *above, struct cert *below);

#endif
