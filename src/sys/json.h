/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_JSON_H
#define TRUSTFIX_JSON_H

/*
 * JSON that somebody else wrote, read with limits, and JSON of ours, written.  Built on jansson;
 * only the files that tests/lint/floors.sh names include it.
 */

#include <jansson.h>

#include "src/base/buf.h"
#include "src/base/cleanup.h"
#include "src/base/fault.h"
#include "src/base/names.h"

static inline void cleanup_json(json_t **at)
{
	json_decref(*at);
}
#define auto_json CLEANUP(json) json_t *

/*
 * Parse one JSON object.  FAULT_FORMAT: not JSON, a duplicate key, not an object, nested too deep
 * (LIMIT_JSON_DEPTH); `what` names the source.  FAULT_LIMIT: more than LIMIT_JSON_BYTES or
 * LIMIT_JSON_VALUES_N.
 */
int json_parse_object(
	const void *bytes, size_t len, const char *what, json_t **ret, struct fault *why);

/*
 * Parse one JSON array or object of somebody who is not bound to 64 bits: every number is read as a
 * real one.  The faults are those of json_parse_object().
 */
int json_parse(const void *bytes, size_t len, const char *what, json_t **ret, struct fault *why);

/*
 * What json_parse() takes, to change it and write it again: integers stay.  FAULT_FORMAT: a number
 * beyond 64 bits, too.
 */
int json_parse_exact(const char *text, const char *what, json_t **ret, struct fault *why);

/*
 * Append it to `out` in the way of `like`, the text it was before it was changed: compact or
 * indented, with the escapes that Go makes of <, > and & or without, the same newline at the end.
 */
int json_rewrite(const json_t *json, const char *like, struct buf *out, struct fault *why);

/* Append it to `out`, keys in the order they were set, indented by two, newline at the end. */
int json_format(const json_t *json, struct buf *out, struct fault *why);

/*
 * The object with the member, the array with the item; both take what they are given.  NULL: no
 * memory, or one of both was NULL for the want of it; nothing of them is left then.
 */
json_t *json_with(json_t *object, const char *key, json_t *value);
json_t *json_and(json_t *array, json_t *item);

/* The member's text, borrowed; NULL if there is none or it is no string. */
const char *json_member_text(const json_t *object, const char *key);

/*
 * For people: a text, or null for NULL; what JSON cannot hold, since it is not UTF-8, is shown as
 * text_printable() does.  An array of such texts.  New references; NULL: no memory.
 */
json_t *json_shown(const char *text);
json_t *json_names(const struct names *names);

/*
 * For ourselves: a path, whatever its bytes are; '%' and what is not ASCII are %XX.  The bytes
 * again, allocated.  NULL: no memory.
 */
json_t *json_path(const char *path);
json_t *json_paths(const struct names *paths);
char *json_path_bytes(const char *text);

#endif
