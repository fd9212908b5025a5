/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CHAIN_VERIFY_H
#define TRUSTFIX_CHAIN_VERIFY_H

/*
 * Would a client that uses this store trust that chain?
 *
 * A client is a kind of program (OpenSSL's default, OpenSSL strict with partial chains as in
 * Python 3.13, curl, GnuTLS, Go, ...), not one binary; clients.h has a row for each.  For clients
 * built on OpenSSL, X509_verify_cert() decides, with their flags.  Other clients have their own
 * path search (chain_search.h) and their own rules (rules.h).  tests/truth runs the real programs
 * and checks that they agree.
 */

#include <stdbool.h>
#include <time.h>

#include "src/x509/certs.h"

enum client {
	CLIENT_OPENSSL,
	CLIENT_OPENSSL_STRICT, /* X509_STRICT and PARTIAL_CHAIN: Python 3.13 and later */
	CLIENT_CURL,
	CLIENT_PYTHON, /* 3.12 and before */
	CLIENT_RUBY,
	CLIENT_NODE,
	CLIENT_GNUTLS,
	CLIENT_GO,
	CLIENT_JAVA,
	CLIENT_WEBPKI, /* rustls: uv, Deno and others */
	CLIENTS
};

/* A set of clients: CLIENT_BIT(CLIENT_GO) | ... */
typedef unsigned client_set;
#define CLIENT_BIT(client) (1u << (client))
#define CLIENTS_ALL (CLIENT_BIT(CLIENTS) - 1)

const char *client_name(enum client client);

/* Parse a list such as "openssl,go".  FAULT_USAGE: an unknown name; the fault lists known ones. */
int client_set_parse(const char *text, client_set *ret, struct fault *why);

/* The ways in which the clients of the set read anchor files: PEM_QUIRK_BIT()s. */
unsigned client_set_files(client_set set);

struct verify_case {
	const struct certs *chain; /* as sent: the leaf first, the rest in any order */
	const struct certs *anchors; /* the store's contents; may be thousands */
	const char *name; /* DNS name (A-labels) or IP literal; NULL: do not check */
	time_t at;
};

#define VERIFICATION_WHY_LEN 256

struct verification {
	bool trusts;
	struct cert *anchor; /* the end of its path, borrowed from the case; NULL if refused */
	int error; /* X509_V_ERR_*; X509_V_OK if trusted */
	char why[VERIFICATION_WHY_LEN]; /* "" if trusted */
};

/* Make a refusal for a reason that does not depend on a client. */
struct verification verification_refusal(const char *text);

/*
 * Verify a chain as the client does.  Returns 0 whether it trusts or refuses.
 * FAULT_SYSTEM: no memory.
 */
int client_verify(const struct verify_case *it, enum client client, struct verification *ret,
	struct fault *why);

#endif
