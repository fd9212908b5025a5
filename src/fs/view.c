/* SPDX-License-Identifier: Apache-2.0 */
#include "src/fs/view.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"

#define SLOTS 64 /* a directory replaces another one with the same hash */

struct directory {
	char *asked; /* its path as it was asked for; NULL: this slot is empty */
	char *real; /* canonical */
	bool is_missing; /* it would be created there */
	unsigned links_n; /* number of symbolic links followed */
};

struct view_cache {
	struct directory slots[SLOTS];
	struct names passed; /* canonical paths of the links and missing names on the way to a
				cached directory */
};

static void forget(struct view *view)
{
	for (size_t i = 0; view->cache && i < SLOTS; i++) {
		free(view->cache->slots[i].asked);
		free(view->cache->slots[i].real);
	}
	if (view->cache)
		names_free(&view->cache->passed);
	free(steal(&view->cache));
}

void view_free(struct view *view)
{
	forget(view);
	names_free(&view->passed_over);
	*view = (struct view){0};
}

/* ---- looking --------------------------------------------------------------------------------- */

static const struct edit *planned(const struct view *view, const char *path)
{
	return view->plan ? plan_find(view->plan, path) : NULL;
}

int view_skip(const struct fault *seen, struct fault *why)
{
	if (seen->kind != FAULT_SYSTEM || seen->sys == EACCES || seen->sys == EPERM)
		return 0;
	*why = *seen;
	return -1;
}

/*
 * Looking at the canonical path failed with `why`: record that in view->unread or
 * view->passed_over, if it belongs there.  Always returns -1.
 */
static int failed(struct view *view, const char *path, const struct fault *why)
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

/* What the tree has at that canonical path, ignoring any edit planned for the path itself. */
static int look_unplanned(struct view *view, const char *path, struct entry *ret, struct fault *why)
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
	return view->tree->ops->entry(view->tree, path, ret, why) < 0 ? failed(view, path, why) : 0;
}

/* What is at a canonical path, with the plan applied. */
static int look(struct view *view, const char *path, struct entry *ret, struct fault *why)
{
	const struct edit *edit = planned(view, path);

	if (!edit)
		return look_unplanned(view, path, ret, why);
	*ret = (struct entry){.kind = edit->kind,
		.mode = edit->mode,
		.uid = edit->uid,
		.gid = edit->gid,
		.size = (int64_t)(edit->link ? strlen(edit->link) : edit->len),
		.link = edit->link ? strdup(edit->link) : NULL};
	return edit->link && !ret->link ? fault_nomem(why) : 0;
}

static struct directory *slot_of(struct view_cache *cache, const char *asked)
{
	size_t value = 5381;

	for (; *asked; asked++)
		value = value * 33 + (uint8_t)*asked;
	return &cache->slots[value % SLOTS];
}

/* "dir/name", or "/name" if dir is the root; NULL: out of memory. */
static char *join(const char *dir, const char *name, size_t len)
{
	char *path;

	return asprintf(&path, "%s/%.*s", dir[1] ? dir : "", (int)len, name) < 0 ? NULL : path;
}

/* A path that is being resolved. */
struct walk {
	char *left; /* from `at` on, what is still to be resolved */
	size_t at;
	char *real; /* canonical: how far it got */
	bool is_missing; /* nothing is there */
	unsigned links_n;
	char *asked; /* the directory to add to the cache once it is reached, or NULL */
	unsigned asked_links_n; /* links_n before it */
};

static void walk_free(struct walk *walk)
{
	free(walk->left);
	free(walk->real);
	free(walk->asked);
}
CLEANUP_VALUE(walk, walk_free)

/* Go to the directory that `left` begins with, if the cache has it. */
static int enter(struct view *view, struct walk *walk, struct fault *why)
{
	const char *slash = strrchr(walk->left, '/');
	size_t len = slash ? (size_t)(slash - walk->left) : 0;
	const struct directory *slot;

	if (len == 0)
		return 0;
	walk->asked_links_n = walk->links_n;
	walk->asked =
		*walk->left == '/' ? strndup(walk->left, len) : join(walk->real, walk->left, len);
	if (!walk->asked)
		return fault_nomem(why);
	slot = slot_of(view->cache, walk->asked);
	if (!slot->asked || strcmp(slot->asked, walk->asked) != 0)
		return 0;
	free(steal(&walk->asked));
	free(walk->real);
	walk->real = strdup(slot->real);
	walk->is_missing = slot->is_missing;
	walk->links_n += slot->links_n;
	walk->at = len + 1;
	return walk->real ? 0 : fault_nomem(why);
}

static int add_to_cache(struct view *view, struct walk *walk, struct fault *why)
{
	struct directory *slot = slot_of(view->cache, walk->asked);
	char *real = strdup(walk->real);

	if (!real)
		return fault_nomem(why);
	free(slot->asked);
	free(slot->real);
	slot->asked = steal(&walk->asked);
	slot->real = real;
	slot->is_missing = walk->is_missing;
	slot->links_n = walk->links_n - walk->asked_links_n;
	return 0;
}

