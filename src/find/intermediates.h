/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_INTERMEDIATES_H
#define TRUSTFIX_INTERMEDIATES_H

/*
 * The intermediates that servers left out, fetched by AIA (issuers.h) and checked.
 *
 * They are trusted by nobody and need no approval: each leads to a root that is trusted here or
 * public, or none is given.  A server's administrator appends them to what the server sends; a
 * proxy takes them as squid's sslproxy_foreign_intermediate_certs.
 */

#include "src/find/survey.h"
#include "src/x509/ca.h"

/*
 * Into `*ret`, of each target the one next to its leaf first; `targets` are those that left it out.
 * FAULT_PEER: a target presented no chain.  FAULT_REFUSED: what a target left out could not be
 * fetched, or with it the chain still leads to nothing trusted or public; or no target left out
 * anything.
 */
int intermediates_find(const struct survey *survey, struct cas *ret, struct fault *why);

#endif
