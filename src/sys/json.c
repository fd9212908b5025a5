/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sys/json.h"

#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"

/*
 * Count before parsing: jansson itself allows a depth of 2048 and any number of values, of which
 * this is an upper bound.
 */
static int check_extent(const void *bytes, size_t len, const char *what, struct fault *why)
{
	const char *at = bytes;
	size_t depth = 0, deepest = 0, values = 1;
	bool in_string = false;

	if (len > LIMIT_JSON_BYTES)
		return fault_set(
			why, FAULT_LIMIT, "'%s' is larger than %u bytes", what, LIMIT_JSON_BYTES);
	for (size_t i = 0; i < len; i++) {
		bool opens = !in_string && (at[i] == '{' || at[i] == '[');

		if (at[i] == '"')
			in_string = !in_string;
		else if (in_string)
			i += at[i] == '\\';
		else if ((at[i] == '}' || at[i] == ']') && depth)
			depth--;
		depth += opens;
		values += opens || (!in_string && at[i] == ',');
		deepest = depth > deepest ? depth : deepest;
	}
	if (deepest > LIMIT_JSON_DEPTH)
		return fault_set(why, FAULT_FORMAT, "'%s': JSON nested deeper than %u", what,
			LIMIT_JSON_DEPTH);
	if (values > LIMIT_JSON_VALUES_N)
		return fault_set(why, FAULT_LIMIT, "'%s': JSON of more than %u values", what,
			LIMIT_JSON_VALUES_N);
	return 0;
}

static int parse(const void *bytes, size_t len, bool is_exact, const char *what, json_t **ret,
	struct fault *why)
{
	auto_json json = NULL;
	json_error_t error;

	if (check_extent(bytes, len, what, why) < 0)
		return -1;
	json = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &error);
	if (!json && !is_exact && json_error_code(&error) == json_error_numeric_overflow)
		json = json_loadb(
			bytes, len, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &error);
	if (!json && json_error_code(&error) == json_error_out_of_memory)
		return fault_nomem(why);
	if (!json && json_error_code(&error) == json_error_numeric_overflow)
		return fault_set(why, FAULT_FORMAT,
			"'%s': line %d: numbers beyond 64 bits are not supported", what,
			error.line);
	if (!json)
		return fault_set(why, FAULT_FORMAT, "'%s': not JSON: line %d", what, error.line);
	*ret = steal(&json);
	return 0;
}

int json_parse(const char *text, const char *what, json_t **ret, struct fault *why)
{
	return parse(text, strlen(text), false, what, ret, why);
}

int json_parse_exact(const char *text, const char *what, json_t **ret, struct fault *why)
{
	return parse(text, strlen(text), true, what, ret, why);
}

int json_parse_object(
	const void *bytes, size_t len, const char *what, json_t **ret, struct fault *why)
{
	auto_json json = NULL;

	if (parse(bytes, len, true, what, &json, why) < 0)
		return -1;
	if (!json_is_object(json))
		return fault_set(why, FAULT_FORMAT, "'%s': not a JSON object", what);
	*ret = steal(&json);
	return 0;
}

static int append(const char *text, size_t len, void *out)
{
	buf_add(out, text, len);
	return 0;
}

static int append_escaped(const char *text, size_t len, void *out)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] == '<' || text[i] == '>' || text[i] == '&')
			buf_printf(out, "\\u%04x", text[i]);
		else
			buf_add_byte(out, (uint8_t)text[i]);
	return 0;
}

int json_rewrite(const json_t *json, const char *like, struct buf *out, struct fault *why)
{
	size_t indent = like[1] == '\n' ? strspn(like + 2, " ") : 0;
	size_t flags = (indent ? JSON_INDENT(indent) : JSON_COMPACT) | JSON_REAL_PRECISION(17);
	bool is_plain = strpbrk(like, "<>&") != NULL; /* unescaped in its strings */

	if (json_dump_callback(json, is_plain ? append : append_escaped, out, flags) < 0)
		return fault_nomem(why);
	buf_add_text(out, strrchr(like, json_is_array(json) ? ']' : '}') + 1);
	return buf_check(out, "JSON", why);
}

/* Jansson takes DEL for a letter. */
static int append_harmless(const char *text, size_t len, void *out)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] == 0x7f)
			buf_add_text(out, "\\u007f");
		else
			buf_add_byte(out, (uint8_t)text[i]);
	return 0;
}

int json_format(const json_t *json, struct buf *out, struct fault *why)
{
	if (json_dump_callback(json, append_harmless, out, JSON_INDENT(2) | JSON_ENSURE_ASCII) < 0)
		return fault_nomem(why);
	buf_add_byte(out, '\n');
	return buf_check(out, "JSON", why);
}

json_t *json_with(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) == 0)
		return object;
	json_decref(object);
	return NULL;
}

json_t *json_and(json_t *array, json_t *item)
{
	if (json_array_append_new(array, item) == 0)
		return array;
	json_decref(array);
	return NULL;
}

const char *json_member_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static json_t *each(const struct names *names, json_t *make(const char *))
{
	auto_json json = json_array();

	for (size_t i = 0; json && i < names->n; i++)
		if (json_array_append_new(json, make(names->at[i])) < 0)
			return NULL;
	return steal(&json);
}

json_t *json_shown(const char *text)
{
	json_t *json = text ? json_string(text) : json_null();
	auto_free char *shown = NULL;

	if (json)
		return json;
	shown = text_printable(text, strlen(text), LIMIT_JSON_BYTES);
	return shown ? json_string(shown) : NULL;
}

json_t *json_names(const struct names *names)
{
	return each(names, json_shown);
}

json_t *json_path(const char *path)
{
	auto_buf text = buf_make(3 * strlen(path));

	for (; *path; path++)
		if (*path == '%' || (unsigned char)*path > 0x7f)
			buf_printf(&text, "%%%02X", (unsigned char)*path);
		else
			buf_add_byte(&text, (uint8_t)*path);
	return text.failed ? NULL : json_string(buf_text(&text));
}

json_t *json_paths(const struct names *paths)
{
	return each(paths, json_path);
}

char *json_path_bytes(const char *text)
{
	char *path = strdup(text);
	char *to = path;

	for (const char *at = path; path && *at; at++) {
		uint8_t byte = (uint8_t)*at;
		char digits[3] = "";

		if (*at == '%' && at[1] && at[2]) {
			memcpy(digits, at + 1, 2);
			at += text_unhex(digits, &byte, 1) ? 2 : 0;
		}
		*to++ = (char)byte;
	}
	if (path)
		*to = 0;
	return path;
}

int json_read_paths(const json_t *array, struct names *ret, struct fault *why)
{
	if (array && !json_is_array(array))
		return fault_set(why, FAULT_FORMAT, "not an array");
	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *text = json_string_value(json_array_get(array, i));
		auto_free char *path = text ? json_path_bytes(text) : NULL;

		if (!text)
			return fault_set(why, FAULT_FORMAT, "not an array of strings");
		if (!path)
			return fault_nomem(why);
		if (names_add(ret, path, why) < 0)
			return -1;
	}
	return 0;
}
