/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "src/base/buf.h"
#include "src/base/limits.h"
#include "src/base/text.h"
#include "stores/kinds.h"

const struct store_ops *const store_kinds[] = {
	&store_system,
	&store_java,
	&store_pem,
	NULL,
};

void place_free(struct place *place)
{
	free(place->path);
	free(place->label);
	free(place->note);
	free(place->blocked);
}

void places_free(struct places *places)
{
	for (size_t i = 0; i < places->n; i++)
		place_free(&places->at[i]);
	free(places->at);
	names_free(&places->notes);
	names_free(&places->unread);
	*places = (struct places)PLACES_INIT;
}

int places_take(struct places *places, struct place *place, struct fault *why)
{
	struct place *at = realloc(places->at, (places->n + 1) * sizeof(*at));

	if (!at) {
		place_free(place);
		return fault_nomem(why);
	}
	places->at = at;
	place->tree = places->tree;
	at[places->n++] = *place;
	*place = (struct place){0};
	return 0;
}

int places_note_unread(struct places *places, const char *text, struct fault *why)
{
	return names_add(&places->notes, text, why) < 0 ? -1
							: names_add(&places->unread, text, why);
}

static void forget(struct names *names, const char *path)
{
	size_t len = strlen(path);
	size_t n = 0;

	for (size_t i = 0; i < names->n; i++) {
		char *name = names->at[i];

		if (name[0] == '\'' && strncmp(name + 1, path, len) == 0 && name[1 + len] == '\'')
			free(name);
		else
			names->at[n++] = name;
	}
	names->n = n;
}

void places_forget_unread(struct places *places, const char *path)
{
	forget(&places->notes, path);
	forget(&places->unread, path);
}

const struct store_ops *store_kind_named(const char *kind, size_t len)
{
	for (size_t i = 0; store_kinds[i]; i++)
		if (strlen(store_kinds[i]->kind) == len &&
			memcmp(store_kinds[i]->kind, kind, len) == 0)
			return store_kinds[i];
	return NULL;
}

static int unknown_kind(const char *text, size_t len, struct fault *why)
{
	auto_free char *shown = text_printable(text, len, LIMIT_NAME_SHOWN);
	auto_buf known = buf_make(LIMIT_NAME_SHOWN);

	for (size_t i = 0; store_kinds[i]; i++)
		buf_printf(&known, "%s%s", i ? ", " : "", store_kinds[i]->kind);
	if (!shown)
		return fault_nomem(why);
	if (buf_check(&known, "kinds", why) < 0)
		return -1;
	return fault_set(why, FAULT_USAGE, "unknown kind of store '%s'; there are: %s", shown,
		buf_text(&known));
}

int store_choice_parse(const char *text, struct store_choice *ret, struct fault *why)
{
	size_t len = strcspn(text, ":");
	const char *path = text[len] ? text + len + 1 : NULL;
	const struct store_ops *ops = store_kind_named(text, len);

	if (!ops)
		return unknown_kind(text, len, why);
	if (path && !*path)
		return fault_set(why, FAULT_USAGE, "a path is missing behind '%s:'", ops->kind);
	if (ops->by_path && !path)
		return fault_set(
			why, FAULT_USAGE, "'%s' needs a path: %s:PATH", ops->kind, ops->kind);
	if (ops == &store_system && path)
		return fault_set(why, FAULT_USAGE, "'system' takes no path");
	if (path && *path != '/')
		return fault_set(
			why, FAULT_USAGE, "'%s:' needs a path that begins with '/'", ops->kind);
	*ret = (struct store_choice){.ops = ops, .path = path};
	return 0;
}
