/* SPDX-License-Identifier: Apache-2.0 */
#include "src/install/outcome.h"

#include "src/find/survey.h"

const char *const store_states[] = {
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
_Static_assert(sizeof(store_states) / sizeof(store_states[0]) == STORE_STATES, "a name per state");

void outcome_free(struct outcome *outcome)
{
	for (size_t i = 0; i < outcome->n; i++)
		certs_free(&outcome->at[i].certs);
	free(outcome->at);
	outcome->at = NULL;
	outcome->n = 0;
	names_free(&outcome->notes);
	names_free(&outcome->edits);
}

int outcome_begin(struct outcome *outcome, const struct places *places, struct fault *why)
{
	outcome_free(outcome);
	outcome->at = calloc(places->n + 1, sizeof(*outcome->at));
	if (!outcome->at)
		return fault_nomem(why);
	for (; outcome->n < places->n; outcome->n++)
		outcome->at[outcome->n].place = &places->at[outcome->n];
	return names_add_all(&outcome->notes, &places->unread, why) < 0
		       ? -1
		       : names_add_all(&outcome->notes, &places->notes, why);
}

int outcome_set_edits(struct outcome *outcome, const struct site *site, struct fault *why)
{
	static const char *const verbs[] = {
		[ENTRY_NONE] = "remove",
		[ENTRY_FILE] = "write",
		[ENTRY_DIR] = "make directory",
		[ENTRY_SYMLINK] = "link",
		[ENTRY_OTHER] = "change",
	};

	_Static_assert(sizeof(verbs) / sizeof(verbs[0]) == ENTRY_KINDS, "a verb per kind");
	for (size_t t = 0; t < site->trees_n; t++)
		for (size_t i = 0; i < site->trees[t].plan.n; i++) {
			const struct edit *edit = site->trees[t].plan.at[i];

			if (names_addf(&outcome->edits, why, "%s %s%s%s", verbs[edit->kind],
				    edit->path, edit->link ? " -> " : "",
				    edit->link ? edit->link : "") < 0)
				return -1;
		}
	return 0;
}

void outcome_end(struct outcome *outcome, enum store_state state)
{
	/* STORE_UNCHANGED for a state that is not planned. */
	static const enum store_state done[STORE_STATES] = {
		[STORE_WOULD_ADD] = STORE_ADDED,
		[STORE_WOULD_REMOVE] = STORE_REMOVED,
		[STORE_WOULD_REPLACE] = STORE_REPLACED,
	};

	for (size_t i = 0; i < outcome->n; i++) {
		enum store_state *at = &outcome->at[i].state;

		if (done[*at])
			*at = state ? state : done[*at];
	}
}

void outcome_done(struct outcome *outcome)
{
	outcome->changed = true;
	outcome_end(outcome, STORE_UNCHANGED);
}

/* ---- list, verify ---------------------------------------------------------------------------- */

int outcome_list(struct outcome *outcome, struct site *site, bool all, struct fault *why)
{
	if (outcome_begin(outcome, &site->places, why) < 0)
		return -1;
	for (size_t s = 0; s < outcome->n; s++) {
		struct store_result *store = &outcome->at[s];
		const struct place *place = store->place;
		unsigned deciding = client_set_files(place->ops->deciding);
		auto_certs anchors = CERTS_INIT;

		if (place->ops->anchors(site_view(site, place), place, &anchors, why) < 0)
			return fault_wrap(why, "%s", place->path);
		store->all_n = anchors.n;
		pem_quirk_file_says(anchors.file, deciding, store->damage);
		for (size_t i = 0; i < anchors.n; i++) {
			store->hidden_n += (anchors.at[i]->hidden_from & deciding) != 0;
			if ((all || !anchors.at[i]->is_public_root) &&
				certs_add(&store->certs, anchors.at[i], why) < 0)
				return -1;
		}
	}
	return 0;
}

int outcome_verify(struct outcome *outcome, struct site *site, struct survey *survey,
	bool *ret_holds, struct fault *why)
{
	struct prove_case it = {.findings = survey->at,
		.n = survey->n,
		.at = survey->options->at,
		.require = survey->options->require,
		.advice = true,
		.command_line = survey->advice};
	bool holds = true;

	for (size_t i = 0; i < survey->n; i++)
		if (survey->at[i].probe->chain.n == 0) {
			survey_fault(&survey->at[i], why);
			return fault_wrap(why, "%s", survey->at[i].target->label);
		}
	if (outcome_begin(outcome, &site->places, why) < 0)
		return -1;
	for (size_t i = 0; i < outcome->n; i++) {
		struct store_result *store = &outcome->at[i];
		auto_certs anchors = CERTS_INIT;

		if (store->place->ops->anchors(
			    site_view(site, store->place), store->place, &anchors, why) < 0)
			return fault_wrap(why, "%s", store->place->path);
		if (prove_place(store->place, &anchors, &it, &store->proof, why) < 0)
			return -1;
		holds = holds && store->proof.holds;
	}
	outcome->asked_peers = true;
	*ret_holds = holds;
	return 0;
}
