/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/splice.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static size_t skip_space(const char *text, size_t at)
{
	return at + strspn(text + at, " \t\r\n");
}

static size_t skip_string(const char *text, size_t at)
{
	for (at++; text[at] && text[at] != '"'; at++)
		if (text[at] == '\\' && text[at + 1])
			at++;
	return text[at] ? at + 1 : at;
}

/* The text is valid JSON, so brackets need only be counted. */
static size_t skip_value(const char *text, size_t at)
{
	size_t depth = 0;

	do {
		if (text[at] == '"') {
			at = skip_string(text, at);
		} else if (text[at] == '{' || text[at] == '[') {
			depth++;
			at++;
		} else if (text[at] == '}' || text[at] == ']') {
			depth--;
			at++;
		} else {
			size_t len = strcspn(text + at, "\"{}[], \t\r\n:");

			at += len ? len : 1;
		}
	} while (depth && text[at]);
	return at;
}

struct span span_whole(const char *text)
{
	size_t at = skip_space(text, 0);

	return (struct span){at, skip_value(text, at)};
}

/* A part of a container: an element, or a member with its key. */
struct part {
	struct span all; /* with the key */
	struct span value;
};

/* The part behind `at`, which is the container's bracket or a part's end; false: none. */
static bool next_part(const char *text, struct span container, size_t at, struct part *ret)
{
	if (at > container.at)
		at = skip_space(text, at);
	if (at >= container.end - 1)
		return false;
	at = skip_space(text, at + 1); /* the bracket, or the comma */
	if (at >= container.end - 1)
		return false;
	ret->all.at = ret->value.at = at;
	if (text[container.at] == '{') {
		at = skip_space(text, skip_string(text, at));
		ret->value.at = skip_space(text, at + 1);
	}
	ret->value.end = ret->all.end = skip_value(text, ret->value.at);
	return true;
}

/* The next character of a string, what its escape means; -1: an escape of none of ASCII. */
static int take_char(const char *text, size_t *at)
{
	static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	char hex[5] = "";
	int c = (unsigned char)text[(*at)++];
	long code;

	if (c != '\\')
		return c;
	c = text[(*at)++];
	if (c != 'u')
		return meant[strchr(letters, c) - letters];
	memcpy(hex, text + *at, 4);
	*at += 4;
	code = strtol(hex, NULL, 16);
	return code < 0x80 ? (int)code : -1;
}

/* Does the string at `at` mean `key`? */
static bool is_named(const char *text, size_t at, const char *key)
{
	for (at++; text[at] != '"'; key++)
		if (!*key || take_char(text, &at) != (unsigned char)*key)
			return false;
	return !*key;
}

/* `ret_before`: where the part in front ends. */
static bool find_member(
	const char *text, struct span object, const char *key, struct part *ret, size_t *ret_before)
{
	*ret_before = object.at + 1;
	if (text[object.at] != '{')
		return false;
	for (size_t at = object.at; next_part(text, object, at, ret); at = ret->all.end) {
		if (is_named(text, ret->all.at, key))
			return true;
		*ret_before = ret->all.end;
	}
	return false;
}

bool span_member(const char *text, struct span object, const char *key, struct span *ret)
{
	struct part part;
	size_t before;

	if (!find_member(text, object, key, &part, &before))
		return false;
	*ret = part.value;
	return true;
}

bool span_element(const char *text, struct span array, size_t i, struct span *ret)
{
	struct part part;

	if (text[array.at] != '[')
		return false;
	for (size_t at = array.at; next_part(text, array, at, &part); at = part.all.end) {
		if (i-- == 0) {
			*ret = part.value;
			return true;
		}
	}
	return false;
}

void splices_free(struct splices *splices)
{
	for (size_t i = 0; i < splices->n; i++)
		free(splices->at[i].text);
	free(splices->at);
	*splices = (struct splices){.text = NULL};
}

__attribute__((format(printf, 3, 0))) static void add(
	struct splices *splices, struct span span, const char *fmt, va_list args)
{
	struct splice *grown = realloc(splices->at, (splices->n + 1) * sizeof(*grown));
	char *text = NULL;

	if (grown)
		splices->at = grown;
	if (!grown || vasprintf(&text, fmt, args) < 0)
		splices->failed = true;
	else
		splices->at[splices->n++] = (struct splice){span, text};
}

void splices_set(struct splices *splices, struct span span, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add(splices, span, fmt, args);
	va_end(args);
}

void splices_member(
	struct splices *splices, struct span object, const char *key, const char *fmt, ...)
{
	struct span span;
	va_list args;

	if (!span_member(splices->text, object, key, &span)) {
		splices->lacks = true;
		return;
	}
	va_start(args, fmt);
	add(splices, span, fmt, args);
	va_end(args);
}

void splices_append(struct splices *splices, struct span container, const char *fmt, ...)
{
	bool is_null = splices->text[container.at] == 'n';
	struct span point = {container.at + 1, container.at + 1};
	struct part part;
	const char *comma = "";
	auto_free char *text = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	if (!text) {
		splices->failed = true;
		return;
	}
	if (is_null) {
		splices_set(splices, container, "[%s]", text);
		return;
	}
	for (size_t at = container.at; next_part(splices->text, container, at, &part);
		at = part.all.end) {
		point = (struct span){part.all.end, part.all.end};
		comma = ",";
	}
	splices_set(splices, point, "%s%s", comma, text);
}

void splices_remove_last(struct splices *splices, struct span container)
{
	struct span last = {container.at + 1, 0};
	struct part part;

	for (size_t at = container.at; next_part(splices->text, container, at, &part);
		at = part.all.end) {
		last.at = last.end ? last.end : container.at + 1;
		last.end = part.all.end;
	}
	if (last.end)
		splices_set(splices, last, "%s", "");
	else
		splices->lacks = true;
}

void splices_remove_member(struct splices *splices, struct span object, const char *key)
{
	struct part part, next;
	size_t before;

	if (!find_member(splices->text, object, key, &part, &before))
		splices->lacks = true;
	else if (before == object.at + 1 && next_part(splices->text, object, part.all.end, &next))
		splices_set(splices, (struct span){part.all.at, next.all.at}, "%s", "");
	else
		splices_set(splices, (struct span){before, part.all.end}, "%s", "");
}

static int by_place(const void *a, const void *b)
{
	const struct splice *one = a, *two = b;

	return one->span.at < two->span.at ? -1 : one->span.at > two->span.at;
}

int splices_apply(struct splices *splices, const char *what, struct buf *out, struct fault *why)
{
	size_t at = 0;

	if (splices->failed)
		return fault_nomem(why);
	if (splices->lacks)
		return fault_set(why, FAULT_FORMAT, "'%s' lacks a member that must change", what);
	if (splices->n)
		qsort(splices->at, splices->n, sizeof(*splices->at), by_place);
	for (size_t i = 0; i < splices->n; i++) {
		const struct splice *splice = &splices->at[i];

		buf_add(out, splices->text + at, splice->span.at - at);
		buf_add_text(out, splice->text);
		at = splice->span.end;
	}
	buf_add_text(out, splices->text + at);
	return buf_check(out, what, why);
}
