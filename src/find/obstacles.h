/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_OBSTACLES_H
#define TRUSTFIX_OBSTACLES_H

/*
 * What keeps a client from a server although it trusts the server's CA, and what no CA can cure: a
 * handshake that it refuses, a client certificate that the server demands, an https:// proxy that
 * it does not trust.  Nothing here undoes an install.
 */

#include "src/diagnose/diagnose.h"
#include "src/client/chain_verify.h"

/* The flaws of handshakes (enum flaw), the server's or the proxy's; and: */
enum { OBSTACLE_CLIENT_CERT = FLAWS, OBSTACLE_PROXY, OBSTACLES };

struct obstacle {
	const char *reason; /* one word: "weak-dh"; static */
	enum verdict verdict;
	char *why; /* NULL: there is none of this kind */
	char *todo;
	client_set clients; /* that it stops */
	client_set newer; /* of these it stops new versions only */
	bool decides; /* it stops a deciding client */
};

void obstacles_free(struct obstacle at[static OBSTACLES]);

/*
 * Add to the obstacles of a proven probe those of one client that has these anchors.  `*ret_why` is
 * the first one's sentence, or NULL.  FAULT_SYSTEM, FAULT_FORMAT.
 */
int obstacles_find(const struct probe *probe, enum client client, bool decides,
	const struct verify_case *it, const struct advice *advice,
	struct obstacle at[static OBSTACLES], const char **ret_why, struct fault *why);

/* What to do about an https:// proxy that this client does not trust. */
int obstacles_proxy_todo(const struct probe *proxy, enum client client, const struct certs *anchors,
	time_t at, const struct advice *advice, char **ret, struct fault *why);

/* The first that stops a deciding client, or NULL. */
const struct obstacle *obstacles_first(const struct obstacle at[static OBSTACLES]);

#endif
