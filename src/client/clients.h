/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CLIENTS_H
#define TRUSTFIX_CLIENTS_H

/*
 * How the clients of chain_verify.h differ: one row each, for the verdict (chain_verify.c) and the
 * advice (lint.c).  programs.c says which program verifies like which client.
 */

#include "src/x509/dn.h"
#include "src/client/chain_verify.h"
#include "src/client/hello.h"
#include "src/client/rules.h"
#include "src/x509/pem_quirks.h"

struct chain_search;

/* The security level of the clients that are built on OpenSSL: 112 bits, RSA 2048. */
#define CLIENT_OPENSSL_LEVEL 2

struct client_row {
	const char *name; /* in --require and reports */
	const char *people; /* the name that people know: "Python 3.13 and later" */

	/* How it finds a path (chain_search.h); NULL: as OpenSSL does, with these flags. */
	void (*search)(struct chain_search *search);
	unsigned long flags; /* X509_V_FLAG_* */

	/* false: OpenSSL checks the name, and `host` has X509_CHECK_FLAG_*; true: HOSTNAME_*. */
	bool own_host;
	unsigned host;

	enum hello_kind hello; /* how it makes a handshake */
	enum hello_kind hello_new; /* how new versions do; or HELLO_NONE */
	const char *new_from; /* these versions: "Go from 1.25 on" */
	bool checks_proxy; /* programs like this use https:// proxies, and check their certificates
			    */

	enum pem_reader file; /* how it reads a file of anchors */
	size_t sent_max; /* most certificates in the sent chain; 0: no limit */
	size_t cas_max; /* most CAs between leaf and anchor in a path search; 0: no limit */
	enum dn_habit names; /* how it compares issuer and subject names */
	rule_set leaf, middle, anchor; /* the rules for each position in the path */
	rule_set alone; /* the rules for a leaf that is itself an anchor */
	struct demands demands;
};

extern const struct client_row clients[CLIENTS];

#endif
