/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CHANGE_H
#define TRUSTFIX_CHANGE_H

/* What is to become of the stores of a site. */

#include "src/x509/certs.h"
#include "src/client/clients.h"
#include "stores/store.h"

struct survey;

enum change_kind {
	CHANGE_ADD,
	CHANGE_REMOVE,
};

/* One certificate to add, or to remove (then only its SHA-256 counts). */
struct change_ca {
	struct cert *cert; /* NULL is fine for CHANGE_REMOVE */
	uint8_t sha256[DIGEST_SHA256_LEN];
	const char *name; /* --name, or NULL */
	const struct names *stores; /* for these places alone (installed_covers()); NULL: all */
};

/* Is it for that place? */
bool change_ca_is_for(const struct change_ca *ca, const struct place *place);

bool change_cas_hold(const struct change_ca *cas, size_t n, const struct cert *cert);

/* Is the anchor one of them, or the same CA (name and key) by another certificate? */
bool change_cas_are(const struct change_ca *cas, size_t n, struct cert *anchor);

struct change {
	enum change_kind kind;
	const char *action; /* "install", "remove", "reapply": the journal's and the hooks' word */
	const struct change_ca *cas;
	size_t cas_n;
	const struct survey *survey; /* the peers that must be trusted; NULL: nobody is asked */
	client_set require;
	time_t at;
	bool replaces; /* what the added CAs supersede goes (rotation.h) */
	bool dry_run;
	bool is_check; /* of a dry run: a peer that would not be trusted is told, and no fault */
};

#endif
