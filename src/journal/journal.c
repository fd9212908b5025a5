/* SPDX-License-Identifier: Apache-2.0 */
#include "src/journal/journal.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "src/base/advice.h"
#include "src/base/limits.h"
#include "src/base/text.h"

/* takes the transaction's number */
#define RECORD_FORMAT JOURNAL_DIR "/%" PRIu64 "/record.json"

void records_free(struct records *records)
{
	for (size_t i = 0; i < records->n; i++)
		record_free(&records->at[i]);
	free(records->at);
	*records = (struct records){0};
}

/* ---- which records there are ----------------------------------------------------------------- */

struct ids {
	uint64_t *at;
	size_t n;
};

static void ids_free(struct ids *ids)
{
	free(ids->at);
}
CLEANUP_VALUE(ids, ids_free)

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The numbers of all transaction directories, in ascending order. */
static int list_ids(struct tree *tree, struct ids *ret, struct fault *why)
{
	auto_view view = view_make(tree, NULL);
	auto_names names = NAMES_INIT;

	if (view_list(&view, JOURNAL_DIR, &names, why) < 0)
		return -1;
	ret->at = calloc(names.n + 1, sizeof(*ret->at));
	if (!ret->at)
		return fault_nomem(why);
	for (size_t i = 0; i < names.n; i++)
		if (names.at[i][0] != '0' &&
			text_number(names.at[i], LIMIT_JOURNAL_ID, &ret->at[ret->n]))
			ret->n++;
	qsort(ret->at, ret->n, sizeof(*ret->at), by_number);
	return 0;
}

int journal_next_id(struct tree *tree, uint64_t *ret, struct fault *why)
{
	CLEANUP(ids) struct ids ids = {0};

	if (list_ids(tree, &ids, why) < 0)
		return -1;
	*ret = ids.n ? ids.at[ids.n - 1] + 1 : 1;
	if (*ret > LIMIT_JOURNAL_ID)
		return fault_set(why, FAULT_LIMIT,
			"no number is left for a transaction after '" JOURNAL_DIR "/%u': move that "
			"directory away",
			LIMIT_JOURNAL_ID);
	return 0;
}

/* Read one record.  *ret_found is false for a directory without a record, left by a run that was
 * interrupted while staging. */
static int read_one(
	struct tree *tree, uint64_t id, struct record *ret, bool *ret_found, struct fault *why)
{
	auto_view view = view_make(tree, NULL);
	auto_buf bytes = buf_make(LIMIT_JSON_BYTES);
	auto_free char *path = NULL;

	*ret_found = false;
	if (asprintf(&path, RECORD_FORMAT, id) < 0)
		return fault_nomem(why);
	if (view_read(&view, path, &bytes, ret_found, why) < 0)
		return -1;
	return *ret_found ? record_parse(bytes.bytes, bytes.len, id, ret, why) : 0;
}

int journal_read(struct tree *tree, struct records *ret, struct fault *why)
{
	CLEANUP(ids) struct ids ids = {0};
	auto_records records = {0};

	if (list_ids(tree, &ids, why) < 0)
		return -1;
	records.at = calloc(ids.n + 1, sizeof(*records.at));
	if (!records.at)
		return fault_nomem(why);
	for (size_t i = 0; i < ids.n; i++) {
		bool found;

		if (read_one(tree, ids.at[i], &records.at[records.n], &found, why) < 0)
			return -1;
		records.n += found;
	}
	*ret = records;
	records = (struct records){0};
	return 0;
}

int journal_made(struct tree *tree, const char *path, bool *ret, struct fault *why)
{
	auto_records records = {0};

	*ret = false;
	if (journal_read(tree, &records, why) < 0)
		return -1;
	for (size_t i = 0; i < records.n; i++)
		for (size_t s = 0; s < records.at[i].undo->n; s++) {
			const struct undo_step *step = &records.at[i].undo->at[s];

			if (records.at[i].state == RECORD_DONE && strcmp(step->path, path) == 0)
				*ret = step->after.kind != ENTRY_NONE &&
				       (*ret || step->before.kind == ENTRY_NONE);
		}
	return 0;
}

/* ---- writing --------------------------------------------------------------------------------- */

int journal_write(struct tree *tree, const struct record *record, struct fault *why)
{
	auto_buf text = buf_make(LIMIT_JSON_BYTES);
	auto_free char *path = NULL;

	if (asprintf(&path, RECORD_FORMAT, record->id) < 0)
		return fault_nomem(why);
	if (record_format(record, &text, why) < 0)
		return -1;
	return tree->ops->put(tree, path, text.bytes, text.len, 0600, why);
}

