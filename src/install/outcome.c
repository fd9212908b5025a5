/* SPDX-License-Identifier: Apache-2.0 */
#include "src/install/outcome.h"

#include <string.h>

#include "src/find/site.h"

const char *store_state_name(enum store_state state)
{
	static const char *const names[] = {
		[STORE_UNCHANGED] = "unchanged",
		[STORE_ADDED] = "added",
		[STORE_REMOVED] = "removed",
		[STORE_REPLACED] = "replaced",
		[STORE_WOULD_ADD] = "would-add",
		[STORE_WOULD_REMOVE] = "would-remove",
		[STORE_WOULD_REPLACE] = "would-replace",
		[STORE_FAILED] = "failed",
		[STORE_REVERTED] = "reverted",
	};

	_Static_assert(sizeof(names) / sizeof(names[0]) == STORE_STATES, "a name per state");
	return names[state];
}

static void stores_free(struct outcome *outcome)
{
	for (size_t i = 0; i < outcome->n; i++) {
		free(outcome->at[i].kind);
		free(outcome->at[i].path);
		free(outcome->at[i].label);
		free(outcome->at[i].note);
	}
	free(outcome->at);
	outcome->at = NULL;
	outcome->n = 0;
}

static void ends_free(struct outcome *outcome)
{
	for (size_t i = 0; i < outcome->ends_n; i++) {
		cert_free(outcome->ends[i].other);
		certs_free(&outcome->ends[i].used);
	}
	free(outcome->ends);
	outcome->ends = NULL;
	outcome->ends_n = 0;
}

int outcome_set_ends(struct outcome *outcome, size_t n, struct fault *why)
{
	ends_free(outcome);
	outcome->ends = calloc(n + 1, sizeof(*outcome->ends));
	if (!outcome->ends)
		return fault_nomem(why);
	outcome->ends_n = n;
	return 0;
}

size_t outcome_ends_proven(const struct outcome *outcome)
{
	size_t n = 0;

	for (size_t i = 0; i < outcome->ends_n; i++)
		n += outcome->ends[i].uses_ca;
	return n;
}

bool outcome_proves(const struct outcome *outcome, const struct cert *ca)
{
	for (size_t i = 0; i < outcome->ends_n; i++)
		if (certs_hold(&outcome->ends[i].used, ca))
			return true;
	return false;
}

void outcome_free(struct outcome *outcome)
{
	stores_free(outcome);
	ends_free(outcome);
	replacements_free(&outcome->replacements);
	names_free(&outcome->notes);
	names_free(&outcome->strangers);
	names_free(&outcome->edits);
}

int outcome_set_places(struct outcome *outcome, const struct places *places, struct fault *why)
{
	stores_free(outcome);
	replacements_free(&outcome->replacements);
	names_free(&outcome->notes);
	names_free(&outcome->strangers);
	for (size_t i = 0; i < places->notes.n; i++)
		if (names_add(&outcome->notes, places->notes.at[i], why) < 0)
			return -1;
	outcome->at = calloc(places->n + 1, sizeof(*outcome->at));
	if (!outcome->at)
		return fault_nomem(why);
	for (size_t i = 0; i < places->n; i++) {
		const struct place *place = &places->at[i];
		struct store_outcome *store = &outcome->at[outcome->n++];

		store->kind = strdup(place->ops->kind);
		store->path = strdup(place->path);
		store->label = strdup(place->label ? place->label : "");
		store->note = place->note ? strdup(place->note) : NULL;
		if (!store->kind || !store->path || !store->label || (place->note && !store->note))
			return fault_nomem(why);
	}
	return 0;
}

static int add_edits(struct outcome *outcome, const struct plan *plan, struct fault *why)
{
	static const char *const verbs[] = {
		[ENTRY_NONE] = "remove",
		[ENTRY_FILE] = "write",
		[ENTRY_DIR] = "make directory",
		[ENTRY_SYMLINK] = "link",
		[ENTRY_OTHER] = "change",
	};

	_Static_assert(sizeof(verbs) / sizeof(verbs[0]) == ENTRY_KINDS, "a verb per kind");
	for (size_t i = 0; i < plan->n; i++) {
		const struct edit *edit = plan->at[i];

		if (names_addf(&outcome->edits, why, "%s %s%s%s", verbs[edit->kind], edit->path,
			    edit->link ? " -> " : "", edit->link ? edit->link : "") < 0)
			return -1;
	}
	return 0;
}

int outcome_set_edits(struct outcome *outcome, const struct site *site, struct fault *why)
{
	for (size_t i = 0; i < site->trees_n; i++)
		if (add_edits(outcome, &site->trees[i].plan, why) < 0)
			return -1;
	return 0;
}

/* What a planned state becomes; the others are their own. */
static enum store_state done_of(enum store_state state)
{
	switch (state) {
	case STORE_WOULD_ADD:
		return STORE_ADDED;
	case STORE_WOULD_REMOVE:
		return STORE_REMOVED;
	case STORE_WOULD_REPLACE:
		return STORE_REPLACED;
	default:
		return state;
	}
}

void outcome_end(struct outcome *outcome, enum store_state state)
{
	for (size_t i = 0; i < outcome->n; i++)
		if (done_of(outcome->at[i].state) != outcome->at[i].state)
			outcome->at[i].state = state;
}

void outcome_done(struct outcome *outcome)
{
	for (size_t i = 0; i < outcome->n; i++)
		outcome->at[i].state = done_of(outcome->at[i].state);
}
