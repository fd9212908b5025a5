/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_CHANGE_H
#define TRUSTFIX_CHANGE_H

/* What is to become of the stores of a site. */

#include "src/client/clients.h"
#include "src/journal/installed.h"

struct survey;

enum change_kind { CHANGE_INSTALL, CHANGE_REMOVE, CHANGE_REAPPLY, CHANGE_KINDS };

struct change {
	enum change_kind kind;
	struct cas *cas; /* to add; to remove, when their SHA-256s alone count */
	struct survey *survey; /* the peers that must be trusted; NULL: nobody is asked */
	client_set require;
	time_t at;
	bool replaces; /* what the added CAs supersede goes (supersede.h) */
	bool dry_run;
	bool is_check; /* of a dry run: a peer that would not be trusted is told, and no fault */
};

/* "install", "remove", "reapply": the journal's and the hooks' word. */
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

/* Is it for that place? */
static inline bool change_is_for(const struct ca *ca, const struct place *place)
{
	return !ca->stores.n || installed_covers(&ca->stores, place);
}

#endif
