/* SPDX-License-Identifier: Apache-2.0 */
#include "src/fs/view.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/fs/resolve.h"

void view_free(struct view *view)
{
	resolve_forget(view);
	names_free(&view->passed_over);
	*view = (struct view){0};
}

int view_entry(struct view *view, const char *path, enum view_follow follow, struct entry *ret,
	char **ret_path, struct fault *why)
{
	auto_entry entry = ENTRY_INIT;
	auto_free char *real = NULL;

	if (resolve(view, path, follow, &entry, &real, why) < 0)
		return -1;
	*ret = entry;
	entry.link = NULL;
	if (ret_path)
		*ret_path = steal(&real);
	return 0;
}

static bool is_kind(struct view *view, const char *path, enum entry_kind kind)
{
	struct fault why = FAULT_INIT;
	auto_entry entry = ENTRY_INIT;

	return view_entry(view, path, VIEW_FOLLOW, &entry, NULL, &why) == 0 && entry.kind == kind;
}

bool view_is_file(struct view *view, const char *path)
{
	return is_kind(view, path, ENTRY_FILE);
}

bool view_is_dir(struct view *view, const char *path)
{
	return is_kind(view, path, ENTRY_DIR);
}

static const struct edit *planned(const struct view *view, const char *path)
{
	return view->plan ? plan_find(view->plan, path) : NULL;
}

int view_read(
	struct view *view, const char *path, struct buf *ret, bool *ret_found, struct fault *why)
{
	auto_entry entry = ENTRY_INIT;
	auto_free char *real = NULL;
	const struct edit *edit;

	if (view_entry(view, path, VIEW_FOLLOW, &entry, &real, why) < 0)
		return -1;
	if (entry.kind != ENTRY_FILE && entry.kind != ENTRY_NONE)
		return fault_set(why, FAULT_FORMAT, "'%s' is not a file", path);
	if (entry.kind == ENTRY_FILE) {
		edit = planned(view, real);
		if (edit)
			buf_add(ret, edit->bytes, edit->len);
		else if (view->tree->ops->read(view->tree, real, ret, why) < 0)
			return resolve_failed(view, real, why);
		if (buf_check(ret, path, why) < 0)
			return -1;
	}
	*ret_found = entry.kind == ENTRY_FILE;
	return 0;
}

