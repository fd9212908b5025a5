/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_LINT_H
#define TRUSTFIX_LINT_H

/*
 * May this certificate become an anchor?  And who will not like it?
 */

#include "src/base/names.h"
#include "src/client/verify.h"

enum lint_issuer {
	LINT_SELF_SIGNED_ONLY,
	LINT_ALLOW_INTERMEDIATE, /* --allow-intermediate */
};

/*
 * The rules nobody may break: a CA (basicConstraints, keyCertSign; RFC 5280 4.2.1.3, 4.2.1.9),
 * self-signed with a good signature unless allowed otherwise, within its dates at `at`, a key of at
 * least 1024 bits RSA or 224 bits EC and at most LIMIT_PUBLIC_KEY_BITS, not signed with MD2, MD4 or
 * MD5. FAULT_REFUSED with the rule; FAULT_FORMAT: cannot be decoded.
 */
int lint_anchor(struct cert *cert, enum lint_issuer issuer, time_t at, struct fault *why);

/*
 * A sentence for each reason why some clients will refuse chains under this anchor, although
 * lint_anchor() lets it pass: "Python 3.13 and later will refuse this CA: basicConstraints is not
 * critical, RFC 5280 4.2.1.9".  Appended to `ret`.
 */
int lint_clients(struct cert *cert, struct names *ret, struct fault *why);

/* FAULT_REFUSED with the first of those sentences when one of the `required` clients will refuse
 * every chain under it. */
int lint_required(struct cert *cert, client_set required, struct fault *why);

#endif
