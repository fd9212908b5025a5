/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_DIAGNOSE_H
#define TRUSTFIX_DIAGNOSE_H

/*
 * Turn a probe into a verdict: one word, one sentence that says why, one that says what to do, and
 * for `intercepted` a list of the evidence.
 *
 * src/x509/roots.h decides what is "public", not the live store, which may already contain the
 * interceptor's CA.  The trust anchors of the store being checked decide what is "trusted".
 */

#include "src/base/advice.h"
#include "src/base/names.h"
#include "src/diagnose/interceptors.h"
#include "src/net/probe.h"

enum verdict {
	VERDICT_TRUSTED,
	VERDICT_INTERCEPTED,
	VERDICT_INCOMPLETE,
	VERDICT_MISSING_ROOT,
	VERDICT_SELF_SIGNED,
	VERDICT_EXPIRED,
	VERDICT_NOT_YET_VALID,
	VERDICT_WRONG_HOST,
	VERDICT_UNTRUSTED,
	VERDICT_UNTRUSTED_BY_PROXY,
	VERDICT_UNPROVEN,
	VERDICT_OBSOLETE_TLS, /* this and the next two: an obstacle (find/obstacles.h), no diagnosis
			       */
	VERDICT_CLIENT_CERT_REQUIRED,
	VERDICT_PROXY_UNTRUSTED, /* a diagnosis too if it got no password */
	VERDICT_PROXY_AUTH_REQUIRED,
	VERDICT_PROXY_REFUSED,
	VERDICT_NOT_TLS,
	VERDICT_TIMEOUT,
	VERDICT_UNREACHABLE,
	VERDICTS
};

/* "trusted", "intercepted", "missing-root", ... as in text and JSON. */
const char *verdict_name(enum verdict verdict);

#define VERDICT_CLIENT_CERT_TODO                                              \
	"give the client certificate that the server's owner issued to you: " \
	"--cert FILE --key FILE"

struct diagnosis {
	enum verdict verdict;
	bool trusted_here; /* the store's deciding readers accept it, even if intercepted */
	bool is_public; /* it leads to a public root, or to the name of one that was not sent */
	bool is_curable; /* installing a CA fixes it: todo says how */
	char *why; /* one sentence */
	char *todo; /* one sentence */
	struct names evidence;
	const struct interceptor *interceptor; /* the vendor's row, or NULL */
};

/* What the verdict depends on besides the probe. */
struct diagnose_facts {
	/* From what was sent, fetched by AIA and trusted here, leaf first; NULL: no chain. */
	const struct certs *path;
	const struct certs *anchors; /* what is trusted here */
	bool trusted_here; /* the store's deciding readers accept it */
	const char *untrusted_by; /* the first deciding reader that does not accept it, */
	const char *untrusted_why; /* and its reason */
	int error; /* X509_V_ERR_* of that reader */
	size_t same_ca_n; /* probed hosts of other owners that have the same top CA key */
	time_t at;
	const struct advice *advice; /* this call's options, for the next command; NULL: none */
};

/*
 * Diagnose a probe: who the peer is, not whether a client can use it.  The caller owns `*ret`
 * (diagnosis_free()).  FAULT_SYSTEM, and FAULT_FORMAT if a certificate of the path cannot be
 * decoded.
 */
int diagnose(const struct probe *probe, const struct diagnose_facts *facts, struct diagnosis *ret,
	struct fault *why);
void diagnosis_free(struct diagnosis *diagnosis);
CLEANUP_VALUE(diagnosis, diagnosis_free)

#endif
