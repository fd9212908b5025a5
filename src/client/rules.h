/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_RULES_H
#define TRUSTFIX_RULES_H

/*
 * What a client requires of a certificate, depending on its position in the path.  Each rule has
 * one sentence, with the section of the standard.  The client's row (clients.c) says which rules
 * apply at which position.
 */

#include <stdbool.h>
#include <time.h>

#include "src/x509/cert.h"

enum rule {
	RULE_SOUND, /* no malformed or duplicate extension */
	RULE_EXPIRED,
	RULE_EARLY,
	RULE_VERSION_3,
	RULE_CA, /* a CA according to basicConstraints */
	RULE_ANCHOR_CA, /* ... or what demands.old_cas allows instead */
	RULE_NO_CA,
	RULE_CERT_SIGN, /* keyUsage, if present, has keyCertSign */
	RULE_SIGN, /* keyUsage, if present, has digitalSignature */
	RULE_PATHLEN,
	RULE_SERVER, /* extendedKeyUsage, if present, has one of demands.purposes */
	RULE_CRITICAL, /* no unknown critical extension */
	RULE_NAME_TYPES, /* critical nameConstraints have known types only */
	RULE_NAMES, /* nameConstraints */
	RULE_MD5,
	RULE_SHA1,
	RULE_KEY_SIZE,
	RULE_KEY_KIND,
	RULE_SUBJECT, /* an empty subject requires a critical subjectAltName */
	RULE_ASCII, /* DNS names are ASCII */
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
	NAMES_COMMON_NAME = 1 << 0, /* also to a common name that is used as a DNS name */
	NAMES_CAS = 1 << 1, /* also to the CAs below, not only to the leaf */
	NAMES_FEW = 1 << 2, /* types other than DNS, IP and mail are ignored */
	NAMES_WILDCARDS = 1 << 3, /* a wildcard must not cover an excluded name */
};

/* The parameters of the rules, which differ from client to client. */
struct demands {
	int rsa_bits;
	const int *keys; /* NIDs of curves and key types, 0 at the end; NULL: any */
	const int *extensions; /* NIDs it knows besides the usual ones, 0 at the end */
	unsigned names; /* NAMES_* */
	uint32_t purposes; /* XKU_* */
	/* EXFLAG_V1: a certificate of version 1, which has no extensions, may be an anchor; also
	 * EXFLAG_SI: or one that is self-issued and has no basicConstraints */
	uint32_t old_cas;
	bool skips_self_issued; /* pathLenConstraint does not count these */
};

/* path[0] is the leaf; the certificate to check is path[n - 1]. */
struct step {
	struct cert *const *path;
	size_t n;
	time_t at;
	const struct demands *demands;
};

extern const struct rule_row {
	int error; /* X509_V_ERR_* */
	const char
		*text; /* if it is broken: "basicConstraints is not critical, RFC 5280 4.2.1.9" */
} client_rules[RULES];

/* Is this rule broken?  A certificate that cannot be decoded breaks only RULE_SOUND. */
bool rule_is_broken(enum rule rule, const struct step *step);

/* The first of these rules that is broken, or RULES. */
enum rule rules_broken(rule_set rules, const struct step *step);

#endif
