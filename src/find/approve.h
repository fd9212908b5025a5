/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_APPROVE_H
#define TRUSTFIX_APPROVE_H

/*
 * Approve a CA: by a pin, a lock file, --trust-on-first-use, or a user at a terminal.
 *
 * --trust-on-first-use never approves replacing a CA that was approved earlier: that takes one of
 * the other ways.
 *
 * Every captured CA needs its own approval.  Pins and a lock file, when given, must match, whatever
 * other options there are.  approval_make() reads them before anybody is asked anything.
 *
 * The lock file is JSON: {"trustfix": 1, "cas": [{"sha256", "spki_sha256", "subject", "not_after",
 * "targets": [...]}]}.  Only sha256 is compared.
 */

#include "src/find/capture.h"

struct approval_options {
	const struct names *pins; /* "sha256:HEX", "spki-sha256:HEX" */
	const char *lock; /* a file, or NULL */
	bool update_lock; /* do not compare the lock; approval_write_lock() writes it */
	bool trust_on_first_use;
	bool dry_run; /* pins and lock must match if given; nobody is asked */
	const struct names *notes; /* more notes for the question; or NULL */
	const struct advice *advice; /* the call that needs approval */
	size_t targets_n; /* how many were checked, for the question */
	size_t quorum; /* a CA must be seen for targets of this many owners; 0: no limit */

	/* Ask the user; true means yes.  NULL: there is nobody to ask. */
	bool (*ask)(const char *question);
};

struct approval;

/* FAULT_USAGE: an invalid pin, or --update-lock without --lock.  FAULT_SYSTEM, FAULT_FORMAT: the
 * lock file. */
int approval_make(const struct approval_options *options, struct approval **ret, struct fault *why);
void approval_free(struct approval *approval);
CLEANUP_POINTER(approval, approval_free)
#define auto_approval CLEANUP(approval) struct approval *

/*
 * Get approval for every one of `cas`.
 *
 * FAULT_UNAPPROVED: a CA was seen for too few owners, or is not approved; the text shows its
 * SHA-256 and what to do.
 */
int approval_ask(const struct approval *approval, const struct cas *cas, struct fault *why);

/* Add the CAs recorded in a lock file to `ret`, by SHA-256.  FAULT_SYSTEM, FAULT_FORMAT. */
int approval_read_lock(const char *path, struct cas *ret, struct fault *why);

/* With --update-lock, write `cas` to the lock file; otherwise do nothing.  FAULT_SYSTEM. */
int approval_write_lock(const struct approval *approval, const struct cas *cas, struct fault *why);

#endif
