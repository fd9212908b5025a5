/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

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
	free(place->note);
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

int places_add(
	struct places *places, const struct place *place, const char *note, struct fault *why)
{
	struct place *at = realloc(places->at, (places->n + 1) * sizeof(*at));
	struct place copy = *place;

	if (!at)
		return fault_nomem(why);
	places->at = at;
	copy.path = strdup(place->path);
	copy.note = note ? strdup(note) : NULL;
	if (!copy.path || !copy.note != !note) {
		place_free(&copy);
		return fault_nomem(why);
	}
	copy.keystore_cache = places->keystore_cache;
	copy.tree = places->tree;
	at[places->n++] = copy;
	return 0;
}

void places_forget_unread(struct places *places, const char *path)
{
	struct names *unread = &places->unread;
	size_t len = strlen(path), n = 0;

	for (size_t i = 0; i < unread->n; i++) {
		char *text = unread->at[i];

		if (text[0] == '\'' && strncmp(text + 1, path, len) == 0 && text[1 + len] == '\'')
			free(text);
		else
			unread->at[n++] = text;
	}
	unread->n = n;
}

const struct store_ops *store_kind_named(const char *kind, size_t len)
{
	for (size_t i = 0; store_kinds[i]; i++)
		if (strlen(store_kinds[i]->kind) == len &&
			memcmp(store_kinds[i]->kind, kind, len) == 0)
			return store_kinds[i];
	return NULL;
}

int store_choice_parse(const char *text, struct store_choice *ret, struct fault *why)
{
	size_t len = strcspn(text, ":");
	const char *path = text[len] ? text + len + 1 : NULL;
	const struct store_ops *ops = store_kind_named(text, len);
	auto_free char *shown = text_printable(text, len, LIMIT_NAME_SHOWN);
	auto_buf known = buf_make(LIMIT_NAME_SHOWN);

	for (size_t i = 0; store_kinds[i]; i++)
		buf_printf(&known, "%s%s", i ? ", " : "", store_kinds[i]->kind);
	if (!shown)
		return fault_nomem(why);
	if (buf_check(&known, "kinds", why) < 0)
		return -1;
	if (!ops)
		return fault_set(why, FAULT_USAGE, "unknown kind of store '%s'; there are: %s",
			shown, buf_text(&known));
	if (ops == &store_system && path)
		return fault_set(why, FAULT_USAGE, "'system' takes no path");
	if (path ? *path != '/' : ops->by_path)
		return fault_set(why, FAULT_USAGE,
			"'%s' needs a path that begins with '/': %s:PATH", ops->kind, ops->kind);
	*ret = (struct store_choice){.ops = ops, .path = path};
	return 0;
}
