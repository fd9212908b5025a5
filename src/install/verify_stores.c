/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "src/find/survey.h"
#include "src/install/supersede.h"
#include "src/install/transaction.h"
#include "src/sys/log.h"

/* The store holds what it must, and nothing that was to be removed. */
static int check_held(struct transaction *it, struct store_result *store,
	const struct certs *anchors, struct fault *why)
{
	const struct change *change = it->change;
	const struct place *place = store->place;
	unsigned deciding =
		client_set_files(change->require ? change->require : place->ops->deciding);
	char said[PEM_QUIRK_WHY_LEN];

	for (size_t c = 0; c < change->cas->n; c++) {
		const struct ca *ca = &change->cas->at[c];
		/* Readers that would not see the CA, as PEM_QUIRK_BIT()s.  If it is there more than
		 * once, one copy that a reader sees is enough.  All bits: it is not there. */
		unsigned blind = ~0u;

		for (size_t i = 0; i < anchors->n; i++)
			if (memcmp(anchors->at[i]->sha256, ca->sha256, DIGEST_SHA256_LEN) == 0)
				blind &= anchors->at[i]->hidden_from;
		if (change->kind == CHANGE_REMOVE && blind != ~0u)
			return fault_set(why, FAULT_UNTRUSTED, "'%s' still holds the certificate",
				place->path);
		for (size_t i = 0; i < ca->replaces.n; i++)
			if (supersede_covers(&ca->replaces.at[i], place) &&
				certs_hold(anchors, ca->replaces.at[i].cert))
				return fault_set(why, FAULT_UNTRUSTED,
					"'%s' still holds the superseded certificate", place->path);
		if (change->kind == CHANGE_REMOVE || !change_is_for(ca, place))
			continue;
		/* Every reader that sees it by the plan must see it, and so must every deciding
		 * reader. */
		if (!it->fresh && blind != ~0u)
			store->blind |= blind;
		if (!(blind & (~store->blind | deciding)))
			continue;
		if (pem_quirk_file_says(anchors->file, deciding, said))
			return fault_set(why, FAULT_UNTRUSTED, "%s", said);
		return fault_set(
			why, FAULT_UNTRUSTED, "'%s' does not hold the certificate", place->path);
	}
	return 0;
}

static int verify_store(struct transaction *it, struct store_result *store, struct fault *why)
{
	const struct change *change = it->change;
	const struct place *place = store->place;
	const struct prove_case peers = {
		.findings = change->survey ? change->survey->at : NULL,
		.n = change->survey ? change->survey->n : 0,
		.at = change->at,
		.require = change->require,
		.advice = true,
		.command_line = it->site->options.advice,
		.cas = change->kind == CHANGE_REMOVE ? NULL : change->cas,
	};
	struct view *view = it->fresh ? &it->fresh[place->tree] : site_view(it->site, place);
	const char *hint = NULL;
	const struct client_result *refusal;
	auto_certs anchors = CERTS_INIT;

	if (place->ops->anchors(view, place, &anchors, why) < 0 ||
		check_held(it, store, &anchors, why) < 0 ||
		prove_place(place, &anchors, &peers, &store->proof, why) < 0)
		return -1;
	if (change->kind == CHANGE_REMOVE)
		return 0;
	/* The reason for an incomplete chain, which no CA fixes and which the readers do not name.
	 */
	for (size_t i = 0; i < peers.n && !hint; i++)
		if (peers.findings[i].diagnosis.verdict == VERDICT_INCOMPLETE)
			hint = peers.findings[i].diagnosis.why;
	refusal = proof_refusal(&store->proof);
	if (refusal && !change->is_check)
		return fault_set(why, FAULT_UNTRUSTED,
			"%s would still not trust it through '%s': %s%s%s",
			client_name(refusal->client), place->path, refusal->why, hint ? "; " : "",
			hint ? hint : "");
	return supersede_note_twins(it->site, change, place, &anchors, &it->outcome->notes, why);
}

/* Against what the peers presented last. */
int verify_planned(struct transaction *it, struct fault *why)
{
	struct survey *survey = it->change->survey;

	for (size_t i = 0; survey && i < survey->n; i++) {
		const struct finding *finding = &survey->at[i];

		if (probe_is_proven(finding->latest))
			continue;
		if (probe_is_proven(finding->probe))
			return fault_set(why, FAULT_PEER,
				"the check after the change failed: %s: %s", finding->target->label,
				finding->latest->why.text);
		survey_fault(finding, why);
		return fault_wrap(why, "%s", finding->target->label);
	}
	if (survey)
		survey_forget_ends(survey);
	for (size_t i = 0; survey && i < survey->n; i++)
		survey->at[i].end.is_known = true;
	for (size_t i = 0; i < it->outcome->n; i++)
		if (verify_store(it, &it->outcome->at[i], why) < 0)
			return -1;
	for (size_t i = 0; i < it->site->trees_n; i++) {
		const struct view *view = it->fresh ? &it->fresh[i] : &it->site->trees[i].view;

		if (view->unread.kind) {
			*why = view->unread;
			return fault_wrap(why, "part of a store cannot be read");
		}
	}
	return 0;
}

int verify_afresh(struct transaction *it, struct fault *why)
{
	struct site *site = it->site;
	int rc;

	log_progress("verifying it");
	it->fresh = calloc(site->trees_n, sizeof(*it->fresh));
	if (!it->fresh)
		return fault_nomem(why);
	for (size_t i = 0; i < site->trees_n; i++)
		it->fresh[i] = view_make(
			it->staged ? it->staged->manifests->images[i].tree : site->trees[i].tree,
			NULL);
	rc = it->change->survey && survey_again(it->change->survey, why) < 0
		     ? -1
		     : verify_planned(it, why);
	for (size_t i = 0; i < site->trees_n; i++)
		view_free(&it->fresh[i]);
	free(steal(&it->fresh));
	return rc;
}
