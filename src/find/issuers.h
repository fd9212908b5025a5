/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_ISSUERS_H
#define TRUSTFIX_ISSUERS_H

/* The issuers that peers should have sent, fetched from where the certificates say they lie (AIA).
 */

#include "src/find/survey.h"

/*
 * For every finding whose path ends at an issuer that is neither in `anchors` nor a public root:
 * fetch into finding->fetched, side by side, once for all findings that end at the same
 * certificate; each within what is left of its probe's time.  What cannot be fetched is no fault.
 */
int issuers_fetch(const struct survey *survey, const struct certs *anchors, struct fault *why);

/*
 * Need a peer not send more above `top`: it is self-signed, or its issuer has the name of a public
 * root or of one of `anchors`?
 */
bool issuers_know(struct cert *top, const struct certs *anchors);

#endif
