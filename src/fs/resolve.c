/* SPDX-License-Identifier: Apache-2.0 */
#include "src/fs/resolve.h"

#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"

#define SLOTS 64 /* a directory replaces another one with the same hash */

enum where {
	WHERE_DIR, /* `real` is a directory */
	WHERE_MISSING, /* missing; it would be created as `real` */
	WHERE_NOWHERE, /* a loop, or something in the middle is not a directory */
};

struct place {
	char *asked; /* the directory's path as the caller gave it; NULL: this slot is empty */
	char *real; /* canonical; unused with WHERE_NOWHERE */
	enum where where;
	unsigned links_n; /* number of symbolic links followed */
};

struct view_cache {
	struct place places[SLOTS];
	struct names passed; /* canonical paths that lookups met and that were not directories:
				links, files, missing names */
};

static void place_free(struct place *place)
{
	free(place->asked);
	free(place->real);
	*place = (struct place){0};
}
CLEANUP_VALUE(place, place_free)

void resolve_forget(struct view *view)
{
	if (!view->cache)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		place_free(&view->cache->places[i]);
	names_free(&view->cache->passed);
	free(steal(&view->cache));
}

void resolve_touch(struct view *view, const char *path)
{
	if (view->cache && names_holds(&view->cache->passed, path))
		resolve_forget(view);
}

/* "dir/name", or "/name" if dir is the root ("/" or ""); NULL: out of memory. */
static char *join(const char *dir, const char *name, size_t len)
{
	char *path;

	return asprintf(&path, "%s/%.*s", dir[0] && dir[1] ? dir : "", (int)len, name) < 0 ? NULL
											   : path;
}

static const struct edit *planned(const struct view *view, const char *path)
{
	return view->plan ? plan_find(view->plan, path) : NULL;
}

int resolve_failed(struct view *view, const char *path, const struct fault *why)
{
	static const char *const own[] = {"/etc", "/usr", "/var/lib/ca-certificates"};
	auto_free char *text = NULL;
	struct fault refused = FAULT_INIT, ignored = FAULT_INIT;

	if (view_skip(why, &refused) == 0)
		return -1;
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (!text_path_is_in(path, own[i]))
			continue;
		if (!view->unread.kind)
			view->unread = *why;
		return -1;
	}
	text = text_harmless(why->text);
	if (text && view->passed_over.n < LIMIT_PASSED_OVER_N &&
		!names_holds(&view->passed_over, text))
		names_add(&view->passed_over, text, &ignored);
	return -1;
}

int resolve_unplanned(struct view *view, const char *path, struct entry *ret, struct fault *why)
{
	const char *slash = strrchr(path, '/');

	/*
	 * The tree has nothing below a directory that is only planned, and may have a symbolic link
	 * in its place.
	 */
	if (view->plan && view->plan->n && slash != path) {
		auto_free char *dir = strndup(path, (size_t)(slash - path));

		if (!dir)
			return fault_nomem(why);
		if (planned(view, dir))
			return 0;
	}
	return view->tree->ops->entry(view->tree, path, ret, why) < 0
		       ? resolve_failed(view, path, why)
		       : 0;
}

/* What is at a canonical path, with the plan applied. */
static int look(struct view *view, const char *path, struct entry *ret, struct fault *why)
{
	const struct edit *edit = planned(view, path);
	struct entry entry = ENTRY_INIT;

	if (!edit)
		return resolve_unplanned(view, path, ret, why);
	entry = (struct entry){.kind = edit->kind,
		.mode = edit->mode,
		.uid = edit->uid,
		.gid = edit->gid,
		.size = (int64_t)edit->len};
	if (edit->link) {
		entry.link = strdup(edit->link);
		if (!entry.link)
			return fault_nomem(why);
		entry.size = (int64_t)strlen(edit->link);
	}
	*ret = entry;
	return 0;
}

