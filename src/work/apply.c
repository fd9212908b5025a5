/* SPDX-License-Identifier: Apache-2.0 */
#include "src/work/apply.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "src/base/text.h"
#include "src/sys/interrupt.h"
#include "src/sys/log.h"
#include "src/work/hooks.h"
#include "src/work/installed.h"
#include "src/work/outcome.h"

/* ---- the plan -------------------------------------------------------------------------------- */

static int plan_ca(struct site *site, const struct place *place, const struct change *change,
	const struct change_ca *ca, struct fault *why)
{
	struct store_naming naming = {.name = ca->name};

	if (change->kind == CHANGE_ADD)
		return place->ops->add(&site->view, place, ca->cert, &naming, why);
	return place->ops->remove(&site->view, place, ca->sha256, why);
}

/* --store's word for a place. */
static int store_word(const struct place *place, char **ret, struct fault *why)
{
	int rc = place->is_named ? asprintf(ret, "%s:%s", place->ops->kind, place->path)
				 : asprintf(ret, "%s", place->ops->kind);

	return rc < 0 ? fault_nomem(why) : 0;
}

/* What trustfix has installed, as it will be; part of the same plan. */
static int plan_installed(struct site *site, const struct change *change,
	const struct outcome *outcome, struct fault *why)
{
	auto_installed installed = {0};

	if (installed_read(&site->view, &installed, why) < 0)
		return -1;
	for (size_t c = 0; c < change->cas_n; c++) {
		const struct change_ca *ca = &change->cas[c];

		if (change->kind == CHANGE_REMOVE)
			installed_drop(&installed, ca->sha256);
		for (size_t p = 0; change->kind == CHANGE_ADD && p < site->places.n; p++) {
			auto_free char *word = NULL;

			if (outcome->at[p].state == STORE_UNCHANGED)
				continue;
			if (store_word(&site->places.at[p], &word, why) < 0 ||
				installed_add(&installed, ca->cert, ca->name, word, why) < 0)
				return -1;
		}
	}
	return installed_write(&site->view, &installed, why);
}

static int plan_stores(
	struct site *site, const struct change *change, struct outcome *outcome, struct fault *why)
{
	bool adds = change->kind == CHANGE_ADD;

	if (outcome_set_places(outcome, &site->places, why) < 0)
		return -1;
	for (size_t p = 0; p < site->places.n; p++) {
		/* What is made from the system store changes when that does. */
		size_t before = site->places.at[p].is_remade ? 0 : site->plan.n;

		for (size_t c = 0; c < change->cas_n; c++)
			if (plan_ca(site, &site->places.at[p], change, &change->cas[c], why) < 0)
				return fault_wrap(why, "%s", site->places.at[p].path);
		if (site->plan.n > before)
			outcome->at[p].state = adds ? STORE_WOULD_ADD : STORE_WOULD_REMOVE;
	}
	return 0;
}

/* ---- the proof ------------------------------------------------------------------------------- */

/* The store holds what it must, and no more what it must not. */
static int check_held(const struct change *change, const struct place *place,
	const struct certs *anchors, struct fault *why)
{
	for (size_t c = 0; c < change->cas_n; c++) {
		bool held = certs_find_sha256(anchors, change->cas[c].sha256) < anchors->n;

		if (held != (change->kind == CHANGE_ADD))
			return fault_set(why, FAULT_UNTRUSTED, "'%s' %s the certificate",
				place->path, held ? "still holds" : "does not hold");
	}
	return 0;
}

static int prove_one(const struct change *change, const struct prove_case *it, struct view *view,
	const struct place *place, struct proof *ret, struct fault *why)
{
	auto_certs anchors = CERTS_INIT;
	const struct reader_result *refusal;

	if (place->ops->anchors(view, place, &anchors, why) < 0 ||
		check_held(change, place, &anchors, why) < 0 ||
		prove_place(place, &anchors, it, ret, why) < 0)
		return -1;
	refusal = proof_refusal(ret);
	if (change->kind == CHANGE_ADD && refusal)
		return fault_set(why, FAULT_UNTRUSTED,
			"%s would still not trust it through '%s': %s",
			reader_name(refusal->reader), place->path, refusal->why);
	return 0;
}

/* Every place of the site, read through `view`, against these probes. */
static int prove_all(struct site *site, const struct change *change, struct view *view,
	const struct probe *probes, struct outcome *outcome, struct fault *why)
{
	struct prove_case it = {.probes = probes,
		.probes_n = change->survey ? change->survey->n : 0,
		.at = change->at,
		.require = change->require,
		.advice = true};

	for (size_t i = 0; i < it.probes_n; i++)
		if (probes[i].chain.n == 0)
			return fault_set(why, FAULT_PEER, "the proof failed: %s: %s",
				change->survey->targets[i].label, probes[i].why.text);
	for (size_t p = 0; p < site->places.n; p++)
		if (prove_one(change, &it, view, &site->places.at[p], &outcome->at[p].proof, why) <
			0)
			return -1;
	return 0;
}

