/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/system/link_farm.h"

#include <string.h>

#include "src/base/limits.h"

static void name_free(struct link_farm_name *it)
{
	free(it->name);
	free(it->was_link);
	free(it->link);
	cert_free(it->cert);
}

void link_farm_free(struct link_farm *dir)
{
	for (size_t i = 0; i < dir->n; i++)
		name_free(&dir->at[i]);
	free(dir->at);
	free(dir->path);
	*dir = (struct link_farm)LINK_FARM_INIT;
}

/* Where `name` stands, or where it would. */
static size_t place_of(const struct link_farm *dir, const char *name, bool *ret_found)
{
	size_t low = 0;
	size_t high = dir->n;

	*ret_found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(dir->at[middle].name, name);

		if (order == 0)
			*ret_found = true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct link_farm_name *link_farm_find(const struct link_farm *dir, const char *name)
{
	bool found;
	size_t i = place_of(dir, name, &found);

	return found ? &dir->at[i] : NULL;
}

static int insert_at(struct link_farm *dir, size_t i, const char *name, struct fault *why)
{
	char *copy = strdup(name);

	if (!copy)
		return fault_nomem(why);
	if (dir->n == dir->room) {
		size_t room = dir->room ? dir->room * 2 : 512;
		struct link_farm_name *at = realloc(dir->at, room * sizeof(*at));

		if (!at) {
			free(copy);
			return fault_nomem(why);
		}
		dir->at = at;
		dir->room = room;
	}
	memmove(&dir->at[i + 1], &dir->at[i], (dir->n - i) * sizeof(*dir->at));
	dir->at[i] = (struct link_farm_name){.name = copy};
	dir->n++;
	return 0;
}

static int read_name(struct view *view, struct link_farm *dir, const char *name, struct fault *why)
{
	char path[LIMIT_PATH_LEN];
	auto_entry entry = ENTRY_INIT;
	struct link_farm_name *it;

	if (snprintf(path, sizeof(path), "%s/%s", dir->path, name) >= (int)sizeof(path))
		return 0;
	if (view_entry(view, path, VIEW_NOFOLLOW, &entry, NULL, why) < 0 ||
		insert_at(dir, dir->n, name, why) < 0)
		return -1;
	it = &dir->at[dir->n - 1];
	it->was = it->kind = entry.kind;
	it->was_link = steal(&entry.link);
	if (it->was_link && !(it->link = strdup(it->was_link)))
		return fault_nomem(why);
	return 0;
}

int link_farm_read(struct view *view, const char *path, struct link_farm *ret, struct fault *why)
{
	auto_link_farm dir = {.path = strdup(path)};
	auto_names names = NAMES_INIT;

	if (!dir.path)
		return fault_nomem(why);
	if (view_list(view, path, &names, why) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (read_name(view, &dir, names.at[i], why) < 0)
			return -1;
	*ret = dir;
	dir = (struct link_farm)LINK_FARM_INIT;
	return 0;
}

int link_farm_set(struct link_farm *dir, const char *name, const char *target, struct fault *why)
{
	bool found;
	size_t i = place_of(dir, name, &found);
	char *link = strdup(target);

	if (!link)
		return fault_nomem(why);
	if (!found && insert_at(dir, i, name, why) < 0) {
		free(link);
		return -1;
	}
	free(dir->at[i].link);
	dir->at[i].link = link;
	dir->at[i].kind = ENTRY_SYMLINK;
	dir->at[i].looked = false;
	cert_free(steal(&dir->at[i].cert));
	return 0;
}

void link_farm_drop(struct link_farm_name *it)
{
	it->kind = ENTRY_NONE;
}

bool link_farm_target(
	const struct link_farm *dir, const struct link_farm_name *it, char *ret, size_t ret_len)
{
	const char *name = it->kind == ENTRY_SYMLINK ? it->link : it->name;
	bool is_absolute = name[0] == '/';

	return snprintf(ret, ret_len, "%s%s%s", is_absolute ? "" : dir->path,
		       is_absolute ? "" : "/", name) < (int)ret_len;
}

static bool leads_somewhere(struct view *view, const struct link_farm *dir,
	const struct link_farm_name *it, unsigned hops)
{
	char path[LIMIT_PATH_LEN];
	auto_entry entry = ENTRY_INIT;
	struct fault ignored = FAULT_INIT;

	if (it->kind != ENTRY_SYMLINK)
		return it->kind != ENTRY_NONE;
	if (!strchr(it->link, '/')) {
		const struct link_farm_name *next = link_farm_find(dir, it->link);

		return next && hops < LIMIT_LINKS_N && leads_somewhere(view, dir, next, hops + 1);
	}
	return link_farm_target(dir, it, path, sizeof(path)) &&
	       view_entry(view, path, VIEW_FOLLOW, &entry, NULL, &ignored) == 0 &&
	       entry.kind != ENTRY_NONE;
}

bool link_farm_is_alive(
	struct view *view, const struct link_farm *dir, const struct link_farm_name *it)
{
	return leads_somewhere(view, dir, it, 0);
}

static bool is_as_found(const struct link_farm_name *it)
{
	return it->kind == it->was &&
	       (it->kind != ENTRY_SYMLINK || strcmp(it->link, it->was_link) == 0);
}

bool link_farm_is_changed(const struct link_farm *dir)
{
	for (size_t i = 0; i < dir->n; i++)
		if (!is_as_found(&dir->at[i]))
			return true;
	return false;
}

int link_farm_plan(
	struct view *view, const struct link_farm *dir, const char *whose, struct fault *why)
{
	char path[LIMIT_PATH_LEN];

	for (size_t i = 0; i < dir->n; i++) {
		const struct link_farm_name *it = &dir->at[i];
		int rc;

		if (is_as_found(it))
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", dir->path, it->name) >= (int)sizeof(path))
			return fault_set(why, FAULT_LIMIT, "path too long in '%s'", dir->path);
		if (it->kind == ENTRY_SYMLINK)
			rc = view_put_link(view, path, it->link, whose, why);
		else
			rc = view_remove(view, path, whose, why);
		if (rc < 0)
			return -1;
	}
	return 0;
}
