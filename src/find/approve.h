/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_APPROVE_H
#define TRUSTFIX_APPROVE_H

/*
 * Who says yes to a CA: a pin, a lock file, --trust-on-first-use, or a person at a terminal.
 *
 * On first use nothing that somebody approved before is replaced: that needs one of the others.
 *
 * Every capture needs its own yes.  When pins or a lock are given they must fit, whatever else is
 * given. approval_make() reads them before anybody is asked anything.
 *
 * The lock file is JSON: {"trustfix": 1, "cas": [{"sha256", "spki_sha256", "subject", "not_after",
 * "targets": [...]}]}.  Only sha256 is compared.
 */

#include "src/find/capture.h"

struct approval_options {
	const struct names *pins; /* "sha256:HEX", "spki-sha256:HEX" */
	const char *lock; /* a file, or NULL */
	bool update_lock; /* the lock is not compared; approval_write_lock() writes it */
	bool trust_on_first_use;
	bool dry_run; /* what is given must fit; nobody is asked, and nobody need be */
	const struct names *notes; /* what else to say before a person is asked; or NULL */
	const struct advice *advice; /* the call that needs approval */
	size_t targets_n; /* how many were asked, for the question */
	size_t quorum; /* a CA must be seen for targets of so many owners; 0: it does not matter */

	/* Ask a person; NULL: there is none.  Answers whether it was a yes. */
	bool (*ask)(const char *question);
};

struct approval;

/* FAULT_USAGE: a pin that is none, --update-lock without --lock.  FAULT_SYSTEM, FAULT_FORMAT: the
 * lock file. */
int approval_make(const struct approval_options *options, struct approval **ret, struct fault *why);
void approval_free(struct approval *approval);
CLEANUP_POINTER(approval, approval_free)
#define auto_approval CLEANUP(approval) struct approval *

/*
 * FAULT_UNAPPROVED: one of them was seen for too few owners, or nobody approved it; the text shows
 * its SHA-256 and what to do.
 */
int approval_ask(const struct approval *approval, const struct cas *cas, struct fault *why);

/* The CAs that a lock file records, added by their SHA-256s.  FAULT_SYSTEM, FAULT_FORMAT. */
int approval_read_lock(const char *path, struct cas *ret, struct fault *why);

/* With --update-lock: record them.  FAULT_SYSTEM. */
int approval_write_lock(const struct approval *approval, const struct cas *cas, struct fault *why);

#endif