int journal_drop(struct tree *tree, uint64_t id, struct fault *why)
{
	auto_view view = view_make(tree, NULL);
	auto_free char *dir = record_dir(id);
	auto_free char *record = NULL;
	auto_names names = NAMES_INIT;

	if (!dir)
		return fault_nomem(why);
	if (view_list(&view, dir, &names, why) < 0)
		return -1;
	/* Remove the record first: without it nothing refers to the backups any more. */
	if (asprintf(&record, RECORD_FORMAT, id) < 0)
		return fault_nomem(why);
	if (tree->ops->drop(tree, record, why) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		auto_free char *path = NULL;

		if (asprintf(&path, "%s/%s", dir, names.at[i]) < 0)
			return fault_nomem(why);
		if (tree->ops->drop(tree, path, why) < 0)
			return -1;
	}
	return tree->ops->drop(tree, dir, why);
}

int journal_prune(struct tree *tree, struct fault *why)
{
	CLEANUP(ids) struct ids ids = {0};

	if (list_ids(tree, &ids, why) < 0)
		return -1;
	for (size_t i = 0; i + LIMIT_JOURNAL_KEEP_N < ids.n; i++)
		if (journal_drop(tree, ids.at[i], why) < 0)
			return -1;
	return 0;
}

/* ---- cut-off runs ---------------------------------------------------------------------------- */

int journal_cut_off(struct tree *tree, struct record *ret, bool *ret_open, struct fault *why)
{
	CLEANUP(ids) struct ids ids = {0};
	auto_record newest = {0};
	bool found = true;

	if (list_ids(tree, &ids, why) < 0)
		return -1;
	/* Only the newest can be open: every run recovers before it makes another. */
	if (ids.n && read_one(tree, ids.at[ids.n - 1], &newest, &found, why) < 0)
		return -1;
	*ret_open = ids.n && (!found || record_is_open(&newest));
	if (ids.n)
		newest.id = ids.at[ids.n - 1];
	*ret = newest;
	newest = (struct record){0};
	return 0;
}

/* ---- undo ------------------------------------------------------------------------------------ */

/* Commands that do by hand what undoing the transaction would do, one for each of its CAs. */
static int name_remedy(
	const struct tree *tree, const struct record *record, char **ret, struct fault *why)
{
	auto_buf line = buf_make(LIMIT_MIB);
	size_t len;

	for (size_t i = 0; i < record->added.n || (i == 0 && record->added.n == 0); i++) {
		const char *const removes[] = {"remove", "--fingerprint",
			record->added.n ? record->added.at[i] : NULL, NULL};
		const char *const installs[] = {"install", "--ca", ADVICE_FILE, NULL};
		const char *const *words = record->added.n ? removes : installs;
		auto_free char *text = NULL;

		if ((i ? advice_format : advice_run)(tree->advice, words, &text, why) < 0)
			return -1;
		buf_printf(&line, "%s%s", i ? " && " : "", text);
	}
	if (buf_check(&line, "advice", why) < 0)
		return -1;
	*ret = (char *)buf_take(&line, &len);
	return 0;
}

static int is_changed(struct tree *tree, const struct record *record, const struct undo_step *step,
	struct fault *why)
{
	auto_free char *run = NULL;

	if (name_remedy(tree, record, &run, why) < 0)
		return -1;
	return fault_set(why, FAULT_REFUSED,
		"'%s' was changed since transaction %" PRIu64
		"; undo a later transaction first, or, when another program changed it, %s",
		step->path, record->id, run);
}

/*
 * Check that every file is as the transaction left it, or as it was before.  A file that the
 * distribution's tools regenerated since is left to them: its step is dropped, and *ret_less is
 * set.
 */
static int check_unchanged(
	struct tree *tree, struct record *record, bool *ret_less, struct fault *why)
{
	for (size_t i = record->undo->n; i-- > 0;) {
		const struct undo_step *step = &record->undo->at[i];
		enum undo_state state;

		if (undo_step_state(tree, step, &state, why) < 0)
			return -1;
		if (state != UNDO_OTHER)
			continue;
		if (step->derived) {
			undo_drop(record->undo, i);
			*ret_less = true;
			continue;
		}
		return is_changed(tree, record, step, why);
	}
	return 0;
}

/* An undo is itself a record, but without steps: it is listed but cannot be undone. */
static bool is_undo(const struct record *record)
{
	return record->undo->n == 0;
}