int view_skip(const struct fault *seen, struct fault *why)
{
	if (seen->kind != FAULT_SYSTEM || seen->sys == EACCES || seen->sys == EPERM)
		return 0;
	*why = *seen;
	return -1;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int view_list(struct view *view, const char *path, struct names *ret, struct fault *why)
{
	auto_names there = NAMES_INIT;
	auto_names names = NAMES_INIT;
	const struct names *all = view->plan && view->plan->n ? &names : &there;
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
		return resolve_failed(view, real, why);
	names_sort(&there);
	len = real[1] ? strlen(real) : 0;
	for (size_t i = 0; all == &names && i < there.n; i++) {
		auto_buf below = buf_make(2 * LIMIT_PATH_LEN);
		const struct edit *edit;

		buf_printf(&below, "%.*s/%s", (int)len, real, there.at[i]);
		if (buf_check(&below, "a path", why) < 0)
			return -1;
		edit = planned(view, buf_text(&below));
		if (!(edit && edit->kind == ENTRY_NONE) && names_add(&names, there.at[i], why) < 0)
			return -1;
	}
	for (size_t i = 0; view->plan && i < view->plan->n; i++) {
		const struct edit *edit = view->plan->at[i];
		const char *name;

		if (edit->kind == ENTRY_NONE || strncmp(edit->path, real, len) != 0 ||
			edit->path[len] != '/')
			continue;
		name = edit->path + len + 1;
		if (strchr(name, '/') ||
			(there.n && bsearch(&name, there.at, there.n, sizeof(*there.at), by_name)))
			continue;
		if (names_add(&names, name, why) < 0)
			return -1;
	}
	names_sort(&names);
	for (size_t i = 0; i < all->n; i++)
		if (names_add(ret, all->at[i], why) < 0)
			return -1;
	return 0;
}

/*
 * Add the edit to the plan, with what is there now; or, if the tree without the plan already is
 * what the edit would make it, drop any earlier edit.  Takes the edit.
 */
static int settle(struct view *view, struct edit *edit, struct fault *why)
{
	auto_buf bytes = buf_make(edit->len);
	auto_entry entry = ENTRY_INIT;
	bool has;

	assert(view->plan);
	if (resolve_unplanned(view, edit->path, &entry, why) < 0)
		return -1;
	edit->old_size = entry.size;
	edit->old_changed = entry.changed;
	has = entry.kind == edit->kind;
	if (has && entry.kind == ENTRY_SYMLINK)
		has = strcmp(entry.link, edit->link) == 0;
	if (has && entry.kind == ENTRY_FILE) {
		has = entry.size == (int64_t)edit->len;
		if (has && view->tree->ops->read(view->tree, edit->path, &bytes, why) < 0)
			return -1;
		has = has && bytes.len == edit->len &&
		      (!bytes.len || memcmp(bytes.bytes, edit->bytes, bytes.len) == 0);
	}
	resolve_touch(view, edit->path);
	if (!has)
		return plan_take(view->plan, edit, why);
	plan_drop(view->plan, edit->path);
	return 0;
}

/* Plan the missing directories above `path`, which is canonical, topmost first. */
static int plan_parents(struct view *view, const char *path, const char *whose, struct fault *why)
{
	const char *slash = strrchr(path, '/');
	auto_edit edit = {.kind = ENTRY_DIR, .mode = 0755, .whose = whose};
	auto_entry entry = ENTRY_INIT;

	if (slash == path)
		return 0;
	edit.path = strndup(path, (size_t)(slash - path));
	if (!edit.path)
		return fault_nomem(why);
	if (view_entry(view, edit.path, VIEW_NOFOLLOW, &entry, NULL, why) < 0)
		return -1;
	if (entry.kind == ENTRY_DIR)
		return 0;
	return plan_parents(view, edit.path, whose, why) < 0 ? -1 : settle(view, &edit, why);
}

/* Find where `path` is to be created and what is there now, and plan its parents. */
static int prepare(struct view *view, const char *path, enum view_follow follow, struct edit *edit,
	struct entry *ret, struct fault *why)
{
	auto_entry entry = ENTRY_INIT;

	if (view_entry(view, path, follow, &entry, &edit->path, why) < 0)
		return -1;
	if (!edit->path)
		return fault_set(why, FAULT_FORMAT,
			"'%s' cannot be made: a parent is not a directory or its links form a loop",
			path);
	if (entry.kind == ENTRY_OTHER)
		return fault_set(why, FAULT_FORMAT,
			"'%s' is a device, a pipe or a socket and is left alone", path);
	if (entry.kind == ENTRY_DIR)
		return fault_set(why, FAULT_FORMAT, "'%s' is a directory", path);
	if (entry.kind == ENTRY_NONE && plan_parents(view, edit->path, edit->whose, why) < 0)
		return -1;
	*ret = entry;
	entry.link = NULL;
	return 0;
}

int view_put_file(struct view *view, const char *path, const void *bytes, size_t len, mode_t mode,
	const char *whose, struct fault *why)
{
	auto_buf copy = buf_make(len);

	buf_add(&copy, bytes, len);
	return view_give_file(view, path, &copy, mode, whose, why);
}

int view_give_file(struct view *view, const char *path, struct buf *bytes, mode_t mode,
	const char *whose, struct fault *why)
{
	auto_edit edit = {.kind = ENTRY_FILE, .mode = mode, .whose = whose};
	auto_buf given = *bytes;
	auto_entry old = ENTRY_INIT;

	*bytes = buf_make(given.max);
	if (buf_check(&given, path, why) < 0 ||
		prepare(view, path, VIEW_FOLLOW, &edit, &old, why) < 0)
		return -1;
	edit.bytes = buf_take(&given, &edit.len);
	if (!edit.bytes)
		return fault_nomem(why);
	if (old.kind == ENTRY_FILE) {
		edit.mode = old.mode & 0777; /* set-user-ID was for the old contents */
		edit.uid = old.uid;
		edit.gid = old.gid;
	}
	return settle(view, &edit, why);
}

int view_put_link(struct view *view, const char *path, const char *target, const char *whose,
	struct fault *why)
{
	auto_edit edit = {.kind = ENTRY_SYMLINK, .mode = 0777, .whose = whose};
	auto_entry old = ENTRY_INIT;

	if (prepare(view, path, VIEW_NOFOLLOW, &edit, &old, why) < 0)
		return -1;
	edit.link = strdup(target);
	if (!edit.link)
		return fault_nomem(why);
	return settle(view, &edit, why);
}

int view_remove(struct view *view, const char *path, const char *whose, struct fault *why)
{
	auto_edit edit = {.kind = ENTRY_NONE, .whose = whose};
	auto_entry old = ENTRY_INIT;

	if (view_entry(view, path, VIEW_NOFOLLOW, &old, NULL, why) < 0)
		return -1;
	if (old.kind == ENTRY_NONE)
		return 0;
	entry_free(&old);
	if (prepare(view, path, VIEW_NOFOLLOW, &edit, &old, why) < 0)
		return -1;
	return settle(view, &edit, why);
}
