/* SPDX-License-Identifier: Apache-2.0 */
/* Roll back a failed run or an interrupted one, and undo on request. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

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
			"files that the distribution generates from the stores may not be as they "
			"were "
			"before: %s",
			untold->text);
}

static int undo_failed(const struct record *undone, const struct fault *untold, struct fault *why)
{
	*why = *untold;
	return fault_wrap(why,
		"every file of transaction %" PRIu64
		" is as it was before, but what the distribution generates from them may not be",
		undone->id);
}

/* Restore what `undone` changed, and write both records in their final states.  `*ret_unwritten`:
 * everything was restored, but the journal could not be updated. */
static int finish_undo(struct tree *tree, struct record *undone, struct record *undo,
	struct names *notes, struct fault *ret_untold, struct fault *ret_unwritten,
	struct fault *why)
{
	if (undone->state != RECORD_UNDONE) {
		if (undo_put_back(tree, undone, "undo", HOOKS_ALL, notes, ret_untold, why) < 0)
			return -1;
		if (ret_untold->kind == FAULT_SYSTEM)
			return undo_failed(undone, ret_untold, why);
	}
	undone->state = RECORD_UNDONE;
	undo->state = RECORD_DONE;
	if (journal_write(tree, undone, ret_unwritten) == 0)
		journal_write(tree, undo, ret_unwritten);
	return 0;
}

/* Complete an interrupted run: finish an undo, roll back anything else. */
static int recover_one(
	struct tree *tree, struct record *record, struct names *notes, struct fault *why)
{
	struct fault untold = FAULT_INIT, unwritten = FAULT_INIT;
	auto_record undone = {0};
	bool found = false;

	if (record->state == RECORD_UNDOING &&
		journal_read_one(tree, record->undoes, &undone, &found, why) < 0)
		return -1;
	if (found) {
		if (finish_undo(tree, &undone, record, notes, &untold, &unwritten, why) < 0)
			return -1;
	} else {
		/* Without a record nothing was committed: the directory holds only backups. */
		if (record->undo && undo_put_back(tree, record, "revert", HOOKS_REFRESH, notes,
					    &untold, why) < 0)
			return -1;
		if (untold.kind == FAULT_SYSTEM)
			unwritten = untold;
		else
			journal_drop(tree, record->id, &unwritten);
	}
	if (unwritten.kind) {
		*why = unwritten;
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

		if (journal_newest(tree, &record, &is_open, why) < 0)
			return -1;
		if (!is_open)
			return 0;
		if (recover_one(tree, &record, notes, why) < 0)
			return fault_wrap(why, "cannot roll back an interrupted run");
		log_note("rolled back an interrupted run");
	}
}

/* ---- undo on request ------------------------------------------------------------------------- */

/* FAULT_REFUSED, with the commands that do by hand what undoing the transaction would do, one for
 * each of its CAs. */
static int is_changed(
	struct tree *tree, const struct record *record, const char *path, struct fault *why)
{
	auto_buf run = buf_make(LIMIT_MIB);
	size_t n = record->added.n;

	for (size_t i = 0; i < n || i == 0; i++) {
		auto_free char *text = NULL;
		const char *const *words =
			n ? ADVICE_WORDS("remove", "--fingerprint", record->added.at[i])
			  : ADVICE_WORDS("install", "--ca", ADVICE_FILE);

		if ((i ? advice_format : advice_run)(tree->advice, words, &text, why) < 0)
			return -1;
		buf_printf(&run, "%s%s", i ? " && " : "", text);
	}
	if (buf_check(&run, "advice", why) < 0)
		return -1;
	return fault_set(why, FAULT_REFUSED,
		"'%s' was changed since transaction %" PRIu64
		"; undo the later transactions first or, if another program changed it, %s",
		path, record->id, buf_text(&run));
}

/* An undo is itself a record, but without steps: it is listed but cannot be undone. */
static bool can_be_undone(const struct record *record)
{
	return record->state == RECORD_DONE && record->undo->n;
}

/* The step for that path in the oldest later transaction that has not been undone, or NULL. */
static const struct undo_step *find_later(
	const struct records *records, size_t at, const char *path)
{
	while (++at < records->n) {
		const struct record *record = &records->at[at];

		for (size_t i = 0; can_be_undone(record) && i < record->undo->n; i++)
			if (strcmp(record->undo->at[i].path, path) == 0)
				return &record->undo->at[i];
	}
	return NULL;
}

/*
 * Is every file as the transaction left it, or as it was before; with `later`, will it be once
 * every later transaction is undone?  A file that the distribution's tools regenerated since is
 * left to them: without `later`, its step is dropped.
 */
static int check_unchanged(
	struct tree *tree, struct records *records, size_t at, bool later, struct fault *why)
{
	struct record *record = &records->at[at];

	for (size_t i = record->undo->n; i-- > 0;) {
		const struct undo_step *step = &record->undo->at[i];
		const struct undo_step *next = later ? find_later(records, at, step->path) : NULL;
		enum undo_state state = UNDO_OTHER;

		if ((later && step->derived) || (next && undo_step_follows(next, step)))
			continue;
		if (!next && undo_step_state(tree, step, &state, why) < 0)
			return -1;
		if (state == UNDO_OTHER && !step->derived)
			return is_changed(tree, record, step->path, why);
		if (state == UNDO_OTHER)
			undo_drop(record->undo, i);
	}
	return 0;
}

