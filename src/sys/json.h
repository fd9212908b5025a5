/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_JSON_H
#define TRUSTFIX_JSON_H

/*
 * Reads untrusted JSON with limits, and writes our own.  Built on jansson; only the files that
 * tests/lint/floors.sh lists include it.
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
 * Parse one JSON object.  FAULT_FORMAT: not JSON, a duplicate key, not an object, or nested deeper
 * than LIMIT_JSON_DEPTH; `what` names the source.  FAULT_LIMIT: more than LIMIT_JSON_BYTES or
 * LIMIT_JSON_VALUES_N.
 */
int json_parse_object(
	const void *bytes, size_t len, const char *what, json_t **ret, struct fault *why);

/*
 * Parse one JSON array or object from a program that may write numbers beyond 64 bits: if it does,
 * every number is read as a real.  Faults as json_parse_object().
 */
int json_parse(const char *text, const char *what, json_t **ret, struct fault *why);

/* The same for a text that must keep its meaning when it is written back.  Also FAULT_FORMAT: a
 * number beyond 64 bits. */
int json_parse_exact(const char *text, const char *what, json_t **ret, struct fault *why);

/*
 * Append it to `out` in the style of `like`, its original text: compact or indented, with or
 * without Go's escapes for <, > and &, and with the same newline at the end.
 */
int json_rewrite(const json_t *json, const char *like, struct buf *out, struct fault *why);

/* Append it to `out`, with keys in the order they were set, indented by two, and a newline at the
 * end.  All of it is printable ASCII: a terminal is safe, and a parser gets every letter back. */
int json_format(const json_t *json, struct buf *out, struct fault *why);

/*
 * Add a member to the object, or an item to the array, and return it; both arguments are taken.
 * NULL: out of memory, now or earlier, when an argument is NULL; both arguments are then freed.
 */
json_t *json_with(json_t *object, const char *key, json_t *value);
json_t *json_and(json_t *array, json_t *item);

/* The member's text, borrowed; NULL if it is missing or not a string. */
const char *json_member_text(const json_t *object, const char *key);

/*
 * For people: a text, or null for NULL; bytes that are not UTF-8, which JSON cannot hold, are shown
 * as by text_printable(). json_names(): an array of such texts.  New references; NULL: out of
 * memory.
 */
json_t *json_shown(const char *text);
json_t *json_names(const struct names *names);

/*
 * For our own files: a path with any bytes; '%' and everything that is not ASCII become %XX.
 * json_path_bytes() reverses this, allocated.  NULL: out of memory.
 */
json_t *json_path(const char *path);
json_t *json_paths(const struct names *paths);
char *json_path_bytes(const char *text);

/* Append the paths that json_paths() wrote; a missing array has none.  FAULT_FORMAT: it is not an
 * array of strings. */
int json_read_paths(const json_t *array, struct names *ret, struct fault *why);

#endif