/* On the plan, with the chains that are already here. */
static int prove_planned(
	struct site *site, const struct change *change, struct outcome *outcome, struct fault *why)
{
	const struct probe *probes = change->survey ? change->survey->probes : NULL;

	return prove_all(site, change, &site->view, probes, outcome, why);
}

/* On what lies on the disk now, with a new handshake per target. */
static int prove_fresh(
	struct site *site, const struct change *change, struct outcome *outcome, struct fault *why)
{
	size_t n = change->survey ? change->survey->n : 0;
	auto_free struct probe *probes = calloc(n + 1, sizeof(*probes));
	auto_view view = view_make(site->tree, NULL);
	int rc;

	if (!probes)
		return fault_nomem(why);
	log_progress("proving it");
	rc = (n && survey_again(change->survey, probes, why) < 0) ||
			     prove_all(site, change, &view, probes, outcome, why) < 0
		     ? -1
		     : 0;
	for (size_t i = 0; i < n; i++)
		probe_free(&probes[i]);
	return rc;
}

/* ---- the transaction ------------------------------------------------------------------------- */

static int fill_record(struct site *site, const struct change *change,
	const struct outcome *outcome, struct record *record, struct fault *why)
{
	record->when = (int64_t)time(NULL);
	record->action = strdup(change->action);
	if (!record->action)
		return fault_nomem(why);
	for (size_t c = 0; c < change->cas_n; c++) {
		char hex[TEXT_SHA256_HEX_LEN];

		text_hex(change->cas[c].sha256, DIGEST_SHA256_LEN, hex);
		if (names_add(change->kind == CHANGE_ADD ? &record->added : &record->removed, hex,
			    why) < 0)
			return -1;
	}
	for (size_t p = 0; p < site->places.n; p++) {
		const struct place *place = &site->places.at[p];
		const char *refresh = place->ops->refresh ? place->ops->refresh(place) : NULL;

		if (outcome->at[p].state == STORE_UNCHANGED)
			continue;
		if (names_add(&record->stores, place->path, why) < 0)
			return -1;
		if (refresh && !record->family) {
			record->family = strdup(refresh + strlen("refresh-"));
			if (!record->family)
				return fault_nomem(why);
		}
	}
	return 0;
}

/*
 * Put everything back after `why`.  Errors on this way never replace the cause, but when a path
 * cannot be put back the fault's kind becomes FAULT_BROKEN and the text names it.
 */
static int give_up(struct site *site, struct record *record, struct outcome *outcome,
	bool hooks_ran, struct fault *why)
{
	struct fault broken = FAULT_INIT;
	struct fault ignored = FAULT_INIT;

	log_progress("putting everything back");
	if (site->tree->ops->revert(site->tree, record->undo, &broken) < 0) {
		outcome_change_states(outcome, STORE_WOULD_ADD, STORE_FAILED);
		outcome_change_states(outcome, STORE_WOULD_REMOVE, STORE_FAILED);
		fault_wrap(why, "%s; it began with", broken.text);
		why->kind = FAULT_BROKEN;
		return -1;
	}
	outcome_change_states(outcome, STORE_WOULD_ADD, STORE_REVERTED);
	outcome_change_states(outcome, STORE_WOULD_REMOVE, STORE_REVERTED);
	if (hooks_ran)
		hooks_run(record, "revert", HOOKS_REFRESH, &outcome->notes, &ignored);
	if (journal_drop(site->tree, record->id, &ignored) < 0)
		log_detail("%s", ignored.text);
	return -1;
}

/* A refresh may have rewritten our files: the record says what they are now, so that undo knows
 * them. */
static int settle_record(struct site *site, struct record *record, struct fault *why)
{
	for (size_t i = 0; i < record->undo->n; i++)
		if (undo_step_settle(site->tree, &record->undo->at[i], why) < 0)
			return -1;
	record->state = RECORD_DONE;
	return journal_write(site->tree, record, why);
}

static int make_real(struct site *site, const struct change *change, struct record *record,
	struct outcome *outcome, struct fault *why)
{
	bool hooks_ran = false;

