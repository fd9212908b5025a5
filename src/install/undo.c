/* SPDX-License-Identifier: Apache-2.0 */
/* Roll back a failed run or an interrupted one, and undo on request. */
#include <inttypes.h>

#include "src/install/install.h"
#include "src/install/transaction.h"
#include "src/sys/interrupt.h"
#include "src/sys/log.h"

int undo_put_back(struct tree *tree, struct record *record, const char *action,
	enum hooks_which which, struct names *notes, struct fault *ret_untold, struct fault *why)
{
	if (tree->ops->revert(tree, record->undo, why) < 0)
		return -1;
	if (!tree->is_live || !which)
		return 0;
	/* Run no hooks without backups: a command that fails half-way could destroy the files
	 * for good. */
	if (tree->ops->keep(tree, record->undo, ret_untold) < 0 ||
		hooks_run(record, action, which, notes, ret_untold) < 0)
		log_detail("%s", ret_untold->text);
	return tree->ops->revert(tree, record->undo, why);
}

void undo_note_untold(const struct fault *untold, struct names *notes)
{
	struct fault ignored = FAULT_INIT;

	if (untold->kind)
		names_addf(notes, &ignored,
			"what the distribution makes of the stores may not be as it was before: %s",
			untold->text);
}

/* For a record read from disk: any of its steps may have been done. */
static void mark_done(struct undo *undo)
{
	for (size_t i = 0; undo && i < undo->n; i++)
		undo->at[i].done = true;
}

static int undo_failed(const struct record *undone, const struct fault *untold, struct fault *why)
{
	*why = *untold;
	return fault_wrap(why,
		"every file of transaction %" PRIu64
		" is as it was before, but what the distribution makes of them may not be",
		undone->id);
}

/* Restore what `undone` changed, unless that is already done. */
static int finish_undo(struct tree *tree, struct record *undone, struct names *notes,
	struct fault *ret_untold, struct fault *why)
{
	mark_done(undone->undo);
	if (undone->state == RECORD_UNDONE)
		return 0;
	if (undo_put_back(tree, undone, "undo", HOOKS_ALL, notes, ret_untold, why) < 0)
		return -1;
	return ret_untold->kind == FAULT_SYSTEM ? undo_failed(undone, ret_untold, why) : 0;
}

/* Complete an interrupted run: finish an undo, roll back anything else. */
static int recover_one(
	struct tree *tree, struct record *record, struct names *notes, struct fault *why)
{
	struct fault untold = FAULT_INIT;
	auto_record undone = {0};
	bool found = false;

	if (record->state == RECORD_UNDOING &&
		journal_undone(tree, record, &undone, &found, why) < 0)
		return -1;
	if (found) {
		if (finish_undo(tree, &undone, notes, &untold, why) < 0 ||
			journal_end_undo(tree, &undone, record, why) < 0)
			return -1;
	} else {
		/* Without a record nothing was committed: the directory holds only backups. */
		mark_done(record->undo);
		if (record->undo && undo_put_back(tree, record, "revert", HOOKS_REFRESH, notes,
					    &untold, why) < 0)
			return -1;
		if (untold.kind == FAULT_SYSTEM) {
			*why = untold;
			return -1;
		}
		if (journal_drop(tree, record->id, why) < 0)
			return -1;
	}
	undo_note_untold(&untold, notes);
	return 0;
}

int undo_recover(struct tree *tree, struct names *notes, size_t *ret_n, struct fault *why)
{
	for (*ret_n = 0;; (*ret_n)++) {
		auto_record record = {0};
		bool is_open;

		if (journal_cut_off(tree, &record, &is_open, why) < 0)
			return -1;
		if (!is_open)
			return 0;
		if (recover_one(tree, &record, notes, why) < 0)
			return fault_wrap(why, "cannot roll back an interrupted run");
		log_note("rolled back an interrupted run");
	}
}

static int undo_one(struct tree *tree, uint64_t id, struct outcome *outcome, struct fault *why)
{
	struct fault untold = FAULT_INIT;
	struct fault unwritten = FAULT_INIT;
	auto_record undone = {0};
	auto_record undo = {0};
	int rc;

	if (journal_begin_undo(tree, id, &undone, &undo, why) < 0)
		return -1;
	interrupt_hold();
	rc = finish_undo(tree, &undone, &outcome->notes, &untold, why);
	/* If the record cannot be written, the next run finishes the undo. */
	if (rc == 0 && journal_end_undo(tree, &undone, &undo, &unwritten) < 0)
		rc = names_addf(&outcome->notes, why,
			"everything was restored, but the journal could not be updated: %s",
			unwritten.text);
	interrupt_release();
	if (rc < 0)
		return -1;
	outcome->changed = true;
	outcome->id = undone.id;
	return untold.kind ? undo_failed(&undone, &untold, why) : 0;
}

static int undo_host(struct tree *tree, uint64_t id, struct outcome *outcome, struct fault *why)
{
	auto_free uint64_t *ids = NULL;
	auto_record newest = {0};
	bool is_open = false, goes_on = true;
	size_t recovered = 0, ids_n = 0;

	if (tree->ops->lock(tree, JOURNAL_LOCK, why) < 0 ||
		journal_cut_off(tree, &newest, &is_open, why) < 0 ||
		(newest.action && journal_is_reapply(tree, &newest, &goes_on, why) < 0) ||
		undo_recover(tree, &outcome->notes, &recovered, why) < 0)
		return -1;
	outcome->changed = recovered > 0;
	if (id)
		return undo_one(tree, id, outcome, why);
	if (is_open && !newest.action)
		return fault_set(why, FAULT_REFUSED,
			"the interrupted run had not changed anything yet; run undo again to undo "
			"the one before it");
	/* The newest transaction is the interrupted one, which is already undone.  But undo
	 * without a number never means a reapply alone, so go on past one. */
	if (recovered && !goes_on)
		return 0;
	if (journal_last(tree, &ids, &ids_n, why) < 0)
		return -1;
	for (size_t i = 0; i < ids_n; i++)
		if (undo_one(tree, ids[i], outcome, why) < 0)
			return -1;
	return 0;
}

static int undo_image(struct image_file *image, struct outcome *outcome, struct fault *why)
{
	auto_image_file staged = NULL;

	if (image_file_stage_undo(image, why) < 0 || image_file_reopen(image, &staged, why) < 0 ||
		image_file_publish(image, why) < 0)
		return -1;
	outcome->changed = true;
	return 0;
}

int install_undo(struct site *site, uint64_t id, struct outcome *outcome, struct fault *why)
{
	return site->image ? undo_image(site->image, outcome, why)
			   : undo_host(site->trees[0].tree, id, outcome, why);
}
