/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_INTERMEDIATES_H
#define TRUSTFIX_INTERMEDIATES_H

/*
 * Find the intermediates that servers left out: fetch them from the URLs in the certificates (AIA),
 * and check them.
 *
 * They are added to no store and need no approval: each must lead to a root that is trusted here or
 * public, or the result is a fault.  A server's administrator appends them to what the server
 * sends; for a proxy they go into squid's sslproxy_foreign_intermediate_certs.
 */

#include "src/find/survey.h"
#include "src/x509/ca.h"

/*
 * Fill `*ret`, for each target starting with the one next to its leaf; the `targets` of each are
 * those that left it out.
 *
 * FAULT_PEER: a target presented no chain.  FAULT_REFUSED: a missing intermediate could not be
 * fetched, or the completed chain still leads to no root that is trusted or public; or no target
 * left out anything.
 */
int intermediates_find(const struct survey *survey, struct cas *ret, struct fault *why);

/*
 * Fetch issuers into finding->fetched for every finding whose path ends at an issuer that is
 * neither in `anchors` nor a public root.
 *
 * The fetches run in parallel, one for all findings that end at the same certificate, each within
 * what is left of its probe's time.  A failed fetch is not a fault.
 */
int issuers_fetch(const struct survey *survey, const struct certs *anchors, struct fault *why);

/*
 * Is the path complete at `top`?  It is if `top` is self-signed, or if its issuer has the name of a
 * public root or of one of `anchors`.
 */
bool issuers_know(struct cert *top, const struct certs *anchors);

#endif
