/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_ISSUERS_H
#define TRUSTFIX_ISSUERS_H

/* Fetch the issuers that peers should have sent, from the URLs in the certificates (AIA). */

#include "src/find/survey.h"

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
