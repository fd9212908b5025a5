/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CHANGE_H
#define TRUSTFIX_CHANGE_H

/* What to change in the stores of a site. */

#include "src/client/clients.h"
#include "src/journal/installed.h"

struct survey;

enum change_kind { CHANGE_INSTALL, CHANGE_REMOVE, CHANGE_REAPPLY, CHANGE_KINDS };

struct change {
	enum change_kind kind;
	struct cas *cas; /* CAs to add, or to remove; a removal uses only their SHA-256s */
	struct survey *survey; /* the peers that must be trusted; NULL: contact no peer */
	client_set require;
	time_t at;
	bool replaces; /* also remove what the added CAs supersede (supersede.h) */
	bool dry_run;
	bool is_check; /* dry run: a peer that would not be trusted is reported, but is not a
			* fault */
};

/* "install", "remove", "reapply": the word for the journal and the hooks. */
static inline const char *change_action(const struct change *change)
{
	static const char *const names[] = {
		[CHANGE_INSTALL] = "install",
		[CHANGE_REMOVE] = "remove",
		[CHANGE_REAPPLY] = "reapply",
	};

	_Static_assert(sizeof(names) / sizeof(names[0]) == CHANGE_KINDS, "a name per kind");
	return names[change->kind];
}

/* Does the CA go into that place? */
static inline bool change_is_for(const struct ca *ca, const struct place *place)
{
	return !ca->stores.n || installed_covers(&ca->stores, place);
}

#endif