	if (journal_write(site->tree, record, why) < 0 ||
		site->tree->ops->commit(site->tree, record->undo, why) < 0 ||
		interrupt_check(why) < 0)
		return give_up(site, record, outcome, hooks_ran, why);
	if (site->tree->is_live) {
		hooks_ran = true;
		if (hooks_run(record, change->action, HOOKS_ALL, &outcome->notes, why) < 0)
			return give_up(site, record, outcome, hooks_ran, why);
	}
	if (interrupt_check(why) < 0 || prove_fresh(site, change, outcome, why) < 0 ||
		interrupt_check(why) < 0 || settle_record(site, record, why) < 0)
		return give_up(site, record, outcome, hooks_ran, why);
	return 0;
}

static int transact(
	struct site *site, const struct change *change, struct outcome *outcome, struct fault *why)
{
	struct tree *tree = site->tree;
	struct fault ignored = FAULT_INIT;
	auto_free char *dir = NULL;
	auto_record record = {0};
	int rc;

	if (plan_installed(site, change, outcome, why) < 0 ||
		journal_next_id(tree, &record.id, why) < 0 ||
		fill_record(site, change, outcome, &record, why) < 0)
		return -1;
	dir = record_dir(record.id);
	if (!dir)
		return fault_nomem(why);
	if (tree->ops->stage(tree, &site->plan, dir, &record.undo, why) < 0)
		return -1;
	interrupt_hold();
	rc = make_real(site, change, &record, outcome, why);
	interrupt_release();
	if (rc < 0)
		return -1;
	if (journal_prune(tree, &ignored) < 0)
		log_detail("%s", ignored.text);
	outcome_change_states(outcome, STORE_WOULD_ADD, STORE_ADDED);
	outcome_change_states(outcome, STORE_WOULD_REMOVE, STORE_REMOVED);
	outcome->changed = true;
	outcome->id = record.id;
	return 0;
}

/* ---- the road -------------------------------------------------------------------------------- */

static int plan_and_prove(
	struct site *site, const struct change *change, struct outcome *outcome, struct fault *why)
{
	if (plan_stores(site, change, outcome, why) < 0)
		return -1;
	if (prove_planned(site, change, outcome, why) < 0) {
		outcome_change_states(outcome, STORE_WOULD_ADD, STORE_FAILED);
		outcome_change_states(outcome, STORE_WOULD_REMOVE, STORE_FAILED);
		return -1;
	}
	return 0;
}

/*
 * Take the lock.  What was planned without it (`next_id` 0: while another run was at work) is stale
 * when another made a transaction meanwhile, or when the remains of one had to be put back: then
 * plan again.
 */
static int take_lock(struct site *site, const struct change *change, uint64_t next_id,
	struct outcome *outcome, struct fault *why)
{
	uint64_t id = 0;
	size_t recovered = 0;

	if (site->tree->ops->lock(site->tree, JOURNAL_LOCK, why) < 0 ||
		journal_next_id(site->tree, &id, why) < 0 ||
		journal_recover(site->tree, &recovered, why) < 0)
		return -1;
	if (id == next_id && recovered == 0)
		return 0;
	if (site_replan(site, why) < 0)
		return -1;
	return plan_and_prove(site, change, outcome, why);
}

int apply(
	struct site *site, const struct change *change, struct outcome *outcome, struct fault *why)
{
	uint64_t next_id = 0;
	bool is_open = false;

	outcome->asked_peers = change->survey && change->survey->n;
	if (journal_next_id(site->tree, &next_id, why) < 0 ||
		journal_is_open(site->tree, &is_open, why) < 0 ||
		plan_and_prove(site, change, outcome, why) < 0)
		return -1;
	if (change->dry_run)
		return outcome_set_edits(outcome, &site->plan, why);
	if (site->plan.n == 0 && !is_open)
		return 0;
	if (take_lock(site, change, is_open ? 0 : next_id, outcome, why) < 0)
		return -1;
	if (site->plan.n == 0)
		return 0;
	return transact(site, change, outcome, why);
}

int apply_undo(struct site *site, uint64_t id, struct outcome *outcome, struct fault *why)
{
	auto_record record = {0};
	size_t recovered = 0;
	int rc;

	if (site->tree->ops->lock(site->tree, JOURNAL_LOCK, why) < 0 ||
		journal_recover(site->tree, &recovered, why) < 0)
		return -1;
	outcome->changed = recovered > 0;
	/* The newest transaction is the one that was cut off: it is undone by now. */
	if (recovered && id == 0)
		return 0;
	interrupt_hold();
	rc = journal_undo(site->tree, id, &record, why);
	interrupt_release();
	if (rc < 0)
		return -1;
	outcome->changed = true;
	outcome->id = record.id;
	if (site->tree->is_live)
		return hooks_run(&record, "undo", HOOKS_ALL, &outcome->notes, why);
	return 0;
}
