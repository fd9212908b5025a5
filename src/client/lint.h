/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_LINT_H
#define TRUSTFIX_LINT_H

/*
 * May this certificate become a trust anchor, and which clients will reject it?
 */

#include "src/base/names.h"
#include "src/client/chain_verify.h"

enum lint_issuer {
	LINT_SELF_SIGNED_ONLY,
	LINT_ALLOW_INTERMEDIATE, /* --allow-intermediate */
};

/*
 * Check the rules that every anchor must satisfy: it is a CA (basicConstraints, keyCertSign;
 * RFC 5280 4.2.1.3, 4.2.1.9), self-signed with a good signature unless `issuer` allows otherwise,
 * valid at `at`, with a key of at least 1024 bits (RSA) or 224 bits (EC) and at most
 * LIMIT_PUBLIC_KEY_BITS, and not signed with MD2, MD4 or MD5.
 * FAULT_REFUSED names the rule; FAULT_FORMAT: the certificate cannot be decoded.
 */
int lint_anchor(struct cert *cert, enum lint_issuer issuer, time_t at, struct fault *why);

/*
 * Append to `ret` a sentence for each reason why some clients will refuse chains under this anchor,
 * although lint_anchor() accepts it: "Python 3.13 and later will refuse this CA: basicConstraints
 * is not critical, RFC 5280 4.2.1.9".
 */
int lint_clients(struct cert *cert, struct names *ret, struct fault *why);

/*
 * Fail if one of the `required` clients will refuse every chain under this anchor.
 * FAULT_REFUSED with the first of those sentences.
 */
int lint_required(struct cert *cert, client_set required, struct fault *why);

#endif
