/* SPDX-License-Identifier: Apache-2.0 */
#include "src/install/steps.h"

#include <string.h>

#include "src/base/text.h"
#include "src/sys/log.h"
#include "src/journal/installed.h"
#include "src/install/strangers.h"
#include "src/find/survey.h"

/* ---- the plan -------------------------------------------------------------------------------- */

static int plan_ca(struct site *site, const struct place *place, const struct change *change,
	const struct change_ca *ca, struct fault *why)
{
	struct store_naming naming = {.name = ca->name};

	if (change->kind == CHANGE_ADD)
		return place->ops->add(site_view(site, place), place, ca->cert, &naming, why);
	return place->ops->remove(site_view(site, place), place, ca->sha256, why);
}

/* Does the change take this one out of the stores? */
static bool is_going(const struct change *change, const struct outcome *outcome, size_t tree,
	const struct cert *cert)
{
	return (change->kind == CHANGE_REMOVE &&
		       change_cas_hold(change->cas, change->cas_n, cert)) ||
	       supersede_replaces(&outcome->replacements, tree, cert);
}

/* Note where this one is put. */
static int note_added(const struct site *site, size_t tree, const struct change_ca *ca,
	const struct outcome *outcome, struct installed *installed, struct fault *why)
{
	for (size_t p = 0; p < site->places.n; p++) {
		const struct place *place = &site->places.at[p];
		auto_free char *word = NULL;

		if (outcome->at[p].state == STORE_UNCHANGED || place->tree != tree ||
			!change_ca_is_for(ca, place))
			continue;
		if (installed_word(place, &word, why) < 0 ||
			installed_add(installed, ca->cert, ca->name, word, why) < 0)
			return -1;
	}
	return 0;
}

static bool works_on_some(const struct site *site, size_t tree, const char *kind)
{
	for (size_t i = 0; i < site->places.n; i++)
		if (site->places.at[i].tree == tree &&
			strcmp(site->places.at[i].ops->kind, kind) == 0)
			return true;
	return false;
}

/*
 * Forget that the CA is in the stores that the run works on in that tree (site_covers()).  Where it
 * stays on record is said in `notes`.
 */
static int leave_places(struct installed_ca *ca, struct site *site, size_t tree,
	struct names *notes, struct fault *why)
{
	auto_names stays = NAMES_INIT;
	auto_cert_facts facts = {0};
	struct names left = ca->stores;

	if (cert_facts_make(ca->cert, &facts, why) < 0)
		return -1;
	for (size_t i = 0; i < ca->stores.n; i++) {
		const char *word = ca->stores.at[i];

		if (site_covers(site, tree, word))
			continue;
		if (names_add(&stays, word, why) < 0 ||
			names_addf(notes, why,
				works_on_some(site, tree, word)
					? "'%s' stays on record for all of '%s': reapply "
					  "reinstalls it there"
					: "'%s' stays in '%s', which was not chosen",
				facts.subject, word) < 0)
			return -1;
	}
	ca->stores = stays;
	stays = left;
	return 0;
}

int steps_plan_installed(struct site *site, size_t tree, const struct change *change,
	struct outcome *outcome, struct fault *why)
{
	struct view *view = &site->trees[tree].view;
	auto_installed installed = {0};

	if (installed_read(view, &installed, why) < 0)
		return -1;
	/* An image's history tells it, and readers need no more files. */
	if (site->image && installed.n == 0)
		return 0;
	for (size_t i = 0; i < installed.n; i++)
		if (is_going(change, outcome, tree, installed.at[i].cert) &&
			leave_places(&installed.at[i], site, tree, &outcome->notes, why) < 0)
			return -1;
	installed_prune(&installed);
	for (size_t c = 0; change->kind == CHANGE_ADD && c < change->cas_n; c++)
		if (note_added(site, tree, &change->cas[c], outcome, &installed, why) < 0)
			return -1;
	return installed_write(view, &installed, why);
}

/* Take out of the place what is superseded, which also makes its name free; did anything go? */
static int plan_superseded(struct site *site, const struct place *place,
	struct replacements *replacements, bool *ret_gone, struct fault *why)
{
	const struct plan *plan = &site->trees[place->tree].plan;

	*ret_gone = false;
	for (size_t i = 0; i < replacements->n; i++) {
		struct replacement *it = &replacements->at[i];
		size_t before = place->is_remade ? 0 : plan->n;

		if (!supersede_covers(it, place))
			continue;
		if (place->ops->remove(site_view(site, place), place, cert_sha256(it->old), why) <
			0)
			return fault_wrap(why, "cannot replace the CA that is there");
		it->done = it->done || plan->n > before;
		*ret_gone = *ret_gone || plan->n > before;
	}
	return 0;
}

static int plan_place(struct site *site, const struct change *change, size_t p,
	struct outcome *outcome, struct fault *why)
{
	const struct place *place = &site->places.at[p];
	const struct plan *plan = &site->trees[place->tree].plan;
	/* What is made from the system store changes when that does. */
	size_t before = place->is_remade ? 0 : plan->n;
	bool gone;

