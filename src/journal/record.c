/* SPDX-License-Identifier: Apache-2.0 */
#include "src/journal/record.h"

#include <inttypes.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/sys/replace.h"
#include "src/sys/json.h"

static const char *const kind_names[] = {
	[ENTRY_NONE] = "none",
	[ENTRY_FILE] = "file",
	[ENTRY_DIR] = "directory",
	[ENTRY_SYMLINK] = "link",
	[ENTRY_OTHER] = "other",
};
_Static_assert(sizeof(kind_names) / sizeof(kind_names[0]) == ENTRY_KINDS, "a name per kind");

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

const char *record_state_name(enum record_state state)
{
	static const char *const names[] = {
		[RECORD_STAGED] = "staged",
		[RECORD_DONE] = "done",
		[RECORD_UNDOING] = "undoing",
		[RECORD_UNDONE] = "undone",
	};

	_Static_assert(sizeof(names) / sizeof(names[0]) == RECORD_STATES, "a name per state");
	return names[state];
}

char *record_dir(uint64_t id)
{
	char *dir = NULL;

	return asprintf(&dir, JOURNAL_DIR "/%" PRIu64, id) < 0 ? NULL : dir;
}

/* ---- writing --------------------------------------------------------------------------------- */

static json_t *with_text(json_t *object, const char *key, const char *text)
{
	return text ? json_with(object, key, json_path(text)) : object;
}

static json_t *with_sha256(json_t *object, enum entry_kind kind, const uint8_t sha256[static 32])
{
	char hex[TEXT_SHA256_HEX_LEN];

	if (kind != ENTRY_FILE)
		return object;
	text_hex(sha256, 32, hex);
	return json_with(object, "sha256", json_string(hex));
}

static json_t *before_json(const struct undo_step *step)
{
	const struct entry *was = &step->before;
	json_t *json = json_pack("{s:s, s:i, s:I, s:I, s:I}", "kind", kind_names[was->kind], "mode",
		(int)was->mode, "uid", (json_int_t)was->uid, "gid", (json_int_t)was->gid, "size",
		(json_int_t)was->size);

	return with_sha256(with_text(json, "link", was->link), was->kind, step->before_sha256);
}

static json_t *after_json(const struct undo_step *step)
{
	json_t *json = json_pack("{s:s}", "kind", kind_names[step->after]);

	return with_sha256(
		with_text(json, "link", step->after_link), step->after, step->after_sha256);
}

static json_t *step_json(const struct undo_step *step)
{
	json_t *json = json_pack("{s:o}", "path", json_path(step->path));

	json = with_text(with_text(json, "keep", step->keep), "temp", step->temp);
	if (step->derived)
		json = json_with(json, "derived", json_true());
	return json_with(json_with(json, "before", before_json(step)), "after", after_json(step));
}

static json_t *steps_json(const struct undo *undo)
{
	json_t *json = json_array();

	for (size_t i = 0; i < undo->n; i++)
		json = json_and(json, step_json(&undo->at[i]));
	return json;
}

int record_format(const struct record *record, struct buf *out, struct fault *why)
{
	auto_json json = with_text(
		json_pack("{s:i, s:s, s:s, s:I, s:o, s:o, s:o, s:o}", "trustfix", 1, "action",
			record->action, "state", record_state_name(record->state), "time",
			(json_int_t)record->when, "added", json_paths(&record->added), "removed",
			json_paths(&record->removed), "stores", json_paths(&record->stores),
			"steps", steps_json(record->undo)),
		"family", record->family);

	if (record->undoes)
		json = json_with(json, "undoes", json_integer((json_int_t)record->undoes));
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
	auto_free char *dir = record_dir(id);
	size_t len = dir ? strlen(dir) : 0;

	return dir && is_canonical(path) && strncmp(path, dir, len) == 0 && path[len] == '/' &&
	       !strchr(path + len + 1, '/');
}

static bool parse_kind(const json_t *object, enum entry_kind *ret)
{
	const char *name = json_member_text(object, "kind");

	for (enum entry_kind kind = 0; name && kind < ENTRY_KINDS; kind++) {
		if (strcmp(name, kind_names[kind]) == 0) {
			*ret = kind;
			return true;
		}
	}
	return false;
}

static bool parse_sha256(const json_t *object, enum entry_kind kind, uint8_t out[static 32])
{
	const char *hex = json_member_text(object, "sha256");

	return kind != ENTRY_FILE || (hex && text_unhex(hex, out, 32));
}

/* Copy the member's text into *ret, which stays NULL when there is none.  false: no memory. */
static bool copy_text(const json_t *object, const char *key, char **ret)
{
	const char *text = json_member_text(object, key);

	*ret = text ? json_path_bytes(text) : NULL;
	return !text || *ret;
}

