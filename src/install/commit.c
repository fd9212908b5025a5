/* SPDX-License-Identifier: Apache-2.0 */
/* The steps that make a planned change to a host's tree real. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "src/base/text.h"
#include "src/install/transaction.h"
#include "src/sys/interrupt.h"
#include "src/sys/log.h"
#include "stores/system/families.h"

static struct tree *tree_of(const struct transaction *it)
{
	return it->site->trees[0].tree;
}

/* Without permission to read the records nothing can be changed, but a dry run still works. */
int commit_look(struct transaction *it, struct fault *why)
{
	struct fault denied = FAULT_INIT;
	auto_record newest = {0};

	if (journal_newest(tree_of(it), &newest, &it->is_open, &denied) < 0 &&
		denied.sys != EACCES) {
		*why = denied;
		return -1;
	}
	it->newest_id = newest.id;
	return 0;
}

/*
 * A plan made without the lock is stale if another run made a transaction meanwhile, or if an
 * interrupted run had to be rolled back.
 */
int commit_lock(struct transaction *it, struct fault *why)
{
	struct tree *tree = tree_of(it);
	size_t recovered = 0;

	if (tree->ops->lock(tree, JOURNAL_LOCK, why) < 0 ||
		undo_recover(tree, &it->recovered, &recovered, why) < 0 ||
		journal_next_id(tree, &it->record.id, why) < 0)
		return -1;
	it->is_stale = it->is_open || recovered || it->record.id != it->newest_id + 1;
	return 0;
}

static int fill_record(struct transaction *it, struct fault *why)
{
	const struct cas *cas = it->change->cas;
	struct record *record = &it->record;
	struct names *changed =
		it->change->kind == CHANGE_REMOVE ? &record->removed : &record->added;
	char hex[TEXT_SHA256_HEX_LEN];

	record->when = (int64_t)time(NULL);
	record->action = strdup(change_action(it->change));
	if (!record->action)
		return fault_nomem(why);
	for (size_t c = 0; c < cas->n; c++) {
		text_hex(cas->at[c].sha256, DIGEST_SHA256_LEN, hex);
		if (names_add(changed, hex, why) < 0)
			return -1;
		for (size_t i = 0; i < cas->at[c].replaces.n; i++) {
			text_hex(cas->at[c].replaces.at[i].cert->sha256, DIGEST_SHA256_LEN, hex);
			if (cas->at[c].replaces.at[i].gone &&
				names_add(&record->removed, hex, why) < 0)
				return -1;
		}
	}
	for (size_t i = 0; i < it->outcome->n; i++) {
		const struct place *place = it->outcome->at[i].place;

		if (it->outcome->at[i].state == STORE_UNCHANGED)
			continue;
		if (names_add(&record->stores, place->path, why) < 0 ||
			(place->refresh && !record->family &&
				text_set(&record->family, why, "%s",
					place->refresh + strlen("refresh-")) < 0))
			return -1;
	}
	return 0;
}

/* Errors during rollback never replace the cause, but FAULT_BROKEN says that rollback failed. */
int commit_roll_back(struct transaction *it, struct fault *why)
{
	struct tree *tree = tree_of(it);
	struct record *record = &it->record;
	struct fault untold = FAULT_INIT;
	struct fault broken = FAULT_INIT;
	struct fault ignored = FAULT_INIT;

	log_progress("rolling back");
	/* If the rollback is interrupted, the next run must know. */
	if (record->state != RECORD_STAGED) {
		record->state = RECORD_STAGED;
		journal_write(tree, record, &ignored);
	}
	if (undo_put_back(
		    tree, record, "revert", it->heard, &it->outcome->notes, &untold, &broken) < 0) {
		outcome_end(it->outcome, STORE_FAILED);
		fault_wrap(why, "%s; the original error was", broken.text);
		why->kind = FAULT_BROKEN;
		return -1;
	}
	outcome_end(it->outcome, STORE_REVERTED);
	undo_note_untold(&untold, &it->outcome->notes);
	if (untold.kind != FAULT_SYSTEM && journal_drop(tree, record->id, &ignored) < 0)
		log_detail("%s", ignored.text);
	return -1;
}

/* Back up what the refresh will also write, so that it can be restored. */
static int watch_derived(struct transaction *it, const char *keep_dir, struct fault *why)
{
	struct tree *tree = tree_of(it);
	const struct family *family = family_refreshed(it->record.family);

	if (!tree->is_live)
		return 0;
	for (size_t i = 0; family && i < FAMILY_LIST_N + 2; i++) {
		const char *path = i < FAMILY_LIST_N    ? family->bundles[i].path
				   : i == FAMILY_LIST_N ? family->edk2
							: family->java;

		if (path && undo_watch(tree, it->record.undo, path, keep_dir, why) < 0)
			return -1;
	}
	return tree->ops->keep(tree, it->record.undo, why);
}

int commit_stage(struct transaction *it, struct fault *why)
{
	struct tree *tree = tree_of(it);
	auto_free char *keep_dir = record_dir(it->record.id);

	if (!keep_dir)
		return fault_nomem(why);
	if (fill_record(it, why) < 0 || tree->ops->stage(tree, &it->site->trees[0].plan, keep_dir,
						&it->record.undo, why) < 0)
		return -1;
	interrupt_hold();
	if (watch_derived(it, keep_dir, why) < 0 || journal_write(tree, &it->record, why) < 0)
		return commit_roll_back(it, why);
	return 0;
}

int commit_refresh(struct transaction *it, struct fault *why)
{
	if (!tree_of(it)->is_live)
		return 0;
	it->heard = HOOKS_REFRESH;
	return hooks_run(&it->record, it->record.action, HOOKS_REFRESH, &it->outcome->notes, why);
}

/* A refresh may have rewritten our files: record them as they are now, so that undo recognizes
 * them. */
int commit_done(struct transaction *it, struct fault *why)
{
	struct tree *tree = tree_of(it);
	struct undo *undo = it->record.undo;

	for (size_t i = 0; tree->is_live && i < undo->n; i++)
		if (tree_look(tree, undo->at[i].path, &undo->at[i].after, why) < 0)
			return -1;
	it->record.state = RECORD_DONE;
	return journal_write(tree, &it->record, why);
}

/* Run the hooks that take no part in the change, now that it is verified.  Did one of them spoil
 * it? */
int commit_notify(struct transaction *it, struct fault *why)
{
	struct tree *tree = tree_of(it);
	struct names *notes = &it->outcome->notes;
	struct fault failed = FAULT_INIT;

	if (!tree->is_live)
		return 0;
	it->heard |= HOOKS_NOTIFY;
	if (hooks_run(&it->record, it->record.action, HOOKS_NOTIFY, notes, &failed) < 0 &&
		names_addf(notes, why, "not every hook could be run: %s", failed.text) < 0)
		return -1;
	for (size_t i = 0; i < it->record.undo->n && !it->is_spoiled; i++) {
		const struct undo_step *step = &it->record.undo->at[i];
		enum undo_state state;

		if (undo_step_state(tree, step, &state, why) < 0)
			return -1;
		it->is_spoiled = state == UNDO_OTHER || (state == UNDO_BEFORE && !step->derived &&
								step->after.kind != ENTRY_DIR);
	}
	return 0;
}
