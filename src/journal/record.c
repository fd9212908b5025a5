/* SPDX-License-Identifier: Apache-2.0 */
#include "src/journal/record.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/digest.h"
#include "src/sys/replace.h"
#include "src/sys/json.h"

static const char *const kinds[] = {
	[ENTRY_NONE] = "none",
	[ENTRY_FILE] = "file",
	[ENTRY_DIR] = "directory",
	[ENTRY_SYMLINK] = "link",
	[ENTRY_OTHER] = "other",
	NULL,
};
_Static_assert(sizeof(kinds) / sizeof(kinds[0]) == ENTRY_KINDS + 1, "a name per kind");

const char *const record_states[] = {
	[RECORD_STAGED] = "staged",
	[RECORD_DONE] = "done",
	[RECORD_UNDOING] = "undoing",
	[RECORD_UNDONE] = "undone",
	NULL,
};
_Static_assert(
	sizeof(record_states) / sizeof(record_states[0]) == RECORD_STATES + 1, "a name per state");

void record_free(struct record *record)
{
	free(record->action);
	free(record->family);
	names_free(&record->added);
	names_free(&record->removed);
	names_free(&record->stores);
	undo_free(record->undo);
	*record = (struct record){0};
}

char *record_dir(uint64_t id)
{
	char *dir = NULL;

	return asprintf(&dir, JOURNAL_DIR "/%" PRIu64, id) < 0 ? NULL : dir;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* Without a text nothing is added. */
static json_t *with_text(json_t *object, const char *key, const char *text)
{
	return text ? json_with(object, key, json_path(text)) : object;
}

static json_t *entry_json(const struct entry *entry)
{
	json_t *json = json_pack("{s:s, s:i, s:I, s:I, s:I}", "kind", kinds[entry->kind], "mode",
		(int)entry->mode, "uid", (json_int_t)entry->uid, "gid", (json_int_t)entry->gid,
		"size", (json_int_t)entry->size);
	char hex[TEXT_SHA256_HEX_LEN];

	text_hex(entry->sha256, DIGEST_SHA256_LEN, hex);
	return with_text(with_text(json, "link", entry->link), "sha256",
		entry->kind == ENTRY_FILE ? hex : NULL);
}

static json_t *steps_json(const struct undo *undo)
{
	json_t *array = json_array();

	for (size_t i = 0; i < undo->n; i++) {
		const struct undo_step *step = &undo->at[i];
		json_t *json = json_pack("{s:o, s:b, s:o, s:o}", "path", json_path(step->path),
			"derived", step->derived, "before", entry_json(&step->before), "after",
			entry_json(&step->after));

		json = with_text(with_text(json, "keep", step->keep), "temp", step->temp);
		array = json_and(array, json);
	}
	return array;
}

int record_format(const struct record *record, struct buf *out, struct fault *why)
{
	auto_json json = json_pack("{s:i, s:s, s:s, s:I, s:I, s:o, s:o, s:o, s:o}", "trustfix", 1,
		"action", record->action, "state", record_states[record->state], "time",
		(json_int_t)record->when, "undoes", (json_int_t)record->undoes, "added",
		json_paths(&record->added), "removed", json_paths(&record->removed), "stores",
		json_paths(&record->stores), "steps", steps_json(record->undo));

	json = with_text(json, "family", record->family);
	return json ? json_format(json, out, why) : fault_nomem(why);
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool is_canonical(const char *path)
{
	if (!path || path[0] != '/' || strlen(path) >= LIMIT_PATH_LEN)
		return false;
	while (*path) {
		size_t len = strcspn(++path, "/");

		if (len == 0 || (len == 1 && path[0] == '.') ||
			(len == 2 && memcmp(path, "..", 2) == 0))
			return false;
		path += len;
	}
	return true;
}

static bool is_keeper(const char *path, uint64_t id)
{
	auto_free char *dir = record_dir(id), *parent = text_parent(path);

	return dir && parent && is_canonical(path) && strcmp(parent, dir) == 0;
}

/* The index of `word`; -1: it is none of them. */
static int find_word(const char *word, const char *const *words)
{
	for (int i = 0; word && words[i]; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}

/* Copy the text into *ret, which stays NULL if there is none. */
static int copy_text(const char *text, char **ret, struct fault *why)
{
	*ret = text ? json_path_bytes(text) : NULL;
	return text && !*ret ? fault_nomem(why) : 0;
}

static int parse_entry(json_t *json, struct entry *ret, struct fault *why)
{
	const char *kind = NULL, *link = NULL, *sha256 = NULL;
	json_int_t mode = 0, uid = 0, gid = 0, size = 0;
	int found;

	json_unpack(json, "{s?s, s?s, s?s, s?I, s?I, s?I, s?I}", "kind", &kind, "link", &link,
		"sha256", &sha256, "mode", &mode, "uid", &uid, "gid", &gid, "size", &size);
	found = find_word(kind, kinds);
	if (found < 0 || (found == ENTRY_SYMLINK && !link) ||
		(found == ENTRY_FILE &&
			(!sha256 || !text_unhex(sha256, ret->sha256, DIGEST_SHA256_LEN))))
		return fault_set(why, FAULT_FORMAT, "invalid undo step");
	ret->kind = (enum entry_kind)found;
	ret->mode = (mode_t)(mode & 07777);
	ret->uid = (uid_t)uid;
	ret->gid = (gid_t)gid;
	ret->size = size;
	return copy_text(link, &ret->link, why);
}

static int parse_step(json_t *json, uint64_t id, struct undo_step *ret, struct fault *why)
{
	if (copy_text(json_member_text(json, "path"), &ret->path, why) < 0 ||
		copy_text(json_member_text(json, "keep"), &ret->keep, why) < 0 ||
		copy_text(json_member_text(json, "temp"), &ret->temp, why) < 0 ||
		parse_entry(json_object_get(json, "before"), &ret->before, why) < 0 ||
		parse_entry(json_object_get(json, "after"), &ret->after, why) < 0)
		return -1;
	ret->derived = json_is_true(json_object_get(json, "derived"));
	ret->done = true; /* it may have been */
	if (!is_canonical(ret->path) || (ret->keep && !is_keeper(ret->keep, id)) ||
		(ret->temp && !temps_is_name(ret->temp)) ||
		(ret->before.kind == ENTRY_FILE && !ret->keep))
		return fault_set(why, FAULT_FORMAT, "invalid undo step");
	return 0;
}

static int parse(const json_t *json, struct record *ret, struct fault *why)
{
	const char *action = json_member_text(json, "action");
	const char *state = json_member_text(json, "state");
	const json_t *steps = json_object_get(json, "steps");
	size_t n = json_array_size(steps);
	int found;

	ret->when = json_integer_value(json_object_get(json, "time"));
	ret->undoes = (uint64_t)json_integer_value(json_object_get(json, "undoes"));
	/* Version 0.1.0 wrote both "staged" and "undoing" as "open". */
	if (state && strcmp(state, "open") == 0)
		state = record_states[json_object_get(json, "undoes") ? RECORD_UNDOING
								      : RECORD_STAGED];
	found = find_word(state, record_states);
	if (found < 0 || !action || action[strspn(action, "abcdefghijklmnopqrstuvwxyz")] ||
		!json_is_array(steps))
		return fault_set(why, FAULT_FORMAT, "no \"state\", \"action\" or \"steps\"");
	if (n > LIMIT_EDITS_N)
		return fault_set(why, FAULT_LIMIT, "more than %u steps", LIMIT_EDITS_N);
	ret->state = (enum record_state)found;
	ret->undo = calloc(1, sizeof(*ret->undo));
	if (ret->undo)
		ret->undo->at = calloc(n + 1, sizeof(*ret->undo->at));
	if (!ret->undo || !ret->undo->at)
		return fault_nomem(why);
	if (copy_text(action, &ret->action, why) < 0 ||
		copy_text(json_member_text(json, "family"), &ret->family, why) < 0 ||
		json_read_paths(json_object_get(json, "added"), &ret->added, why) < 0 ||
		json_read_paths(json_object_get(json, "removed"), &ret->removed, why) < 0 ||
		json_read_paths(json_object_get(json, "stores"), &ret->stores, why) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (parse_step(json_array_get(steps, i), ret->id, &ret->undo->at[ret->undo->n++],
			    why) < 0)
			return -1;
	return 0;
}

int record_parse(const void *bytes, size_t len, uint64_t id, struct record *ret, struct fault *why)
{
	auto_record record = {.id = id};
	auto_json json = NULL;

	if (json_parse_object(bytes, len, "record.json", &json, why) < 0 ||
		parse(json, &record, why) < 0)
		return fault_wrap(why, "journal, transaction %" PRIu64, id);
	*ret = record;
	record = (struct record){0};
	return 0;
}