/* Move the wanted record out of the list. */
static int choose(struct records *records, uint64_t id, struct record *ret, struct fault *why)
{
	for (size_t i = records->n; i-- > 0;) {
		struct record *record = &records->at[i];

		if (record->id != id)
			continue;
		if (is_undo(record))
			return fault_set(why, FAULT_REFUSED,
				"transaction %" PRIu64
				" is an undo; install or remove again instead",
				id);
		if (record->state != RECORD_DONE)
			return fault_set(why, FAULT_REFUSED,
				"transaction %" PRIu64 " is already undone", id);
		*ret = *record;
		*record = (struct record){0};
		return 0;
	}
	return fault_set(why, FAULT_REFUSED, "no transaction %" PRIu64, id);
}

static bool is_reapply(const struct record *record)
{
	return strcmp(record->action, "reapply") == 0;
}

int journal_is_reapply(struct tree *tree, const struct record *record, bool *ret, struct fault *why)
{
	auto_record undone = {0};
	bool found = false;

	if (record->undoes && read_one(tree, record->undoes, &undone, &found, why) < 0)
		return -1;
	*ret = is_reapply(found ? &undone : record);
	return 0;
}

static bool can_be_undone(const struct record *record)
{
	return record->state == RECORD_DONE && !is_undo(record);
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

/* Once every later transaction is undone, will every file be as the record left it, or as it was
 * before? */
static int check_later(
	struct tree *tree, const struct records *records, size_t at, struct fault *why)
{
	const struct record *record = &records->at[at];

	for (size_t i = 0; i < record->undo->n; i++) {
		const struct undo_step *step = &record->undo->at[i];
		const struct undo_step *later = find_later(records, at, step->path);
		enum undo_state state = UNDO_OTHER;

		if (step->derived || (later && undo_step_follows(later, step)))
			continue;
		if (!later && undo_step_state(tree, step, &state, why) < 0)
			return -1;
		if (state == UNDO_OTHER)
			return is_changed(tree, record, step, why);
	}
	return 0;
}

int journal_last(struct tree *tree, uint64_t **ret_ids, size_t *ret_n, struct fault *why)
{
	auto_records records = {0};
	auto_free uint64_t *ids = NULL;
	bool goes_on = true;
	size_t n = 0;

	if (journal_read(tree, &records, why) < 0)
		return -1;
	ids = calloc(records.n + 1, sizeof(*ids));
	if (!ids)
		return fault_nomem(why);
	for (size_t i = records.n; i-- > 0 && goes_on;) {
		if (!can_be_undone(&records.at[i]))
			continue;
		if (check_later(tree, &records, i, why) < 0)
			return -1;
		goes_on = is_reapply(&records.at[i]);
		ids[n++] = records.at[i].id;
	}
	if (!n)
		return fault_set(why, FAULT_REFUSED, "nothing to undo");
	*ret_ids = steal(&ids);
	*ret_n = n;
	return 0;
}

int journal_begin_undo(struct tree *tree, uint64_t id, struct record *ret_undone,
	struct record *ret_undo, struct fault *why)
{
	auto_record record = {.when = (int64_t)time(NULL), .state = RECORD_UNDOING};
	auto_records records = {0};
	auto_record undone = {0};
	bool less = false;

	if (journal_read(tree, &records, why) < 0 || choose(&records, id, &undone, why) < 0 ||
		check_unchanged(tree, &undone, &less, why) < 0)
		return -1;
	record.undoes = undone.id;
	record.action = strdup("undo");
	record.undo = calloc(1, sizeof(*record.undo));
	if (!record.action || !record.undo)
		return fault_nomem(why);
	if (journal_next_id(tree, &record.id, why) < 0 ||
		names_add_all(&record.removed, &undone.added, why) < 0 ||
		names_add_all(&record.added, &undone.removed, why) < 0 ||
		names_add_all(&record.stores, &undone.stores, why) < 0 ||
		(less && journal_write(tree, &undone, why) < 0))
		return -1;
	if (journal_write(tree, &record, why) < 0) {
		struct fault ignored = FAULT_INIT;

		journal_drop(tree, record.id, &ignored);
		return -1;
	}
	*ret_undone = undone;
	*ret_undo = record;
	undone = record = (struct record){0};
	return 0;
}

int journal_undone(struct tree *tree, const struct record *undo, struct record *ret,
	bool *ret_found, struct fault *why)
{
	return read_one(tree, undo->undoes, ret, ret_found, why);
}

int journal_end_undo(
	struct tree *tree, struct record *undone, struct record *undo, struct fault *why)
{
	undone->state = RECORD_UNDONE;
	undo->state = RECORD_DONE;
	return journal_write(tree, undone, why) < 0 ? -1 : journal_write(tree, undo, why);
}