static int parse_step(const json_t *json, uint64_t id, struct undo_step *ret, struct fault *why)
{
	const json_t *before = json_object_get(json, "before");
	const json_t *after = json_object_get(json, "after");

	if (!copy_text(json, "path", &ret->path) || !copy_text(json, "keep", &ret->keep) ||
		!copy_text(json, "temp", &ret->temp) ||
		!copy_text(before, "link", &ret->before.link) ||
		!copy_text(after, "link", &ret->after_link))
		return fault_nomem(why);
	ret->before.mode = (mode_t)(json_integer_value(json_object_get(before, "mode")) & 07777);
	ret->before.uid = (uid_t)json_integer_value(json_object_get(before, "uid"));
	ret->before.gid = (gid_t)json_integer_value(json_object_get(before, "gid"));
	ret->before.size = json_integer_value(json_object_get(before, "size"));
	ret->derived = json_is_true(json_object_get(json, "derived"));
	if (!is_canonical(ret->path) || (ret->keep && !is_keeper(ret->keep, id)) ||
		(ret->temp && !temps_is_name(ret->temp)) ||
		!parse_kind(before, &ret->before.kind) || !parse_kind(after, &ret->after) ||
		!parse_sha256(before, ret->before.kind, ret->before_sha256) ||
		!parse_sha256(after, ret->after, ret->after_sha256) ||
		(ret->before.kind == ENTRY_SYMLINK && !ret->before.link) ||
		(ret->after == ENTRY_SYMLINK && !ret->after_link) ||
		(ret->before.kind == ENTRY_FILE && !ret->keep))
		return fault_set(why, FAULT_FORMAT, "invalid undo step");
	return 0;
}

static int parse_steps(const json_t *steps, uint64_t id, struct undo **ret, struct fault *why)
{
	auto_undo undo = calloc(1, sizeof(*undo));
	const json_t *step;
	size_t i;

	if (!json_is_array(steps))
		return fault_set(why, FAULT_FORMAT, "no \"steps\"");
	if (json_array_size(steps) > LIMIT_EDITS_N)
		return fault_set(why, FAULT_LIMIT, "more than %u steps", LIMIT_EDITS_N);
	if (undo)
		undo->at = calloc(json_array_size(steps) + 1, sizeof(*undo->at));
	if (!undo || !undo->at)
		return fault_nomem(why);
	json_array_foreach(steps, i, step)
	{
		undo->n++;
		if (parse_step(step, id, &undo->at[i], why) < 0)
			return -1;
	}
	*ret = steal(&undo);
	return 0;
}

static int parse_names(const json_t *json, struct names *ret, struct fault *why)
{
	const json_t *name;
	size_t i;

	json_array_foreach(json, i, name)
	{
		const char *text = json_string_value(name);
		auto_free char *path = text ? json_path_bytes(text) : NULL;

		if (text && !path)
			return fault_nomem(why);
		if (path && names_add(ret, path, why) < 0)
			return -1;
	}
	return 0;
}

/* Until 0.1.0, "staged" and "undoing" were both written as "open". */
static bool parse_state(const json_t *json, enum record_state *ret)
{
	const char *name = json_member_text(json, "state");

	if (name && strcmp(name, "open") == 0)
		name = record_state_name(
			json_object_get(json, "undoes") ? RECORD_UNDOING : RECORD_STAGED);
	for (enum record_state state = 0; name && state < RECORD_STATES; state++) {
		if (strcmp(name, record_state_name(state)) == 0) {
			*ret = state;
			return true;
		}
	}
	return false;
}

static int parse(const json_t *json, struct record *ret, struct fault *why)
{
	const char *action = json_member_text(json, "action");

	if (!parse_state(json, &ret->state) || !action ||
		action[strspn(action, "abcdefghijklmnopqrstuvwxyz")])
		return fault_set(why, FAULT_FORMAT, "no \"state\" or \"action\"");
	if (!copy_text(json, "action", &ret->action) || !copy_text(json, "family", &ret->family))
		return fault_nomem(why);
	ret->when = json_integer_value(json_object_get(json, "time"));
	ret->undoes = (uint64_t)json_integer_value(json_object_get(json, "undoes"));
	if (parse_names(json_object_get(json, "added"), &ret->added, why) < 0 ||
		parse_names(json_object_get(json, "removed"), &ret->removed, why) < 0 ||
		parse_names(json_object_get(json, "stores"), &ret->stores, why) < 0)
		return -1;
	return parse_steps(json_object_get(json, "steps"), ret->id, &ret->undo, why);
}

int record_parse(const void *bytes, size_t len, uint64_t id, struct record *ret, struct fault *why)
{
	auto_record record = {.id = id};
	auto_json json = NULL;

	if (json_parse_object(bytes, len, "record.json", &json, why) < 0 ||
		parse(json, &record, why) < 0)
		return fault_wrap(why, "journal, transaction %llu", (unsigned long long)id);
	*ret = record;
	record = (struct record){0};
	return 0;
}
