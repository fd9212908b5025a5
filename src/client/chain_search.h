/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CHAIN_SEARCH_H
#define TRUSTFIX_CHAIN_SEARCH_H

/*
 * How readers that are not built on OpenSSL find a way from the leaf to an anchor.  Each way that
 * ends at one is held against the reader's rules (clients.c); the first that holds is taken.
 */

#include <openssl/types.h>

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
	struct verification *ret; /* no way so far, why the first was refused, or that it trusts */
};

/* Every way is tried: Go (crypto/x509/verify.go, buildChains) ... */
void chain_search_go(struct chain_search *search);

/* ... and webpki (verify_cert.rs, build_chain), where an anchor is what issued, never the leaf. */
void chain_search_webpki(struct chain_search *search);

/* One way: the chain in order, cut where it is trusted (sun.security.validator.PKIXValidator);
 * every way when it is not in order. */
void chain_search_java(struct chain_search *search);

/* One way: the chain sorted, cut where it is trusted (GnuTLS 3.7, lib/x509/verify-high.c). */
void chain_search_gnutls(struct chain_search *search);

/* ---- for the walks --------------------------------------------------------------------------- */

/* Only the leaf is on the path. */
void chain_search_start(struct chain_search *search);

/* The path ends at an anchor: does it keep every rule?  Then it trusts; else it is refused. */
bool chain_search_holds(struct chain_search *search);

/* Only the first refusal is told, as it is of the way that the reader would take first. */
void chain_search_refuse(
	struct chain_search *search, int error, const char *reason, struct cert *whom);

/* Decoded, or NULL. */
X509 *chain_search_x509(struct cert *cert);

/* What a refusal says: the reason, and whom it is about (may be NULL). */
void verification_refuse(struct verification *ret, int error, const char *reason, X509 *whom);

/* Is `above`'s subject `below`'s issuer, as this reader compares names? */
bool chain_search_names_match(
	const struct client_row *client, struct cert *above, struct cert *below);

#endif
