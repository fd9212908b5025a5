/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CHAIN_SEARCH_H
#define TRUSTFIX_CHAIN_SEARCH_H

/*
 * How clients that are not built on OpenSSL find a path from the leaf to an anchor.  Each path that
 * ends at one is checked against the client's rules (rules.h); the first that keeps them is taken.
 */

#include <openssl/types.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/limits.h"
#include "src/client/clients.h"

struct chain_search {
	const struct verify_case *it;
	const struct client_row *client;
	const struct certs *anchors; /* those that can matter */
	struct cert *path[LIMIT_VERIFY_DEPTH]; /* the leaf first, borrowed */
	size_t n;
	size_t checks_left;
	rule_set anchor_too; /* what one that did not issue the leaf must keep beside the others */
	struct verification *ret; /* no path so far, why the first was refused, or that it trusts */
};

/* Every path is tried: Go (crypto/x509/verify.go, buildChains) ... */
void chain_search_go(struct chain_search *search);

/* ... and webpki (verify_cert.rs, build_chain), where an anchor is what issued, never the leaf. */
void chain_search_webpki(struct chain_search *search);

/* One path: the chain in order, cut where it is trusted (sun.security.validator.PKIXValidator);
 * every path when it is not in order. */
void chain_search_java(struct chain_search *search);

/* One path: the chain sorted, cut where it is trusted (GnuTLS 3.7, lib/x509/verify-high.c). */
void chain_search_gnutls(struct chain_search *search);

/* ---- for these searches ---------------------------------------------------------------------- */

/* The path ends at an anchor: does it keep every rule?  Then it trusts; else it is refused. */
bool chain_search_holds(struct chain_search *search);

/* Only the first refusal is told, as it is of the path that the client would take first. */
void chain_search_refuse(
	struct chain_search *search, int error, const char *reason, struct cert *whom);

/* What a refusal says: the reason, and whom it is about (may be NULL). */
void verification_refuse(struct verification *ret, int error, const char *reason, X509 *whom);

/* Its names as DER. */
struct bytes chain_search_subject(const struct cert *cert);
struct bytes chain_search_issuer(const struct cert *cert);

static inline bool chain_search_same(struct bytes a, struct bytes b)
{
	return a.left == b.left && memcmp(a.at, b.at, a.left) == 0;
}

/* Is `above`'s subject `below`'s issuer, as this client compares names? */
bool chain_search_names_match(
	const struct client_row *client, struct cert *above, struct cert *below);

#endif
