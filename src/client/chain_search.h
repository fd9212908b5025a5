/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CHAIN_SEARCH_H
#define TRUSTFIX_CHAIN_SEARCH_H

/*
 * How readers that are not built on OpenSSL find a way from the leaf to an anchor.  Each way that
 * ends at one is held against the reader's rules (readers.c); the first that holds is taken.
 */

#include <openssl/types.h>

#include "src/base/limits.h"
#include "src/client/clients.h"

struct walk {
	const struct judge_case *it;
	const struct reader_row *reader;
	const struct certs *anchors; /* those that can matter */
	struct cert *path[LIMIT_JUDGE_DEPTH]; /* the leaf first, borrowed */
	size_t n;
	size_t checks_left;
	rule_set anchor_too; /* what one that did not issue the leaf must keep beside the others */
	struct judgment *ret; /* no way so far, why the first was refused, or that it trusts */
};

/* Every way is tried: Go (crypto/x509/verify.go, buildChains) ... */
void walk_go(struct walk *walk);

/* ... and webpki (verify_cert.rs, build_chain), where an anchor is what issued, never the leaf. */
void walk_webpki(struct walk *walk);

/* One way: the chain in order, cut where it is trusted (sun.security.validator.PKIXValidator);
 * every way when it is not in order. */
void walk_java(struct walk *walk);

/* One way: the chain sorted, cut where it is trusted (GnuTLS 3.7, lib/x509/verify-high.c). */
void walk_gnutls(struct walk *walk);

/* ---- for the walks --------------------------------------------------------------------------- */

/* Only the leaf is on the path. */
void walk_start(struct walk *walk);

/* The path ends at an anchor: does it keep every rule?  Then it trusts; else it is refused. */
bool walk_holds(struct walk *walk);

/* Only the first refusal is told, as it is of the way that the reader would take first. */
void walk_refuse(struct walk *walk, int error, const char *reason, struct cert *whom);

/* Decoded, or NULL. */
X509 *walk_x509(struct cert *cert);

/* What a refusal says: the reason, and whom it is about (may be NULL). */
void judgment_refuse(struct judgment *ret, int error, const char *reason, X509 *whom);

/* Is `above`'s subject `below`'s issuer, as this reader compares names? */
bool walk_names_match(const struct reader_row *reader, struct cert *above, struct cert *below);

#endif