	if (plan_superseded(site, place, &outcome->replacements, &gone, why) < 0)
		return -1;
	for (size_t c = 0; c < change->cas_n; c++)
		if (change_ca_is_for(&change->cas[c], place) &&
			plan_ca(site, place, change, &change->cas[c], why) < 0)
			return -1;
	if (plan->n == before)
		return 0;
	outcome->at[p].state = gone                         ? STORE_WOULD_REPLACE
			       : change->kind == CHANGE_ADD ? STORE_WOULD_ADD
							    : STORE_WOULD_REMOVE;
	return strangers_note(site, place, change->cas, change->cas_n, !change->dry_run,
		&outcome->strangers, why);
}

/* Which CAs of a removal stand somewhere?  One store that cannot be read may hold any. */
static void find_held(struct site *site, const struct change *change, bool *held)
{
	for (size_t p = 0; p < site->places.n; p++) {
		const struct place *place = &site->places.at[p];
		struct fault unread = FAULT_INIT;
		auto_certs anchors = CERTS_INIT;
		bool is_read =
			place->ops->anchors(site_view(site, place), place, &anchors, &unread) == 0;

		for (size_t c = 0; c < change->cas_n; c++)
			held[c] = held[c] || !is_read ||
				  certs_find_sha256(&anchors, change->cas[c].sha256) < anchors.n;
	}
}

/* What is nowhere is as requested, but perhaps not what was meant. */
static int note_absent(
	const struct change *change, const bool *held, struct outcome *outcome, struct fault *why)
{
	for (size_t c = 0; c < change->cas_n; c++) {
		char hex[TEXT_SHA256_HEX_LEN];

		text_hex(change->cas[c].sha256, DIGEST_SHA256_LEN, hex);
		if (!held[c] && names_addf(&outcome->notes, why,
					"not found in any of these stores: sha256:%s", hex) < 0)
			return -1;
	}
	return 0;
}

static int plan_stores(
	struct site *site, const struct change *change, struct outcome *outcome, struct fault *why)
{
	auto_free bool *held = calloc(change->cas_n + 1, sizeof(*held));

	if (!held)
		return fault_nomem(why);
	if (change->kind == CHANGE_REMOVE)
		find_held(site, change, held);
	if (outcome_set_places(outcome, &site->places, why) < 0 ||
		supersede_find(site, change, &outcome->replacements, &outcome->notes, why) < 0)
		return -1;
	for (size_t p = 0; p < site->places.n; p++)
		if (plan_place(site, change, p, outcome, why) < 0)
			return fault_wrap(why, "%s", site->places.at[p].path);
	/* What stands among the sources alone is seen nowhere, and goes all the same. */
	return change->kind == CHANGE_REMOVE && (change->cas_n > 1 || site_is_settled(site))
		       ? note_absent(change, held, outcome, why)
		       : 0;
}

/* ---- the proof ------------------------------------------------------------------------------- */

/* One round of proofs: of which change, against whom, and where the result goes. */
struct round {
	const struct change *change;
	struct prove_case it;
	struct outcome *outcome;
	bool is_planned; /* and not real yet */
};

/* Who decides about the place, SHAPE_BIT()s. */
static unsigned deciding_files(const struct round *round, const struct place *place)
{
	return client_set_files(
		round->it.require ? round->it.require : place->ops->deciding(place));
}

/* Where it stands among the anchors, and is seen by everybody who was to see it; or anchors->n. */
static size_t find_seen(const struct round *round, const struct change_ca *ca,
	const struct place *place, const struct certs *anchors, struct store_outcome *store)
{
	size_t at =
		ca->cert ? certs_find(anchors, ca->cert) : certs_find_sha256(anchors, ca->sha256);
	unsigned blind = at < anchors->n ? cert_blind(anchors->at[at]) : 0;

	/* Another one of it may be seen by more. */
	for (size_t i = at + 1; i < anchors->n; i++)
		if (cert_same(anchors->at[i], anchors->at[at]))
			blind &= cert_blind(anchors->at[i]);
	if (round->is_planned)
		store->blind |= blind;
	if (round->change->kind == CHANGE_ADD &&
		(blind & (~store->blind | deciding_files(round, place))))
		return anchors->n;
	return at;
}

/* The store holds what it must, and no more what it must not. */
static int check_held(const struct round *round, const struct place *place,
	const struct certs *anchors, struct store_outcome *store, struct fault *why)
{
	const struct change *change = round->change;
	const struct replacements *replacements = &round->outcome->replacements;
	char said[PEM_QUIRK_WHY_LEN];

	for (size_t c = 0; c < change->cas_n; c++) {
		const struct change_ca *ca = &change->cas[c];
		bool held = find_seen(round, ca, place, anchors, store) < anchors->n;

		if (!change_ca_is_for(ca, place) || held == (change->kind == CHANGE_ADD))
			continue;
		if (!held && pem_quirk_file_says(anchors->file, deciding_files(round, place), said))
			return fault_set(why, FAULT_UNTRUSTED, "%s", said);
		return fault_set(why, FAULT_UNTRUSTED, "'%s' %s the certificate", place->path,
			held ? "still holds" : "does not hold");
	}
	for (size_t i = 0; i < replacements->n; i++)
		if (supersede_covers(&replacements->at[i], place) &&
			certs_hold(anchors, replacements->at[i].old))
			return fault_set(why, FAULT_UNTRUSTED,
				"'%s' still holds the superseded certificate", place->path);
	return 0;
}