/*
 * Resolve symbolic links, "." and ".." in the tree and in the edits planned so far.  Directories
 * are cached, so that hundreds of lookups in one directory cost one call each.
 */
int view_entry(struct view *view, const char *path, enum view_follow follow, struct entry *ret,
	char **ret_path, struct fault *why)
{
	CLEANUP(walk) struct walk walk = {.left = strdup(path), .real = strdup("/")};
	bool is_begin = true;

	if (!view->cache)
		view->cache = calloc(1, sizeof(*view->cache));
	if (!walk.left || !walk.real || !view->cache)
		return fault_nomem(why);
	*ret = (struct entry)ENTRY_INIT;
	if (ret_path)
		*ret_path = NULL;
	for (size_t len = strlen(walk.left); len > 1 && walk.left[len - 1] == '/'; len--)
		walk.left[len - 1] = 0;
	while (walk.links_n <= LIMIT_LINKS_N && strlen(walk.left) < LIMIT_PATH_LEN) {
		const char *name;
		size_t len;
		auto_free char *next = NULL;
		auto_entry entry = ENTRY_INIT;

		if (is_begin && enter(view, &walk, why) < 0)
			return -1;
		name = walk.left + walk.at;
		len = strcspn(name, "/");
		is_begin = false;
		if (walk.asked && !name[len] && add_to_cache(view, &walk, why) < 0)
			return -1;
		if (!*name) {
			if (!walk.is_missing && look(view, walk.real, ret, why) < 0)
				return -1;
			if (ret_path)
				*ret_path = steal(&walk.real);
			return 0;
		}
		walk.at += len + (name[len] == '/');
		if (len == 0 || (len == 1 && name[0] == '.'))
			continue;
		if (len == 2 && name[0] == '.' && name[1] == '.') {
			char *slash = strrchr(walk.real, '/');

			/* As in the kernel, ".." fails below a directory that does not exist. */
			if (walk.is_missing)
				return 0;
			slash[slash == walk.real] = 0;
			continue;
		}
		next = join(walk.real, name, len);
		if (!next)
			return fault_nomem(why);
		if (!walk.is_missing && look(view, next, &entry, why) < 0)
			return -1;
		is_begin = !name[len];
		if (is_begin && (entry.kind != ENTRY_SYMLINK || follow == VIEW_NOFOLLOW)) {
			*ret = entry;
			entry.link = NULL;
			if (ret_path)
				*ret_path = steal(&next);
			return 0;
		}
		if (!is_begin && !walk.is_missing && entry.kind != ENTRY_DIR &&
			names_add(&view->cache->passed, next, why) < 0)
			return -1;
		if (entry.kind == ENTRY_SYMLINK && *entry.link) {
			char *longer;

			if (asprintf(&longer, "%s%s", entry.link, name + len) < 0)
				return fault_nomem(why);
			free(walk.left);
			walk.left = longer;
			walk.at = 0;
			walk.links_n++;
			if (*longer == '/')
				walk.real[1] = 0;
			continue;
		}
		if (entry.kind != ENTRY_DIR && entry.kind != ENTRY_NONE)
			return 0;
		walk.is_missing = entry.kind == ENTRY_NONE;
		free(walk.real);
		walk.real = steal(&next);
	}
	return 0;
}

bool view_is(struct view *view, const char *path, enum entry_kind kind)
{
	struct fault why = FAULT_INIT;
	auto_entry entry = ENTRY_INIT;

	return view_entry(view, path, VIEW_FOLLOW, &entry, NULL, &why) == 0 && entry.kind == kind;
}

int view_read(
	struct view *view, const char *path, struct buf *ret, bool *ret_found, struct fault *why)
{
	auto_entry entry = ENTRY_INIT;
	auto_free char *real = NULL;
	const struct edit *edit;

	if (view_entry(view, path, VIEW_FOLLOW, &entry, &real, why) < 0)
		return -1;
	*ret_found = entry.kind == ENTRY_FILE;
	if (entry.kind == ENTRY_NONE)
		return 0;
	if (entry.kind != ENTRY_FILE)
		return fault_set(why, FAULT_FORMAT, "'%s' is not a file", path);
	edit = planned(view, real);
	if (edit)
		buf_add(ret, edit->bytes, edit->len);
	else if (view->tree->ops->read(view->tree, real, ret, why) < 0)
		return failed(view, real, why);
	return buf_check(ret, path, why);
}

