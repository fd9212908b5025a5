/* SPDX-License-Identifier: Apache-2.0 */
#include "src/install/commit_host.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "src/base/text.h"
#include "src/sys/interrupt.h"
#include "src/sys/log.h"
#include "src/journal/hooks.h"
#include "src/journal/journal.h"
#include "src/install/steps.h"

static int add_hex(
	struct names *names, const uint8_t sha256[static DIGEST_SHA256_LEN], struct fault *why)
{
	char hex[TEXT_SHA256_HEX_LEN];

	text_hex(sha256, DIGEST_SHA256_LEN, hex);
	return names_add(names, hex, why);
}

static int fill_record(struct site *site, const struct change *change,
	const struct outcome *outcome, struct record *record, struct fault *why)
{
	record->when = (int64_t)time(NULL);
	record->action = strdup(change->action);
	if (!record->action)
		return fault_nomem(why);
	for (size_t c = 0; c < change->cas_n; c++)
		if (add_hex(change->kind == CHANGE_ADD ? &record->added : &record->removed,
			    change->cas[c].sha256, why) < 0)
			return -1;
	for (size_t i = 0; i < outcome->replacements.n; i++)
		if (outcome->replacements.at[i].done &&
			add_hex(&record->removed, cert_sha256(outcome->replacements.at[i].old),
				why) < 0)
			return -1;
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

/* ---- putting back ---------------------------------------------------------------------------- */

/* Which hooks are told what, and what they answered: FAULT_NONE when all went well. */
struct told {
	const char *action;
	enum hooks_which which; /* 0: nobody */
	struct names *notes;
	struct fault failed;
};

/*
 * Put every file back, tell the hooks, and put back again what these have spoiled.  FAULT_BROKEN:
 * not even then is every file as before; the text names it and its keeper.  When told->failed is a
 * FAULT_SYSTEM, they could not be told: the record stays open, so that the next run does.
 */
static int put_back(struct tree *tree, struct record *record, struct told *told, struct fault *why)
{
	if (tree->ops->revert(tree, record->undo, why) < 0)
		return -1;
	if (!tree->is_live || !told->which)
		return 0;
	/* Without copies nobody is told: a command that fails half-way would be the end of them. */
	if (tree->ops->keep(tree, record->undo, &told->failed) < 0 ||
		hooks_run(record, told->action, told->which, told->notes, &told->failed) < 0)
		log_detail("%s", told->failed.text);
	return tree->ops->revert(tree, record->undo, why);
}

static void note_failed(const struct told *told)
{
	struct fault ignored = FAULT_INIT;

	if (told->failed.kind)
		names_addf(told->notes, &ignored,
			"what the distribution makes of the stores may not be as it was before: %s",
			told->failed.text);
}

/*
 * Put everything back after `why`.  Errors on this way never replace the cause, but when a path
 * cannot be put back the fault's kind becomes FAULT_BROKEN and the text names it.
 */
static int give_up(struct site *site, struct record *record, struct outcome *outcome,
	enum hooks_which heard, struct fault *why)
{
	struct tree *tree = site->trees[0].tree;
	struct told told = {"revert", heard, &outcome->notes, FAULT_INIT};
	struct fault broken = FAULT_INIT;
	struct fault ignored = FAULT_INIT;

	log_progress("putting everything back");
	/* If that is cut off, the next run must know. */
	if (record->state != RECORD_OPEN) {
		record->state = RECORD_OPEN;
		journal_write(tree, record, &ignored);
	}
	if (put_back(tree, record, &told, &broken) < 0) {
		outcome_end(outcome, STORE_FAILED);
		fault_wrap(why, "%s; it began with", broken.text);
		why->kind = FAULT_BROKEN;
		return -1;
	}
	outcome_end(outcome, STORE_REVERTED);
	note_failed(&told);
	if (told.failed.kind != FAULT_SYSTEM && journal_drop(tree, record->id, &ignored) < 0)
		log_detail("%s", ignored.text);
	return -1;
}

static void mark_done(struct undo *undo)
{
	for (size_t i = 0; undo && i < undo->n; i++)
		undo->at[i].done = true;
}

static int undo_failed(const struct record *undone, const struct told *told, struct fault *why)
{
	*why = told->failed;
	return fault_wrap(why,
		"every file of transaction %" PRIu64
		" is as it was before, but what the distribution makes of them may not be",
		undone->id);
}

/* Put back what `undone` did, if that was not done yet. */
static int finish_undo(
	struct tree *tree, struct record *undone, struct told *told, struct fault *why)
{
	told->action = "undo";
	told->which = HOOKS_ALL;
	mark_done(undone->undo);
	if (undone->state == RECORD_UNDONE)
		return 0;
	if (put_back(tree, undone, told, why) < 0)
		return -1;
	return told->failed.kind == FAULT_SYSTEM ? undo_failed(undone, told, why) : 0;
}

/* Bring a run to its end that was cut off: an undo is finished, everything else put back. */
static int recover_one(
	struct tree *tree, struct record *record, struct told *told, struct fault *why)
{
	auto_record undone = {0};
	bool found = false;

	if (record->undoes && journal_undone(tree, record, &undone, &found, why) < 0)
		return -1;
	if (found)
		return finish_undo(tree, &undone, told, why) < 0
			       ? -1
			       : journal_end_undo(tree, &undone, record, why);
	/* Without a record nothing was made real: only keepers lie there. */
	mark_done(record->undo);
	if (record->undo && put_back(tree, record, told, why) < 0)
		return -1;
	if (told->failed.kind == FAULT_SYSTEM) {
		*why = told->failed;
		return -1;
	}
	return journal_drop(tree, record->id, why);
}

int transact_recover(struct tree *tree, struct names *notes, size_t *ret_n, struct fault *why)
{
	*ret_n = 0;
	for (;;) {
		auto_record record = {0};
		struct told told = {"revert", HOOKS_REFRESH, notes, FAULT_INIT};
		bool is_open;

		if (journal_cut_off(tree, &record, &is_open, why) < 0)
			return -1;
		if (!is_open)
			return 0;
		if (recover_one(tree, &record, &told, why) < 0)
			return fault_wrap(why, "cannot roll back an interrupted run");
		log_note("rolled back an interrupted run");
		note_failed(&told);
		(*ret_n)++;
	}
}

/* ---- making real ----------------------------------------------------------------------------- */

/* What the refresh will write as well is kept, so that it can be put back. */
static int watch_derived(
	struct tree *tree, struct record *record, const char *keep_dir, struct fault *why)
{
	const char *const *paths = hooks_derived(record->family);

	if (!tree->is_live)
		return 0;
	for (; paths && *paths; paths++)
		if (undo_watch(tree, record->undo, *paths, keep_dir, why) < 0)
			return -1;
	return tree->ops->keep(tree, record->undo, why);
}

/* A refresh may have rewritten our files: the record says what they are now, so that undo knows
 * them. */
static int settle_record(struct tree *tree, struct record *record, struct fault *why)
{
	for (size_t i = 0; tree->is_live && i < record->undo->n; i++)
		if (undo_step_settle(tree, &record->undo->at[i], why) < 0)
			return -1;
	record->state = RECORD_DONE;
	return journal_write(tree, record, why);
}

static int prove_real(struct site *site, const struct change *change, struct record *record,
	struct outcome *outcome, struct fault *why)
{
	struct tree *tree = site->trees[0].tree;
	auto_view view = view_make(tree, NULL);
	struct view *views[] = {&view};

	return interrupt_check(why) < 0 || steps_prove(site, change, views, outcome, why) < 0 ||
			       interrupt_check(why) < 0 || settle_record(tree, record, why) < 0
		       ? -1
		       : 0;
}

/* What is proven is told to the hooks that have no part in it.  Did one spoil it all the same? */
static int notify(struct tree *tree, const struct record *record, struct names *notes,
	bool *ret_spoiled, struct fault *why)
{
	struct fault failed = FAULT_INIT;

	*ret_spoiled = false;
	if (!tree->is_live)
		return 0;
	if (hooks_run(record, record->action, HOOKS_NOTIFY, notes, &failed) < 0 &&
		names_addf(notes, why, "not every hook was told: %s", failed.text) < 0)
		return -1;
	for (size_t i = 0; i < record->undo->n && !*ret_spoiled; i++) {
		const struct undo_step *step = &record->undo->at[i];
		enum undo_state state;

		if (undo_step_state(tree, step, &state, why) < 0)
			return -1;
		*ret_spoiled = state == UNDO_OTHER ||
			       (state == UNDO_BEFORE && !step->derived && step->after != ENTRY_DIR);
	}
	return 0;
}

static int make_real(struct site *site, const struct change *change, struct record *record,
	struct outcome *outcome, struct fault *why)
{
	struct tree *tree = site->trees[0].tree;
	auto_free char *keep_dir = record_dir(record->id);
	enum hooks_which heard = 0;
	bool spoiled = false;

	if (watch_derived(tree, record, keep_dir, why) < 0 ||
		journal_write(tree, record, why) < 0 ||
		tree->ops->commit(tree, record->undo, why) < 0 || interrupt_check(why) < 0)
		return give_up(site, record, outcome, heard, why);
	if (tree->is_live) {
		heard = HOOKS_REFRESH;
		if (hooks_run(record, record->action, heard, &outcome->notes, why) < 0)
			return give_up(site, record, outcome, heard, why);
	}
	if (prove_real(site, change, record, outcome, why) < 0)
		return give_up(site, record, outcome, heard, why);
	heard |= tree->is_live ? HOOKS_NOTIFY : 0;
	if (notify(tree, record, &outcome->notes, &spoiled, why) < 0 || interrupt_check(why) < 0 ||
		(spoiled && prove_real(site, change, record, outcome, why) < 0))
		return give_up(site, record, outcome, heard, why);
	return 0;
}

int commit_host(
	struct site *site, const struct change *change, struct outcome *outcome, struct fault *why)
{
	struct tree *tree = site->trees[0].tree;
	struct fault ignored = FAULT_INIT;
	auto_free char *dir = NULL;
	auto_record record = {0};
	int rc;

	if (journal_next_id(tree, &record.id, why) < 0 ||
		fill_record(site, change, outcome, &record, why) < 0)
		return -1;
	dir = record_dir(record.id);
	if (!dir)
		return fault_nomem(why);
	if (tree->ops->stage(tree, &site->trees[0].plan, dir, &record.undo, why) < 0)
		return -1;
	interrupt_hold();
	rc = make_real(site, change, &record, outcome, why);
	interrupt_release();
	if (rc < 0)
		return -1;
	if (journal_prune(tree, &ignored) < 0)
		log_detail("%s", ignored.text);
	outcome_done(outcome);
	outcome->changed = true;
	outcome->id = record.id;
	return 0;
}

static int undo_one(struct tree *tree, uint64_t id, struct outcome *outcome, struct fault *why)
{
	struct told told = {.notes = &outcome->notes};
	auto_record undone = {0};
	auto_record undo = {0};
	struct fault unwritten = FAULT_INIT;
	int rc;

	if (journal_begin_undo(tree, id, &undone, &undo, why) < 0)
		return -1;
	interrupt_hold();
	rc = finish_undo(tree, &undone, &told, why);
	/* What cannot be written is finished by the next run. */
	if (rc == 0 && journal_end_undo(tree, &undone, &undo, &unwritten) < 0)
		rc = names_addf(&outcome->notes, why,
			"everything was restored, but the journal could not be updated: %s",
			unwritten.text);
	interrupt_release();
	if (rc < 0)
		return -1;
	outcome->changed = true;
	outcome->id = undone.id;
	return told.failed.kind ? undo_failed(&undone, &told, why) : 0;
}

int commit_host_undo(struct site *site, uint64_t id, struct outcome *outcome, struct fault *why)
{
	struct tree *tree = site->trees[0].tree;
	auto_free uint64_t *ids = NULL;
	auto_record newest = {0};
	bool is_open = false, goes_on = true;
	size_t recovered = 0, ids_n = 0;

	if (tree->ops->lock(tree, JOURNAL_LOCK, why) < 0 ||
		journal_cut_off(tree, &newest, &is_open, why) < 0 ||
		(newest.action && journal_is_reapply(tree, &newest, &goes_on, why) < 0) ||
		transact_recover(tree, &outcome->notes, &recovered, why) < 0)
		return -1;
	outcome->changed = recovered > 0;
	if (id)
		return undo_one(tree, id, outcome, why);
	if (is_open && !newest.action)
		return fault_set(why, FAULT_REFUSED,
			"the interrupted run had not changed anything yet; run undo again to undo "
			"the one before it");
	/* The newest transaction is the one that was cut off: it is undone by now.  But a reapply
	 * is nobody's last action. */
	if (recovered && !goes_on)
		return 0;
	if (journal_last(tree, &ids, &ids_n, why) < 0)
		return -1;
	for (size_t i = 0; i < ids_n; i++)
		if (undo_one(tree, ids[i], outcome, why) < 0)
			return -1;
	return 0;
}
