/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_RULES_H
#define TRUSTFIX_RULES_H

/*
 * What a client demands of a certificate at its place in a path: one rule, one sentence with the
 * standard's section.  Which client applies which rule where is in its row (clients.c).
 */

#include <stdbool.h>
#include <time.h>

#include "src/x509/cert.h"

enum rule {
	RULE_SOUND, /* no extension damaged or there twice */
	RULE_EXPIRED,
	RULE_EARLY,
	RULE_VERSION_3,
	RULE_CA, /* basicConstraints say so */
	RULE_CA_OR_V1, /* ... or it is too old to say so */
	RULE_CA_OR_SELF_ISSUED, /* ... or that, or it names itself as its issuer and says nothing */
	RULE_NO_CA,
	RULE_CERT_SIGN, /* keyUsage, where there is one */
	RULE_SIGN, /* digitalSignature, where there is keyUsage */
	RULE_PATHLEN,
	RULE_PATHLEN_ISSUED, /* self-issued certificates are not counted */
	RULE_SERVER, /* extendedKeyUsage, where there is one */
	RULE_SERVER_OR_ANY,
	RULE_SERVER_OR_SGC,
	RULE_SERVER_ANY_OR_SGC,
	RULE_CRITICAL, /* no unknown critical extension */
	RULE_NAME_TYPES, /* critical nameConstraints of known types only */
	RULE_NAMES, /* nameConstraints */
	RULE_MD5,
	RULE_SHA1,
	RULE_KEY_SIZE,
	RULE_KEY_KIND,
	RULE_SUBJECT, /* an empty one needs a critical subjectAltName */
	RULE_ASCII, /* in DNS names */
	RULE_SERIAL, /* not negative */
	/* X509_STRICT */
	RULE_BASIC_CRITICAL,
	RULE_KEY_USAGE,
	RULE_KEY_ID,
	RULES
};

typedef unsigned rule_set;
#define RULE_BIT(rule) (1u << (rule))
#define RULES_OF_DATES (RULE_BIT(RULE_EXPIRED) | RULE_BIT(RULE_EARLY))

/* How nameConstraints are applied. */
enum {
	NAMES_COMMON_NAME = 1 << 0, /* to a common name that stands for a DNS name, too */
	NAMES_CAS = 1 << 1, /* to the CAs below, not only to the leaf */
	NAMES_FEW = 1 << 2, /* of types other than DNS, IP and mail nothing is known */
	NAMES_WILDCARDS = 1 << 3, /* a wildcard must not cover an excluded name */
};

/* The demands of a client that are not the same for all. */
struct demands {
	int rsa_bits;
	const int *keys; /* NIDs of curves and key types, 0 at the end; NULL: any */
	const int *extensions; /* NIDs it knows beside the usual, 0 at the end */
	unsigned names; /* NAMES_* */
};

/* path[0] is the leaf; the certificate asked about is path[n - 1]. */
struct step {
	struct cert *const *path;
	size_t n;
	time_t at;
	const struct demands *demands;
};

/* What is wrong: "basicConstraints is not critical, RFC 5280 4.2.1.9"; static. */
const char *rule_text(enum rule rule);
int rule_error(enum rule rule); /* X509_V_ERR_* */

/* Is this one broken?  A certificate that cannot be decoded breaks RULE_SOUND alone. */
bool rule_is_broken(enum rule rule, const struct step *step);

/* The first of these that is broken, or RULES. */
enum rule rules_broken(rule_set rules, const struct step *step);

#endif
