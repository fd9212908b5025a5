/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_INTERCEPTORS_H
#define TRUSTFIX_INTERCEPTORS_H

/*
 * Known interceptors: a label for people, never a reason to trust (anyone can mint these names).
 * Matched on issuers and on subjects of CA certificates, never on the leaf's subject.
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
	enum interceptor_class class;
	const char *root_hint; /* where its root usually lies, one sentence, or NULL */
};

/* The row that matches the names of the chain, or NULL.  A static row. */
const struct interceptor *interceptor_of(const struct certs *chain);

/*
 * Some CAs must never be taken from a handshake: a proxy that does not trust the server itself
 * says so by signing with another CA than its usual one, so that its clients refuse.  Looked at are
 * issuers and the subjects of CAs.  FAULT_REFUSED with the sentence; 0 for any other chain.
 */
int interceptor_check_refusal(const struct certs *chain, struct fault *why);

/* Files and variables that known agents leave on a machine, for candidates: paths, NULL at the end.
 */
extern const char *const interceptor_agent_files[];

#endif