static int undo_one(struct tree *tree, struct records *records, size_t at, struct outcome *outcome,
	struct fault *why)
{
	struct fault untold = FAULT_INIT, unwritten = FAULT_INIT, ignored = FAULT_INIT;
	struct record *undone = &records->at[at];
	size_t steps_n = undone->undo->n;
	auto_record undo = {.when = (int64_t)time(NULL),
		.state = RECORD_UNDOING,
		.undoes = undone->id,
		.action = strdup("undo"),
		.undo = calloc(1, sizeof(*undo.undo))};
	int rc;

	if (!undo.action || !undo.undo)
		return fault_nomem(why);
	if (check_unchanged(tree, records, at, false, why) < 0 ||
		journal_next_id(tree, &undo.id, why) < 0 ||
		names_add_all(&undo.removed, &undone->added, why) < 0 ||
		names_add_all(&undo.added, &undone->removed, why) < 0 ||
		names_add_all(&undo.stores, &undone->stores, why) < 0 ||
		(undone->undo->n < steps_n && journal_write(tree, undone, why) < 0))
		return -1;
	if (journal_write(tree, &undo, why) < 0) {
		journal_drop(tree, undo.id, &ignored);
		return -1;
	}
	interrupt_hold();
	rc = finish_undo(tree, undone, &undo, &outcome->notes, &untold, &unwritten, why);
	interrupt_release();
	/* The next run finishes the undo. */
	if (rc == 0 && unwritten.kind)
		rc = names_addf(&outcome->notes, why,
			"everything was restored, but the journal could not be updated: %s",
			unwritten.text);
	if (rc < 0)
		return -1;
	outcome->changed = true;
	outcome->id = undone->id;
	return untold.kind ? undo_failed(undone, &untold, why) : 0;
}

static bool is_reapply(const struct record *record)
{
	return strcmp(record->action, "reapply") == 0;
}

/* Undo transaction `id`. */
static int undo_that(struct tree *tree, struct records *records, uint64_t id,
	struct outcome *outcome, struct fault *why)
{
	size_t at = records->n;

	while (at-- > 0 && records->at[at].id != id)
		;
	if (at >= records->n)
		return fault_set(why, FAULT_REFUSED, "no transaction %" PRIu64, id);
	if (records->at[at].undo->n == 0)
		return fault_set(why, FAULT_REFUSED,
			"transaction %" PRIu64 " is an undo; install or remove again instead", id);
	if (records->at[at].state != RECORD_DONE)
		return fault_set(
			why, FAULT_REFUSED, "transaction %" PRIu64 " is already undone", id);
	return undo_one(tree, records, at, outcome, why);
}

/*
 * Undo the newest transaction that can be undone.  If it is a reapply, which nobody asked for, go
 * on down to the change that it reinstalled.  Nothing is undone unless all of them can be.
 */
static int undo_newest(
	struct tree *tree, struct records *records, struct outcome *outcome, struct fault *why)
{
	size_t last = records->n, n = 0;

	for (size_t i = records->n; i-- > 0 && (n == 0 || is_reapply(&records->at[last]));) {
		if (!can_be_undone(&records->at[i]))
			continue;
		if (check_unchanged(tree, records, i, true, why) < 0)
			return -1;
		last = i;
		n++;
	}
	if (!n)
		return fault_set(why, FAULT_REFUSED, "nothing to undo");
	for (size_t i = records->n; i-- > last;)
		if (can_be_undone(&records->at[i]) && undo_one(tree, records, i, outcome, why) < 0)
			return -1;
	return 0;
}

static int undo_host(struct tree *tree, uint64_t id, struct outcome *outcome, struct fault *why)
{
	auto_record newest = {0}, undone = {0};
	auto_records records = {0};
	bool is_open = false, found = false;
	size_t recovered = 0;

	if (tree->ops->lock(tree, JOURNAL_LOCK, why) < 0 ||
		journal_newest(tree, &newest, &is_open, why) < 0 ||
		(newest.undoes &&
			journal_read_one(tree, newest.undoes, &undone, &found, why) < 0) ||
		undo_recover(tree, &outcome->notes, &recovered, why) < 0)
		return -1;
	outcome->changed = recovered > 0;
	if (!id && is_open && !newest.action)
		return fault_set(why, FAULT_REFUSED,
			"the interrupted run had not changed anything yet; run undo again to undo "
			"the one before it");
	/* The newest transaction is the interrupted one, which is already undone.  But undo
	 * without a number never means a reapply alone, so go on past one. */
	if (!id && recovered && !is_reapply(found ? &undone : &newest))
		return 0;
	if (journal_read(tree, &records, why) < 0)
		return -1;
	return id ? undo_that(tree, &records, id, outcome, why)
		  : undo_newest(tree, &records, outcome, why);
}

int install_undo(struct site *site, uint64_t id, struct outcome *outcome, struct fault *why)
{
	struct image_file *image = site->image;
	auto_image_file staged = NULL;

	if (!image)
		return undo_host(site->trees[0].tree, id, outcome, why);
	if (image_file_stage_undo(image, why) < 0 || image_file_reopen(image, &staged, why) < 0 ||
		image_file_publish(image, why) < 0)
		return -1;
	outcome->changed = true;
	return 0;
}
