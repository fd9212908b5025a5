/* SPDX-License-Identifier: Apache-2.0 */
#include "src/fs/resolve.h"

#include <errno.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"

#define SLOTS 64 /* a directory displaces another one with the same hash */

enum where {
	WHERE_DIR, /* `real` is a directory */
	WHERE_MISSING, /* it would be made as `real` */
	WHERE_NOWHERE, /* a loop, or no directory in the middle */
};

struct place {
	char *asked; /* the directory's path as it was asked for; NULL: nothing remembered */
	char *real; /* canonical; NULL when NOWHERE */
	enum where where;
	unsigned links_n; /* symbolic links on the way */
};

struct view_cache {
	struct place places[SLOTS];
	struct names passed; /* canonical paths on the way that were no directory: links, missing,
				files */
};

static void place_clear(struct place *place)
{
	free(place->asked);
	free(place->real);
	*place = (struct place){0};
}
CLEANUP_VALUE(place, place_clear)

void resolve_forget(struct view *view)
{
	if (!view->cache)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		place_clear(&view->cache->places[i]);
	names_free(&view->cache->passed);
	free(steal(&view->cache));
}

void resolve_touch(struct view *view, const char *path)
{
	if (view->cache && names_holds(&view->cache->passed, path))
		resolve_forget(view);
}

/* "dir/name", or "/name" when dir is the root ("/" or ""); NULL: no memory. */
static char *join(const char *dir, const char *name, size_t name_len)
{
	size_t dir_len = dir[0] && dir[1] ? strlen(dir) : 0;
	char *path = malloc(dir_len + name_len + 2);

	if (!path)
		return NULL;
	memcpy(path, dir, dir_len);
	path[dir_len] = '/';
	memcpy(path + dir_len + 1, name, name_len);
	path[dir_len + 1 + name_len] = 0;
	return path;
}

static const struct edit *planned(const struct view *view, const char *path)
{
	return view->plan ? plan_find(view->plan, path) : NULL;
}

int resolve_failed(struct view *view, const char *path, const struct fault *why)
{
	static const char *const own[] = {"/etc", "/usr", "/var/lib/ca-certificates"};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]) && !view->unread.kind; i++) {
		size_t len = strlen(own[i]);

		if (why->kind == FAULT_SYSTEM && why->sys != EACCES && why->sys != EPERM &&
			strncmp(path, own[i], len) == 0 && (!path[len] || path[len] == '/'))
			view->unread = *why;
	}
	return -1;
}

