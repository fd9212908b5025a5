/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_APPLY_H
#define TRUSTFIX_APPLY_H

/*
 * Make it so: plan, prove, commit, prove again, or put everything back.
 *
 * All stores of one call are one transaction.  Nothing is written before the planned view proves
 * the change; a change that does not hold on a fresh read, by a new handshake, is reverted.
 */

#include "src/work/prove.h"
#include "src/work/rotation.h"
#include "src/work/survey.h"

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

bool change_cas_hold(const struct change_ca *cas, size_t n, const struct cert *cert);

struct change {
	enum change_kind kind;
	const char *action; /* "install", "remove", "reapply": the journal's and the hooks' word */
	const struct change_ca *cas;
	size_t cas_n;
	const struct survey *survey; /* the peers that must be trusted; NULL: nobody is asked */
	reader_set require;
	time_t at;
	bool replaces; /* what the added CAs supersede goes (rotation.h) */
	bool dry_run;
};

enum store_state {
	STORE_UNCHANGED,
	STORE_ADDED,
	STORE_REMOVED,
	STORE_REPLACED,
	STORE_WOULD_ADD,
	STORE_WOULD_REMOVE,
	STORE_WOULD_REPLACE,
	STORE_FAILED,
	STORE_REVERTED,
	STORE_STATES
};

const char *store_state_name(enum store_state state);

struct store_outcome {
	char *kind;
	char *path;
	char *label;
	char *note; /* or NULL */
	enum store_state state;
	struct proof proof;
};

struct outcome {
	struct store_outcome *at;
	size_t n;
	bool changed; /* something is now other than before */
	bool asked_peers; /* the proof has peers in it */
	uint64_t id; /* the transaction, 0: none */
	struct replacements replacements; /* what the added CAs supersede */
	struct names notes;
	struct names edits; /* --dry-run: "write /etc/..." lines */
};

/*
 * `outcome` is filled as far as it came, also when it fails.  FAULT_UNTRUSTED: a deciding reader
 * does not trust a peer through the new store.  FAULT_BROKEN: and could not be put back.
 */
int apply(
	struct site *site, const struct change *change, struct outcome *outcome, struct fault *why);

/* Put a transaction back (0: the newest) and run the refresh hooks; of an image, its topmost layer.
 */
int apply_undo(struct site *site, uint64_t id, struct outcome *outcome, struct fault *why);

void outcome_free(struct outcome *outcome);
CLEANUP_VALUE(outcome, outcome_free)
#define auto_outcome CLEANUP(outcome) struct outcome

#endif