int view_list(struct view *view, const char *path, struct names *ret, struct fault *why)
{
	auto_names there = NAMES_INIT, gone = NAMES_INIT, names = NAMES_INIT;
	auto_entry entry = ENTRY_INIT;
	auto_free char *real = NULL;
	size_t len;

	if (view_entry(view, path, VIEW_FOLLOW, &entry, &real, why) < 0)
		return -1;
	if (entry.kind == ENTRY_NONE)
		return 0;
	if (entry.kind != ENTRY_DIR)
		return fault_set(why, FAULT_FORMAT, "'%s' is not a directory", path);
	if (!planned(view, real) && view->tree->ops->list(view->tree, real, &there, why) < 0)
		return failed(view, real, why);
	names_sort(&there);
	len = real[1] ? strlen(real) : 0;
	for (size_t i = 0; view->plan && i < view->plan->n; i++) {
		const struct edit *edit = view->plan->at[i];
		const char *name = edit->path + len + 1;

		if (strncmp(edit->path, real, len) != 0 || edit->path[len] != '/' ||
			strchr(name, '/'))
			continue;
		if (edit->kind == ENTRY_NONE              ? names_add(&gone, name, why) < 0
			: names_sorted_hold(&there, name) ? false
							  : names_add(&names, name, why) < 0)
			return -1;
	}
	names_sort(&gone);
	for (size_t i = 0; i < there.n; i++)
		if (!names_sorted_hold(&gone, there.at[i]) &&
			names_add(&names, there.at[i], why) < 0)
			return -1;
	names_sort(&names);
	return names_add_all(ret, &names, why);
}

/* ---- planning -------------------------------------------------------------------------------- */

/*
 * Add the edit to the plan, with what is there now; or, if the tree without the plan already is
 * what the edit would make it, drop any earlier edit.  Takes the edit.
 */
static int settle(struct view *view, struct edit *edit, struct fault *why)
{
	auto_buf bytes = buf_make(edit->len);
	auto_entry entry = ENTRY_INIT;
	bool has;

	if (look_unplanned(view, edit->path, &entry, why) < 0)
		return -1;
	edit->old_size = entry.size;
	edit->old_changed = entry.changed;
	has = entry.kind == edit->kind &&
	      (entry.kind != ENTRY_SYMLINK || strcmp(entry.link, edit->link) == 0) &&
	      (entry.kind != ENTRY_FILE || entry.size == (int64_t)edit->len);
	if (has && entry.kind == ENTRY_FILE) {
		if (view->tree->ops->read(view->tree, edit->path, &bytes, why) < 0)
			return -1;
		has = bytes.len == edit->len &&
		      (!bytes.len || memcmp(bytes.bytes, edit->bytes, bytes.len) == 0);
	}
	if (view->cache && names_holds(&view->cache->passed, edit->path))
		forget(view);
	if (!has)
		return plan_take(view->plan, edit, why);
	plan_drop(view->plan, edit->path);
	return 0;
}

/* Complete the edit of `path`: the canonical path, mode and owner of an old file, and the missing
 * directories above it.  Takes the edit. */
static int put(struct view *view, const char *path, struct edit *edit, struct fault *why)
{
	auto_entry old = ENTRY_INIT;
	auto_free char *parent = NULL;

	assert(view->plan);
	if (view_entry(view, path, edit->kind == ENTRY_FILE ? VIEW_FOLLOW : VIEW_NOFOLLOW, &old,
		    &edit->path, why) < 0)
		return -1;
	if (old.kind == edit->kind && (old.kind == ENTRY_NONE || old.kind == ENTRY_DIR))
		return 0;
	if (!edit->path)
		return fault_set(why, FAULT_FORMAT,
			"'%s' cannot be created: a parent is not a directory or is part of a loop "
			"of symbolic links",
			path);
	if (old.kind == ENTRY_OTHER)
		return fault_set(why, FAULT_FORMAT, "'%s' is a device, a pipe or a socket", path);
	if (old.kind == ENTRY_DIR)
		return fault_set(why, FAULT_FORMAT, "'%s' is a directory", path);
	if (edit->kind == ENTRY_FILE && old.kind == ENTRY_FILE) {
		edit->mode = old.mode & 0777; /* set-user-ID was for the old contents */
		edit->uid = old.uid;
		edit->gid = old.gid;
	}
	if (old.kind == ENTRY_NONE) {
		auto_edit dir = {.kind = ENTRY_DIR, .mode = 0755};

		parent = text_parent(edit->path);
		if (!parent)
			return fault_nomem(why);
		if (put(view, parent, &dir, why) < 0)
			return -1;
	}
	return settle(view, edit, why);
}

int view_put_file(struct view *view, const char *path, const void *bytes, size_t len, mode_t mode,
	struct fault *why)
{
	auto_buf copy = buf_make(len);

	buf_add(&copy, bytes, len);
	return view_give_file(view, path, &copy, mode, why);
}

int view_give_file(
	struct view *view, const char *path, struct buf *bytes, mode_t mode, struct fault *why)
{
	auto_edit edit = {.kind = ENTRY_FILE, .mode = mode};
	auto_buf given = *bytes;

	*bytes = buf_make(given.max);
	if (buf_check(&given, path, why) < 0)
		return -1;
	edit.bytes = buf_take(&given, &edit.len);
	return edit.bytes ? put(view, path, &edit, why) : fault_nomem(why);
}

int view_put_link(struct view *view, const char *path, const char *target, struct fault *why)
{
	auto_edit edit = {.kind = ENTRY_SYMLINK, .mode = 0777};

	edit.link = strdup(target);
	return edit.link ? put(view, path, &edit, why) : fault_nomem(why);
}

int view_remove(struct view *view, const char *path, struct fault *why)
{
	auto_edit edit = {.kind = ENTRY_NONE};

	return put(view, path, &edit, why);
}
