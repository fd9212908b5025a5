/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_DIAGNOSE_H
#define TRUSTFIX_DIAGNOSE_H

/*
 * What does it mean?  One word, one sentence why, one sentence what to do, and for `intercepted`
 * the evidence item by item.
 *
 * "Public" is decided by src/x509/roots.h, never by the live store, which may already hold the
 * interceptor; "trusted" by the anchors of the store that was asked.
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
	VERDICT_CLIENT_CERT_REQUIRED,
	VERDICT_PROXY_AUTH_REQUIRED,
	VERDICT_PROXY_REFUSED,
	VERDICT_NOT_TLS,
	VERDICT_TIMEOUT,
	VERDICT_UNREACHABLE,
	VERDICTS
};

/* "trusted", "intercepted", "missing-root", ... as in text and JSON. */
const char *verdict_name(enum verdict verdict);

struct diagnosis {
	enum verdict verdict;
	bool trusted_here; /* the asked store's deciding readers accept, also when intercepted */
	bool is_public; /* a public root, or the name of one that was not sent, stands above it */
	bool is_curable; /* by a CA that can be installed: todo says how */
	char *why; /* one sentence */
	char *todo; /* one sentence */
	struct names evidence;
	const struct interceptor *interceptor; /* the vendor's row, or NULL */
};

/* What is known beside the probe itself. */
struct diagnose_facts {
	const struct certs *sent_path; /* leaf first, over what was sent; NULL: no chain came */
	const struct certs *path; /* over what was fetched by AIA as well */
	bool trusted_here; /* the deciding readers of the asked store accept */
	const char *untrusted_by; /* the first deciding reader that does not, */
	const char *untrusted_why; /* and its reason */
	int error; /* X509_V_ERR_* of that reader */
	size_t same_ca_n; /* how many other probed hosts, of other owners, have the same top CA key
			   */
	time_t at;
	const struct advice *advice; /* the call, for what to run next; NULL: it says nothing */
};

int diagnose(const struct probe *probe, const struct diagnose_facts *facts, struct diagnosis *ret,
	struct fault *why);
void diagnosis_free(struct diagnosis *diagnosis);

#endif
