/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_INTERCEPTORS_H
#define TRUSTFIX_INTERCEPTORS_H

/*
 * Known interceptors: a label to show people, never a reason to trust (anyone can use these names).
 * Patterns are matched against issuers and the subjects of CA certificates, never against the
 * leaf's subject.
 */

#include "src/x509/certs.h"

enum interceptor_class {
	INTERCEPTOR_ENTERPRISE, /* cloud or appliance: the CA may be installed once approved */
	INTERCEPTOR_ENDPOINT, /* antivirus, ad blocker, school filter */
	INTERCEPTOR_DEBUG, /* mitmproxy, Charles, Burp: needs an explicit pin */
	INTERCEPTOR_SANDBOX, /* build or agent sandbox */
	INTERCEPTOR_CLASSES
};

struct interceptor {
	const char *product; /* "Zscaler" */
	const char *names[16]; /* patterns of its fields; NULL at the end */
	enum interceptor_class class;
	const char *root_hint; /* where to find its root, one sentence, or NULL */
};

/* The first row that matches a name in the chain, static, or NULL. */
const struct interceptor *interceptor_of(const struct certs *chain);

/*
 * Some CAs must never be taken from a handshake: a proxy that does not itself trust the server
 * signs with a CA other than its usual one, so that clients refuse the connection.  Checks issuers
 * and the subjects of CAs.  FAULT_REFUSED with the sentence to show; 0 for any other chain.
 */
int interceptor_check_refusal(const struct certs *chain, struct fault *why);

/* Paths of files that known agents install, to suggest as candidates; NULL at the end. */
extern const char *const interceptor_agent_files[];

#endif
