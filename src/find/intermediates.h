/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_INTERMEDIATES_H
#define TRUSTFIX_INTERMEDIATES_H

/*
 * Find the intermediates that servers left out: fetch them by AIA (issuers.h) and check them.
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

#endif
