/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_HOOKS_H
#define TRUSTFIX_HOOKS_H

/*
 * The programs that run after a commit on the live tree: hooks/README.md is the contract.
 *
 * TRUSTFIX_HOOKDIR (/usr/lib/trustfix/hooks.d), overridden by name in TRUSTFIX_ETC_HOOKDIR.
 */

#include "src/journal/journal.h"

#ifndef TRUSTFIX_HOOKDIR
#define TRUSTFIX_HOOKDIR "/usr/lib/trustfix/hooks.d"
#endif
#ifndef TRUSTFIX_ETC_HOOKDIR
#define TRUSTFIX_ETC_HOOKDIR "/etc/trustfix/hooks.d"
#endif

enum hooks_which {
	HOOKS_REFRESH =
		1, /* refresh-*: they have a part in the change, which is proven after them */
	HOOKS_NOTIFY = 2, /* the others: they are told of what is proven, or undone */
	HOOKS_ALL = HOOKS_REFRESH | HOOKS_NOTIFY,
};

/*
 * Run them for what `record` did; `action` is TRUSTFIX_ACTION.  For "undo" and "revert" added and
 * removed change places.  Of the refresh-* hooks only the one of record->family runs.  `notes` gets
 * a sentence per hook that failed without consequence, and the lines "W: " and "E: " of any.
 * FAULT_REFUSED: a refresh hook failed, with what it printed.
 */
int hooks_run(const struct record *record, const char *action, enum hooks_which which,
	struct names *notes, struct fault *why);

/*
 * Files that the refresh of a family makes anew beside what a store edits: canonical paths, NULL at
 * the end; NULL: none.
 */
const char *const *hooks_derived(const char *family);

/* Is there a hook of that name ("refresh-p11kit") that would run? */
bool hooks_have(const char *name);

/* The file of that name ("probe-node.js") beside the hooks, allocated; NULL: there is none. */
char *hooks_probe(const char *name);

#endif
