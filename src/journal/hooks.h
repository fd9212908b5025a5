/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_HOOKS_H
#define TRUSTFIX_HOOKS_H

/*
 * Run the hooks, programs that run after a commit on the live tree (hooks/README.md is the
 * contract).
 *
 * They are in TRUSTFIX_HOOKDIR (/usr/lib/trustfix/hooks.d); a file of the same name in
 * TRUSTFIX_ETC_HOOKDIR overrides one.
 */

#include "src/journal/journal.h"

#ifndef TRUSTFIX_HOOKDIR
#define TRUSTFIX_HOOKDIR "/usr/lib/trustfix/hooks.d"
#endif
#ifndef TRUSTFIX_ETC_HOOKDIR
#define TRUSTFIX_ETC_HOOKDIR "/etc/trustfix/hooks.d"
#endif

enum hooks_which {
	HOOKS_REFRESH = 1, /* refresh-*: part of the change, which is verified after them */
	HOOKS_NOTIFY = 2, /* any other hook: runs once the change is verified or undone */
	HOOKS_ALL = HOOKS_REFRESH | HOOKS_NOTIFY,
};

/*
 * Run the `which` hooks for what `record` did; `action` is TRUSTFIX_ACTION.
 *
 * For "undo" and "revert", added and removed are swapped.  Of the refresh-* hooks only the one for
 * record->family runs.  `notes` gets a sentence per hook that failed without consequence, and every
 * output line that starts with "W: " or "E: ".  FAULT_REFUSED: a refresh hook failed; the text has
 * what it printed.
 */
int hooks_run(const struct record *record, const char *action, enum hooks_which which,
	struct names *notes, struct fault *why);

/* Would a hook of that name ("refresh-p11kit") run? */
bool hooks_have(const char *name);

/*
 * The path of the file of that name ("probe-node.js") in the hook directories, allocated.  NULL:
 * there is none, it is masked, or access(2) with `use` fails (X_OK for a hook).
 */
char *hooks_path(const char *name, int use);

#endif