int resolve_unplanned(struct view *view, const char *path, struct entry *ret, struct fault *why)
{
	const char *slash = strrchr(path, '/');

	/* In a directory that is only planned the tree has nothing, and may have a link in its
	 * place. */
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

/* What stands at a canonical path, the plan included. */
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

/* A walk from the root along `left`; `real` is where it stands. */
struct walk {
	struct view *view;
	struct place *place; /* real, where, links_n are filled in */
	char *left; /* what is still to go, allocated */
	size_t at; /* the part of it that is done */
};

static void walk_free(struct walk *walk)
{
	free(walk->left);
}
CLEANUP_VALUE(walk, walk_free)

static int set_real(struct place *place, char *real, struct fault *why)
{
	if (!real)
		return fault_nomem(why);
	free(place->real);
	place->real = real;
	return 0;
}

static void go_nowhere(struct walk *walk)
{
	free(steal(&walk->place->real));
	walk->place->where = WHERE_NOWHERE;
}

static void go_up(char *real)
{
	char *slash = strrchr(real, '/');

	slash[slash == real ? 1 : 0] = 0;
}

static int follow_link(struct walk *walk, const char *link, struct fault *why)
{
	const char *rest = walk->left + walk->at;
	size_t len = strlen(link) + strlen(rest) + 2;
	char *left;

	if (++walk->place->links_n > LIMIT_LINKS_N || len > LIMIT_PATH_LEN || !*link) {
		go_nowhere(walk);
		return 0;
	}
	if (asprintf(&left, "%s/%s", link, rest) < 0)
		return fault_nomem(why);
	free(walk->left);
	walk->left = left;
	walk->at = 0;
	return *link == '/' ? set_real(walk->place, strdup("/"), why) : 0;
}

/* One name further down. */
static int go_down(struct walk *walk, const char *name, size_t len, struct fault *why)
{
	struct place *place = walk->place;
	auto_free char *path = join(place->real, name, len);
	auto_entry entry = ENTRY_INIT;

	if (!path)
		return fault_nomem(why);
	if (place->where == WHERE_DIR) {
		if (look(walk->view, path, &entry, why) < 0)
			return -1;
		if (entry.kind != ENTRY_DIR && names_add(&walk->view->cache->passed, path, why) < 0)
			return -1;
	}
	switch (entry.kind) {
	case ENTRY_SYMLINK:
		return follow_link(walk, entry.link, why);
	case ENTRY_NONE:
		place->where = WHERE_MISSING;
		return set_real(place, steal(&path), why);
	case ENTRY_DIR:
		return set_real(place, steal(&path), why);
	default:
		go_nowhere(walk);
		return 0;
	}
}

static int walk_step(struct walk *walk, struct fault *why)
{
	const char *name = walk->left + walk->at;
	size_t len = strcspn(name, "/");

	walk->at += len + (name[len] == '/');
	if (len == 0 || (len == 1 && name[0] == '.'))
		return 0;
	if (len == 2 && name[0] == '.' && name[1] == '.') {
		/* As the kernel has it: there is no way up from what is not there. */
		if (walk->place->where == WHERE_MISSING)
			go_nowhere(walk);
		else
			go_up(walk->place->real);
		return 0;
	}
	return go_down(walk, name, len, why);
}

/* Find the directory `dir`, following everything. */
static int find_dir(struct view *view, const char *dir, struct place *place, struct fault *why)
{
	CLEANUP(walk) struct walk walk = {.view = view, .place = place};

	walk.left = strdup(dir);
	if (!walk.left)
		return fault_nomem(why);
	if (set_real(place, strdup("/"), why) < 0)
		return -1;
	while (place->where != WHERE_NOWHERE && walk.left[walk.at])
		if (walk_step(&walk, why) < 0)
			return -1;
	return 0;
}

static size_t slot_of(const char *dir)
{
	size_t value = 5381;

	for (; *dir; dir++)
		value = value * 33 + (uint8_t)*dir;
	return value % SLOTS;
}

static int remember(
	struct view_cache *cache, const char *asked, struct place *place, struct fault *why)
{
	struct place *slot = &cache->places[slot_of(asked)];

	place->asked = strdup(asked);
	if (!place->asked)
		return fault_nomem(why);
	place_clear(slot);
	*slot = *place;
	*place = (struct place){0};
	return 0;
}

/* A link in a directory mostly leads to its neighbour, under the directory's canonical path. */
static int remember_real(struct view_cache *cache, const struct place *place, struct fault *why)
{
	CLEANUP(place) struct place same = {.where = WHERE_DIR};

	if (place->where != WHERE_DIR)
		return 0;
	return set_real(&same, strdup(place->real), why) < 0
		       ? -1
		       : remember(cache, place->real, &same, why);
}

/* The remembered place of `dir`, found first if need be; borrowed until the next call. */
static int dir_place(
	struct view *view, const char *dir, const struct place **ret, struct fault *why)
{
	CLEANUP(place) struct place found = {0};
	struct place *slot;

	if (!view->cache)
		view->cache = calloc(1, sizeof(*view->cache));
	if (!view->cache)
		return fault_nomem(why);
	slot = &view->cache->places[slot_of(dir)];
	if (!slot->asked || strcmp(slot->asked, dir) != 0) {
		if (find_dir(view, dir, &found, why) < 0 ||
			remember_real(view->cache, &found, why) < 0 ||
			remember(view->cache, dir, &found, why) < 0)
			return -1;
	}
	*ret = slot;
	return 0;
}

/* One look-up without following the last name, unless that is "..", "." or nothing. */
static int look_once(struct view *view, const char *path, unsigned *links_n, struct entry *ret,
	char **ret_path, struct fault *why)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	bool is_dir = !*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
	size_t dir_len = is_dir ? strlen(path) : slash ? (size_t)(slash - path) : 0;
	auto_free char *dir = strndup(path, dir_len);
	auto_free char *real = NULL;
	const struct place *place = NULL;

	if (!dir)
		return fault_nomem(why);
	if (dir_place(view, dir, &place, why) < 0)
		return -1;
	*links_n += place->links_n;
	if (place->where == WHERE_NOWHERE || *links_n > LIMIT_LINKS_N)
		return 0;
	real = is_dir ? strdup(place->real) : join(place->real, name, strlen(name));
	if (!real)
		return fault_nomem(why);
	if (place->where == WHERE_DIR && look(view, real, ret, why) < 0)
		return -1;
	*ret_path = steal(&real);
	return 0;
}

/* The path that a link at the canonical path `real` leads to; NULL: no memory. */
static char *link_path(const char *real, const char *link)
{
	auto_free char *dir = NULL;

	if (*link == '/')
		return strdup(link);
	dir = text_parent(real);
	return dir ? join(dir, link, strlen(link)) : NULL;
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
	for (;;) {
		auto_free char *real = NULL;
		auto_entry entry = ENTRY_INIT;

		if (!next)
			return fault_nomem(why);
		if (strlen(next) >= LIMIT_PATH_LEN)
			return 0;
		if (look_once(view, next, &links_n, &entry, &real, why) < 0)
			return -1;
		if (!real)
			return 0;
		if (entry.kind != ENTRY_SYMLINK || follow == VIEW_NOFOLLOW) {
			*ret = entry;
			entry.link = NULL;
			*ret_path = steal(&real);
			return 0;
		}
		if (++links_n > LIMIT_LINKS_N)
			return 0;
		free(next);
		next = link_path(real, entry.link);
	}
}
