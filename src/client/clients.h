/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CLIENTS_H
#define TRUSTFIX_CLIENTS_H

/* How the clients of verify.h differ: one row each, for the verdict (verify.c) and the advice
 * (lint.c).  Which program verifies as which of them is in programs.c. */

#include "src/x509/dn.h"
#include "src/client/verify.h"
#include "src/client/rules.h"
#include "src/x509/pem_quirks.h"

struct chain_search;

struct client_row {
	const char *name; /* of --require and of the reports */
	const char *people; /* what people know it by: "Python 3.13 and later" */

	/* How it finds its way to an anchor (chain_search.h); NULL: as OpenSSL does, with these. */
	void (*search)(struct chain_search *search);
	unsigned long flags; /* X509_V_FLAG_* */
	int level; /* OpenSSL's security level: 1 is 80 bits (RSA 1024), 2 is 112 (RSA 2048) */

	/* Who leaves the name to OpenSSL has X509_CHECK_FLAG_*, the others have HOSTNAME_*. */
	bool own_host;
	unsigned host;

	enum pem_reader file; /* how it reads a file of anchors */
	size_t sent_max; /* certificates sent; 0: any number */
	size_t cas_max; /* between leaf and anchor, where a way is looked for; 0: any number */
	enum dn_habit names; /* how it compares those of issuer and subject */
	rule_set leaf, middle, anchor; /* where they stand in the path */
	rule_set alone; /* of a leaf that is an anchor itself */
	struct demands demands;
};

extern const struct client_row clients[CLIENTS];

#endif