/* What no CA cures, and the readers' own words do not tell: NULL, nothing. */
static const char *left_out(const struct survey *survey)
{
	for (size_t i = 0; survey && i < survey->n; i++)
		if (survey->at[i].diagnosis.verdict == VERDICT_INCOMPLETE)
			return survey->at[i].diagnosis.why;
	return NULL;
}

static int prove_one(const struct round *round, struct view *view, const struct place *place,
	struct store_outcome *store, struct fault *why)
{
	const struct change *change = round->change;
	auto_certs anchors = CERTS_INIT;
	const struct client_result *refusal;
	const char *hint = left_out(change->survey);

	if (place->ops->anchors(view, place, &anchors, why) < 0 ||
		check_held(round, place, &anchors, store, why) < 0 ||
		prove_place(place, &anchors, &round->it, &store->proof, why) < 0)
		return -1;
	if (change->kind != CHANGE_ADD)
		return 0;
	refusal = proof_refusal(&store->proof);
	if (refusal && !change->is_check)
		return fault_set(why, FAULT_UNTRUSTED,
			"%s would still not trust it through '%s': %s%s%s",
			client_name(refusal->client), place->path, refusal->why, hint ? "; " : "",
			hint ? hint : "");
	const struct twins twins = {
		view->tree->advice, change, &round->outcome->replacements.ours, place, &anchors};

	return supersede_note_twins(&twins, &round->outcome->notes, why);
}

static struct round round_of(
	const struct change *change, const struct probe *probes, struct outcome *outcome)
{
	return (struct round){.change = change,
		.it = {.probes = probes,
			.probes_n = change->survey ? change->survey->n : 0,
			.at = change->at,
			.require = change->require,
			.advice = true,
			.cas = change->cas,
			.cas_n = change->cas_n},
		.outcome = outcome};
}

/* Every place of the site, read through its tree's view. */
static int prove_all(
	struct site *site, struct round *round, struct view *const *views, struct fault *why)
{
	struct prove_case *it = &round->it;
	const struct survey *survey = round->change->survey;

	for (size_t i = 0; i < it->probes_n; i++) {
		if (probe_is_proven(&it->probes[i]))
			continue;
		if (!probe_is_proven(survey->at[i].probe)) {
			survey_fault(&survey->at[i], why);
			return fault_wrap(why, "%s", survey->targets[i].label);
		}
		return fault_set(why, FAULT_PEER, "the proof failed: %s: %s",
			survey->targets[i].label, it->probes[i].why.text);
	}
	if (round->change->kind == CHANGE_ADD) {
		if (outcome_set_ends(round->outcome, it->probes_n, why) < 0)
			return -1;
		it->ends = round->outcome->ends;
	}
	for (size_t p = 0; p < site->places.n; p++)
		if (prove_one(round, views[site->places.at[p].tree], &site->places.at[p],
			    &round->outcome->at[p], why) < 0)
			return -1;
	for (size_t i = 0; i < site->trees_n; i++)
		if (views[i]->unread.kind) {
			*why = views[i]->unread;
			return fault_wrap(why, "a store cannot be read whole");
		}
	return 0;
}

/* On the plan, with the chains that are already here. */
static int prove_planned(
	struct site *site, const struct change *change, struct outcome *outcome, struct fault *why)
{
	const struct probe *probes = change->survey ? change->survey->probes : NULL;
	auto_free struct view **views = calloc(site->trees_n, sizeof(struct view *));
	struct round round = round_of(change, probes, outcome);

	if (!views)
		return fault_nomem(why);
	for (size_t i = 0; i < site->trees_n; i++)
		views[i] = &site->trees[i].view;
	round.is_planned = true;
	return prove_all(site, &round, views, why);
}

int steps_plan(
	struct site *site, const struct change *change, struct outcome *outcome, struct fault *why)
{
	if (plan_stores(site, change, outcome, why) < 0)
		return -1;
	if (prove_planned(site, change, outcome, why) < 0) {
		outcome_end(outcome, STORE_FAILED);
		return -1;
	}
	return 0;
}

int steps_prove(struct site *site, const struct change *change, struct view *const *views,
	struct outcome *outcome, struct fault *why)
{
	size_t n = change->survey ? change->survey->n : 0;
	auto_free struct probe *probes = calloc(n + 1, sizeof(*probes));
	struct round round = round_of(change, probes, outcome);
	int rc;

	if (!probes)
		return fault_nomem(why);
	log_progress("proving it");
	rc = (n && survey_again(change->survey, probes, why) < 0) ||
			     prove_all(site, &round, views, why) < 0
		     ? -1
		     : 0;
	for (size_t i = 0; i < n; i++)
		probe_free(&probes[i]);
	return rc;
}
