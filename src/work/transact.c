/* SPDX-License-Identifier: Apache-2.0 */
#include "src/work/transact.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "src/base/text.h"
#include "src/sys/interrupt.h"
#include "src/sys/log.h"
#include "src/work/hooks.h"
#include "src/work/journal.h"
#include "src/work/steps.h"

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

/*
 * Put everything back after `why`.  Errors on this way never replace the cause, but when a path
 * cannot be put back the fault's kind becomes FAULT_BROKEN and the text names it.
 */
static int give_up(struct site *site, struct record *record, struct outcome *outcome,
	bool hooks_ran, struct fault *why)
{
	struct tree *tree = site->trees[0].tree;
	struct fault broken = FAULT_INIT;
	struct fault ignored = FAULT_INIT;

	log_progress("putting everything back");
	if (tree->ops->revert(tree, record->undo, &broken) < 0) {
		outcome_end(outcome, STORE_FAILED);
		fault_wrap(why, "%s; it began with", broken.text);
		why->kind = FAULT_BROKEN;
		return -1;
	}
	outcome_end(outcome, STORE_REVERTED);
	if (hooks_ran)
		hooks_run(record, "revert", HOOKS_REFRESH, &outcome->notes, &ignored);
	if (journal_drop(tree, record->id, &ignored) < 0)
		log_detail("%s", ignored.text);
	return -1;
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

static int make_real(struct site *site, const struct change *change, struct record *record,
	struct outcome *outcome, struct fault *why)
{
	struct tree *tree = site->trees[0].tree;
	auto_view view = view_make(tree, NULL);
	struct view *views[] = {&view};
	bool hooks_ran = false;

	if (journal_write(tree, record, why) < 0 ||
		tree->ops->commit(tree, record->undo, why) < 0 || interrupt_check(why) < 0)
		return give_up(site, record, outcome, hooks_ran, why);
	if (tree->is_live) {
		hooks_ran = true;
		if (hooks_run(record, change->action, HOOKS_ALL, &outcome->notes, why) < 0)
			return give_up(site, record, outcome, hooks_ran, why);
	}
	if (interrupt_check(why) < 0 || steps_prove(site, change, views, outcome, why) < 0 ||
		interrupt_check(why) < 0 || settle_record(tree, record, why) < 0)
		return give_up(site, record, outcome, hooks_ran, why);
	return 0;
}

int transact(
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

int transact_undo(struct site *site, uint64_t id, struct outcome *outcome, struct fault *why)
{
	struct tree *tree = site->trees[0].tree;
	auto_record record = {0};
	size_t recovered = 0;
	int rc;

	if (tree->ops->lock(tree, JOURNAL_LOCK, why) < 0 ||
		journal_recover(tree, &recovered, why) < 0)
		return -1;
	outcome->changed = recovered > 0;
	/* The newest transaction is the one that was cut off: it is undone by now. */
	if (recovered && id == 0)
		return 0;
	interrupt_hold();
	rc = journal_undo(tree, id, &record, why);
	interrupt_release();
	if (rc < 0)
		return -1;
	outcome->changed = true;
	outcome->id = record.id;
	if (!tree->is_live || hooks_run(&record, "undo", HOOKS_ALL, &outcome->notes, why) == 0)
		return 0;
	return fault_wrap(why,
		"every file of transaction %" PRIu64
		" is as it was before, but what the distribution makes of them may not be",
		record.id);
}
