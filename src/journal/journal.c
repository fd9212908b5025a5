/* SPDX-License-Identifier: Apache-2.0 */
#include "src/journal/journal.h"

#include <inttypes.h>
#include <string.h>

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

/* ---- reading --------------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The numbers of all transaction directories, in ascending order, allocated. */
static int list_ids(struct tree *tree, uint64_t **ret, size_t *ret_n, struct fault *why)
{
	auto_view view = view_make(tree, NULL);
	auto_names names = NAMES_INIT;
	uint64_t *ids;
	size_t n = 0;

	if (view_list(&view, JOURNAL_DIR, &names, why) < 0)
		return -1;
	ids = calloc(names.n + 1, sizeof(*ids));
	if (!ids)
		return fault_nomem(why);
	for (size_t i = 0; i < names.n; i++)
		n += names.at[i][0] != '0' && text_number(names.at[i], LIMIT_JOURNAL_ID, &ids[n]);
	qsort(ids, n, sizeof(*ids), by_number);
	*ret = ids;
	*ret_n = n;
	return 0;
}

int journal_next_id(struct tree *tree, uint64_t *ret, struct fault *why)
{
	auto_free uint64_t *ids = NULL;
	size_t n;

	if (list_ids(tree, &ids, &n, why) < 0)
		return -1;
	*ret = n ? ids[n - 1] + 1 : 1;
	if (*ret > LIMIT_JOURNAL_ID)
		return fault_set(why, FAULT_LIMIT,
			"no number is left for a transaction after '" JOURNAL_DIR "/%u': move that "
			"directory away",
			LIMIT_JOURNAL_ID);
	return 0;
}

int journal_read_one(
	struct tree *tree, uint64_t id, struct record *ret, bool *ret_found, struct fault *why)
{
	auto_view view = view_make(tree, NULL);
	auto_buf bytes = buf_make(LIMIT_JSON_BYTES);
	auto_free char *path = NULL;

	*ret_found = false;
	if (text_set(&path, why, RECORD_FORMAT, id) < 0 ||
		view_read(&view, path, &bytes, ret_found, why) < 0)
		return -1;
	return *ret_found ? record_parse(bytes.bytes, bytes.len, id, ret, why) : 0;
}

int journal_read(struct tree *tree, struct records *ret, struct fault *why)
{
	auto_free uint64_t *ids = NULL;
	auto_records records = {0};
	size_t n;

	if (list_ids(tree, &ids, &n, why) < 0)
		return -1;
	records.at = calloc(n + 1, sizeof(*records.at));
	if (!records.at)
		return fault_nomem(why);
	for (size_t i = 0; i < n; i++) {
		bool found;

		if (journal_read_one(tree, ids[i], &records.at[records.n], &found, why) < 0)
			return -1;
		records.n += found;
	}
	*ret = records;
	records = (struct records){0};
	return 0;
}

int journal_newest(struct tree *tree, struct record *ret, bool *ret_open, struct fault *why)
{
	auto_free uint64_t *ids = NULL;
	bool found = true;
	size_t n;

	if (list_ids(tree, &ids, &n, why) < 0)
		return -1;
	/* Only the newest can be open: every run recovers before it makes another. */
	ret->id = n ? ids[n - 1] : 0;
	if (n && journal_read_one(tree, ids[n - 1], ret, &found, why) < 0)
		return -1;
	*ret_open = n && (!found || record_is_open(ret));
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

	return text_set(&path, why, RECORD_FORMAT, record->id) < 0 ||
			       record_format(record, &text, why) < 0
		       ? -1
		       : tree->ops->put(tree, path, text.bytes, text.len, 0600, why);
}

int journal_drop(struct tree *tree, uint64_t id, struct fault *why)
{
	auto_view view = view_make(tree, NULL);
	auto_free char *dir = record_dir(id), *path = NULL;
	auto_names names = NAMES_INIT;

	if (!dir)
		return fault_nomem(why);
	/* Remove the record first: without it nothing refers to the backups any more. */
	if (view_list(&view, dir, &names, why) < 0 || text_set(&path, why, RECORD_FORMAT, id) < 0 ||
		tree->ops->drop(tree, path, why) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (text_set(&path, why, "%s/%s", dir, names.at[i]) < 0 ||
			tree->ops->drop(tree, path, why) < 0)
			return -1;
	return tree->ops->drop(tree, dir, why);
}

/* Did that transaction create the file of a store, which a later removal must remove again? */
static int made_store(struct tree *tree, uint64_t id, bool *ret, struct fault *why)
{
	auto_record record = {0};
	bool found;

	*ret = false;
	if (journal_read_one(tree, id, &record, &found, why) < 0)
		return -1;
	for (size_t i = 0; found && i < record.undo->n && !*ret; i++) {
		const struct undo_step *step = &record.undo->at[i];

		if (step->before.kind == ENTRY_NONE && names_holds(&record.stores, step->path) &&
			journal_made(tree, step->path, ret, why) < 0)
			return -1;
	}
	return 0;
}

int journal_prune(struct tree *tree, struct fault *why)
{
	auto_free uint64_t *ids = NULL;
	size_t n;

	if (list_ids(tree, &ids, &n, why) < 0)
		return -1;
	for (size_t i = 0; i + LIMIT_JOURNAL_KEEP_N < n; i++) {
		bool stays;

		if (made_store(tree, ids[i], &stays, why) < 0 ||
			(!stays && journal_drop(tree, ids[i], why) < 0))
			return -1;
	}
	return 0;
}
