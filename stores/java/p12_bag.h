/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_P12_BAG_H
#define TRUSTFIX_P12_BAG_H

/*
 * The bags of a SafeContents (RFC 7292, 4.2), as Java understands them: a certificate is trusted
 * when its bag has Oracle's attribute trustedKeyUsage, 2.16.840.1.113894.746875.1.1; bags inside
 * bags are not looked at.
 */

#include "src/base/names.h"
#include "src/x509/certs.h"
#include "src/base/buf.h"
#include "src/base/bytes.h"

struct p12_bag {
	const uint8_t *at; /* all of it */
	size_t len;
	const uint8_t *der; /* of a trusted certificate; else NULL */
	size_t der_len;
	bool is_entry; /* Java lists it: a trusted certificate, a key, a secret */
	const uint8_t *alias; /* UTF-16, big-endian, of an entry; NULL: it has none */
	size_t alias_len;
};

/*
 * The next bag.  FAULT_FORMAT: damaged, or a trusted certificate that is not DER.  FAULT_LIMIT:
 * bags inside bags, more than LIMIT_KEYSTORE_DEPTH; a long alias.
 */
int p12_bag_take(struct bytes *in, struct p12_bag *ret, struct fault *why);

/* The bag's alias, if it has one, appended as text in lower case: ASCII, and \XXXX for the rest. */
int p12_bag_alias(const struct p12_bag *bag, struct names *ret, struct fault *why);

/* Append the bag of a trusted certificate.  `alias` is ASCII. */
void p12_bag_add(struct buf *out, const struct cert *cert, const char *alias);

#endif