/* Find the directory `dir`, following all symbolic links. */
static int find_dir(struct view *view, const char *dir, struct place *place, struct fault *why)
{
	auto_free char *left = strdup(dir);
	size_t at = 0; /* how much of `left` has been resolved */

	place->real = strdup("/");
	if (!left || !place->real)
		return fault_nomem(why);
	while (place->where != WHERE_NOWHERE && left[at]) {
		const char *name = left + at;
		size_t len = strcspn(name, "/");
		auto_free char *path = NULL;
		auto_entry entry = ENTRY_INIT;

		at += len + (name[len] == '/');
		if (len == 0 || (len == 1 && name[0] == '.'))
			continue;
		if (len == 2 && name[0] == '.' && name[1] == '.') {
			char *slash = strrchr(place->real, '/');

			/* As in the kernel, ".." fails below a directory that does not exist. */
			if (place->where == WHERE_MISSING)
				place->where = WHERE_NOWHERE;
			slash[slash == place->real] = '\0';
			continue;
		}
		path = join(place->real, name, len);
		if (!path)
			return fault_nomem(why);
		if (place->where == WHERE_DIR && look(view, path, &entry, why) < 0)
			return -1;
		if (place->where == WHERE_DIR && entry.kind != ENTRY_DIR &&
			names_add(&view->cache->passed, path, why) < 0)
			return -1;
		if (entry.kind == ENTRY_SYMLINK) {
			char *longer;

			if (++place->links_n > LIMIT_LINKS_N || !*entry.link ||
				strlen(entry.link) + strlen(left + at) + 2 > LIMIT_PATH_LEN) {
				place->where = WHERE_NOWHERE;
				continue;
			}
			if (asprintf(&longer, "%s/%s", entry.link, left + at) < 0)
				return fault_nomem(why);
			free(left);
			left = longer;
			at = 0;
			if (*left == '/')
				place->real[1] = '\0';
			continue;
		}
		if (entry.kind == ENTRY_NONE)
			place->where = WHERE_MISSING;
		else if (entry.kind != ENTRY_DIR)
			place->where = WHERE_NOWHERE;
		free(place->real);
		place->real = steal(&path);
	}
	return 0;
}

static struct place *slot_of(struct view_cache *cache, const char *dir)
{
	size_t value = 5381;

	for (; *dir; dir++)
		value = value * 33 + (uint8_t)*dir;
	return &cache->places[value % SLOTS];
}

/* The cached place of `dir`, looked up first if necessary; borrowed until the next call. */
static int dir_place(
	struct view *view, const char *dir, const struct place **ret, struct fault *why)
{
	CLEANUP(place) struct place found = {0}, same = {.where = WHERE_DIR};
	struct place *slot;

	if (!view->cache)
		view->cache = calloc(1, sizeof(*view->cache));
	if (!view->cache)
		return fault_nomem(why);
	slot = slot_of(view->cache, dir);
	*ret = slot;
	if (slot->asked && strcmp(slot->asked, dir) == 0)
		return 0;
	if (find_dir(view, dir, &found, why) < 0)
		return -1;
	/* A symbolic link usually points into the same directory, by its canonical path. */
	if (found.where == WHERE_DIR) {
		struct place *other = slot_of(view->cache, found.real);

		same.asked = strdup(found.real);
		same.real = strdup(found.real);
		if (!same.asked || !same.real)
			return fault_nomem(why);
		place_free(other);
		*other = same;
		same = (struct place){0};
	}
	found.asked = strdup(dir);
	if (!found.asked)
		return fault_nomem(why);
	place_free(slot);
	*slot = found;
	found = (struct place){0};
	return 0;
}

int resolve(struct view *view, const char *path, enum view_follow follow, struct entry *ret,
	char **ret_path, struct fault *why)
{
	size_t len = strlen(path);
	auto_free char *next = NULL;
	unsigned links_n = 0;

	while (len > 1 && path[len - 1] == '/')
		len--;
	next = strndup(path, len);
	while (next && strlen(next) < LIMIT_PATH_LEN) {
		const char *slash = strrchr(next, '/');
		const char *name = slash ? slash + 1 : next;
		bool is_dir = !*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
		size_t dir_len = is_dir ? strlen(next) : slash ? (size_t)(slash - next) : 0;
		auto_free char *dir = strndup(next, dir_len);
		auto_free char *real = NULL;
		auto_free char *parent = NULL;
		auto_entry entry = ENTRY_INIT;
		const struct place *place = NULL;

		if (!dir)
			return fault_nomem(why);
		if (dir_place(view, dir, &place, why) < 0)
			return -1;
		links_n += place->links_n;
		if (place->where == WHERE_NOWHERE || links_n > LIMIT_LINKS_N)
			return 0;
		real = is_dir ? strdup(place->real) : join(place->real, name, strlen(name));
		if (!real)
			return fault_nomem(why);
		if (place->where == WHERE_DIR && look(view, real, &entry, why) < 0)
			return -1;
		if (entry.kind != ENTRY_SYMLINK || follow == VIEW_NOFOLLOW) {
			*ret = entry;
			entry.link = NULL;
			*ret_path = steal(&real);
			return 0;
		}
		if (++links_n > LIMIT_LINKS_N)
			return 0;
		free(next);
		parent = text_parent(real);
		next = *entry.link == '/' ? strdup(entry.link)
		       : parent           ? join(parent, entry.link, strlen(entry.link))
					  : NULL;
	}
	return next ? 0 : fault_nomem(why);
}
