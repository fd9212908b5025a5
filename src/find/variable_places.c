/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/find/variables.h"
#include "stores/bundle.h"
#include "stores/system/families.h"
#include "stores/kinds.h"

/* "NAME=VALUE"; of several the last counts. */
static const char *value_of(const struct names *settings, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = settings->n; i-- > 0;)
		if (strncmp(settings->at[i], name, len) == 0 && settings->at[i][len] == '=')
			return settings->at[i] + len + 1;
	return NULL;
}

/* Where the file really is; NULL: there is none. */
static int real_file(struct view *view, const char *path, char **ret, struct fault *why)
{
	auto_entry entry = ENTRY_INIT;
	auto_free char *real = NULL;
	struct fault seen = FAULT_INIT;

	if (view_entry(view, path, VIEW_FOLLOW, &entry, &real, &seen) < 0)
		return seen.sys == ENOMEM ? fault_nomem(why) : 0;
	if (entry.kind == ENTRY_FILE)
		*ret = steal(&real);
	return 0;
}

static int leads_to(
	struct view *view, const char *path, const char *real, bool *ret, struct fault *why)
{
	auto_free char *other = NULL;

	if (real_file(view, path, &other, why) < 0)
		return -1;
	*ret = *ret || (other && strcmp(other, real) == 0);
	return 0;
}

/* Is it one of the bundles that the kind "system" keeps? */
static int is_kept_bundle(struct view *view, const struct family *family, const char *real,
	bool *ret, struct fault *why)
{
	for (size_t i = 0; family_bundles[i]; i++)
		if (leads_to(view, family_bundles[i], real, ret, why) < 0)
			return -1;
	for (size_t i = 0; i < FAMILY_LIST_N && family->bundles[i].path; i++)
		if (leads_to(view, family->bundles[i].path, real, ret, why) < 0)
			return -1;
	return 0;
}

/* Or a file that it keeps with one certificate in it? */
static bool is_kept_file(const struct family *family, const char *real)
{
	const char *const dirs[] = {
		family->anchors, family->shipped, family->hash_dir, family->link_dir};

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (dirs[i] && strncmp(real, dirs[i], strlen(dirs[i])) == 0 &&
			real[strlen(dirs[i])] == '/')
			return true;
	return false;
}

static int note(struct places *ret, const struct variable *variable, const char *value,
	const char *what, struct fault *why)
{
	auto_free char *shown = text_printable(value, strlen(value), LIMIT_PATH_LEN);

	return shown ? names_addf(&ret->notes, why, "%s is '%s' in the image: %s", variable->name,
			       shown, what)
		     : fault_nomem(why);
}

static bool is_place(const struct places *places, const char *real)
{
	for (size_t i = 0; i < places->n; i++)
		if (places->at[i].tree == places->tree && strcmp(places->at[i].path, real) == 0)
			return true;
	return false;
}

static int add_place(struct view *view, const struct variable *variable, const char *real,
	struct places *ret, struct fault *why)
{
	auto_certs certs = CERTS_INIT;
	struct fault seen = FAULT_INIT;
	struct place *place;

	if (bundle_certs(view, real, &certs, &seen) < 0)
		return seen.sys == ENOMEM ? fault_nomem(why)
					  : note(ret, variable, real, seen.text, why);
	if (store_pem.find(view, real, ret, why) < 0)
		return -1;
	place = &ret->at[ret->n - 1];
	place->is_named = false;
	if (asprintf(&place->note, "%s leads the image's programs to it", variable->name) < 0) {
		place->note = NULL;
		return fault_nomem(why);
	}
	return 0;
}

static int look_at(struct view *view, const struct family *family, const struct variable *variable,
	const char *value, struct places *ret, struct fault *why)
{
	auto_free char *real = NULL;
	auto_free char *shown = NULL;
	bool is_kept = false;

	if (real_file(view, value, &real, why) < 0)
		return -1;
	if (!real)
		return note(ret, variable, value, "there is no such file", why);
	if (is_kept_bundle(view, family, real, &is_kept, why) < 0)
		return -1;
	if (is_kept || is_place(ret, real))
		return 0;
	if (is_kept_file(family, real))
		return note(ret, variable, value,
			"a file of the system store, which stays as it is; its bundle would do",
			why);
	shown = text_printable(real, strlen(real), LIMIT_PATH_LEN);
	if (!shown)
		return fault_nomem(why);
	if (strcmp(shown, real) != 0)
		return note(ret, variable, value, "a name that cannot be shown, left alone", why);
	return add_place(view, variable, real, ret, why);
}

int variables_places(struct view *view, struct places *ret, struct fault *why)
{
	const struct names *settings = view->tree->settings;
	const struct family *family;
	bool is_new;

	if (!settings)
		return 0;
	if (family_find(view, &family, &is_new, why) < 0)
		return -1;
	for (const struct variable *at = variables; at->name; at++) {
		const char *value = at->kind == VARIABLE_JAVA ? NULL : value_of(settings, at->name);

		if (value && *value == '/' && look_at(view, family, at, value, ret, why) < 0)
			return -1;
	}
	return 0;
}
