/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/system/hashdir.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/pem.h"
#include "src/x509/pem_quirks.h"
#include "stores/bundle.h"

void hashdir_free(struct hashdir *dir)
{
	for (size_t i = 0; i < dir->n; i++) {
		free(dir->at[i].name);
		free(dir->at[i].was_link);
		free(dir->at[i].link);
		cert_free(dir->at[i].cert);
	}
	free(dir->at);
	free(dir->path);
	*dir = (struct hashdir)HASHDIR_INIT;
}

/* The index of `name`, or the index where it would be inserted. */
static size_t place_of(const struct hashdir *dir, const char *name)
{
	size_t low = 0;
	size_t high = dir->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(dir->at[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct hashdir_name *hashdir_find(const struct hashdir *dir, const char *name)
{
	size_t i = place_of(dir, name);

	return i < dir->n && strcmp(dir->at[i].name, name) == 0 ? &dir->at[i] : NULL;
}

static int insert_at(struct hashdir *dir, size_t i, const char *name, struct fault *why)
{
	auto_free char *copy = strdup(name);

	if (!copy)
		return fault_nomem(why);
	if (dir->n == dir->room) {
		size_t room = dir->room ? dir->room * 2 : 512;
		struct hashdir_name *at = realloc(dir->at, room * sizeof(*at));

		if (!at)
			return fault_nomem(why);
		dir->at = at;
		dir->room = room;
	}
	memmove(&dir->at[i + 1], &dir->at[i], (dir->n - i) * sizeof(*dir->at));
	dir->at[i] = (struct hashdir_name){.name = steal(&copy)};
	dir->n++;
	return 0;
}

int hashdir_read(struct view *view, const char *path, struct hashdir *ret, struct fault *why)
{
	auto_hashdir dir = {.path = strdup(path)};
	auto_names names = NAMES_INIT;

	if (!dir.path)
		return fault_nomem(why);
	if (view_list(view, path, &names, why) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		char full[LIMIT_PATH_LEN];
		auto_entry entry = ENTRY_INIT;
		struct hashdir_name *it;

		if (snprintf(full, sizeof(full), "%s/%s", path, names.at[i]) >= (int)sizeof(full))
			continue;
		if (view_entry(view, full, VIEW_NOFOLLOW, &entry, NULL, why) < 0 ||
			insert_at(&dir, dir.n, names.at[i], why) < 0)
			return -1;
		it = &dir.at[dir.n - 1];
		it->was = it->kind = entry.kind;
		it->was_link = steal(&entry.link);
		if (it->was_link && !(it->link = strdup(it->was_link)))
			return fault_nomem(why);
	}
	*ret = dir;
	dir = (struct hashdir)HASHDIR_INIT;
	return 0;
}

int hashdir_link(struct hashdir *dir, const char *name, const char *target, struct fault *why)
{
	size_t i = place_of(dir, name);
	auto_free char *link = strdup(target);

	if (!link)
		return fault_nomem(why);
	if ((i == dir->n || strcmp(dir->at[i].name, name) != 0) && insert_at(dir, i, name, why) < 0)
		return -1;
	free(dir->at[i].link);
	dir->at[i].link = steal(&link);
	dir->at[i].kind = ENTRY_SYMLINK;
	dir->at[i].looked = false;
	cert_free(steal(&dir->at[i].cert));
	return 0;
}

/* The path of a link's target, or of the entry itself; false: too long for any file. */
static bool target_of(
	const struct hashdir *dir, const struct hashdir_name *it, char ret[static LIMIT_PATH_LEN])
{
	const char *name = it->kind == ENTRY_SYMLINK ? it->link : it->name;
	bool is_absolute = name[0] == '/';

	return snprintf(ret, LIMIT_PATH_LEN, "%s%s%s", is_absolute ? "" : dir->path,
		       is_absolute ? "" : "/", name) < (int)LIMIT_PATH_LEN;
}

bool hashdir_is_alive(struct view *view, const struct hashdir *dir, const struct hashdir_name *it)
{
	char path[LIMIT_PATH_LEN];
	auto_entry entry = ENTRY_INIT;
	struct fault ignored = FAULT_INIT;

	/* Inside the directory, follow the links as planned. */
	for (unsigned hops = 0; it && it->kind == ENTRY_SYMLINK && !strchr(it->link, '/'); hops++)
		it = hops < LIMIT_LINKS_N ? hashdir_find(dir, it->link) : NULL;
	if (!it || it->kind != ENTRY_SYMLINK)
		return it && it->kind != ENTRY_NONE;
	return target_of(dir, it, path) &&
	       (view_entry(view, path, VIEW_FOLLOW, &entry, NULL, &ignored) < 0 ||
		       entry.kind != ENTRY_NONE);
}

void hashdir_drop_dead(struct view *view, struct hashdir *dir)
{
	for (size_t i = 0; i < dir->n; i++)
		if (!hashdir_is_alive(view, dir, &dir->at[i]))
			dir->at[i].kind = ENTRY_NONE;
}

static bool is_as_found(const struct hashdir_name *it)
{
	return it->kind == it->was &&
	       (it->kind != ENTRY_SYMLINK || strcmp(it->link, it->was_link) == 0);
}

bool hashdir_is_changed(const struct hashdir *dir)
{
	for (size_t i = 0; i < dir->n; i++)
		if (!is_as_found(&dir->at[i]))
			return true;
	return false;
}

int hashdir_plan(struct view *view, const struct hashdir *dir, const char *whose, struct fault *why)
{
	char path[LIMIT_PATH_LEN];

	for (size_t i = 0; i < dir->n; i++) {
		const struct hashdir_name *it = &dir->at[i];

		if (is_as_found(it))
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", dir->path, it->name) >= (int)sizeof(path))
			return fault_set(why, FAULT_LIMIT, "path too long in '%s'", dir->path);
		if ((it->kind == ENTRY_SYMLINK ? view_put_link(view, path, it->link, whose, why)
					       : view_remove(view, path, whose, why)) < 0)
			return -1;
	}
	return 0;
}

int hashdir_drop_dead_below(struct view *view, const struct hashdir *above, unsigned depth,
	const char *whose, struct fault *why)
{
	for (size_t i = 0; i < above->n && depth < LIMIT_LINKS_N; i++) {
		auto_hashdir dir = HASHDIR_INIT;
		char path[LIMIT_PATH_LEN];

		if (above->at[i].kind != ENTRY_DIR ||
			snprintf(path, sizeof(path), "%s/%s", above->path, above->at[i].name) >=
				(int)sizeof(path))
			continue;
		if (hashdir_read(view, path, &dir, why) < 0)
			return -1;
		hashdir_drop_dead(view, &dir);
		if (hashdir_plan(view, &dir, whose, why) < 0 ||
			hashdir_drop_dead_below(view, &dir, depth + 1, whose, why) < 0)
			return -1;
	}
	return 0;
}

bool hashdir_parse_name(const char *name, uint32_t *ret_hash, unsigned *ret_number)
{
	uint64_t number;

	for (size_t i = 0; i < 8; i++)
		if (!isxdigit((unsigned char)name[i]))
			return false;
	if (name[8] != '.' || !text_number(name + 9, UINT16_MAX - 1, &number))
		return false;
	if (ret_hash)
		*ret_hash = (uint32_t)strtoul(name, NULL, 16);
	if (ret_number)
		*ret_number = (unsigned)number;
	return true;
}

int hashdir_cert(struct view *view, const struct hashdir *dir, struct hashdir_name *it,
	struct cert **ret, struct fault *why)
{
	auto_buf bytes = buf_make(LIMIT_PEM_BYTES);
	auto_certs certs = CERTS_INIT;
	struct pem_skipped skipped = {0};
	struct fault seen = FAULT_INIT;
	char path[LIMIT_PATH_LEN];
	bool found = false;

	*ret = it->cert;
	if (it->looked)
		return 0;
	it->looked = true;
	/* The view may not have the link yet, so read its target. */
	if (target_of(dir, it, path) &&
		(view_read(view, path, &bytes, &found, &seen) < 0 ||
			(found && bundle_count(bytes.bytes, bytes.len, 2) == 1 &&
				pem_read(bytes.bytes, bytes.len, path, PEM_LENIENT, &certs,
					&skipped, &seen) < 0)))
		return view_skip(&seen, why);
	if (certs.n == 1 && skipped.damaged == 0 &&
		!(certs.at[0]->hidden_from & PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL)))
		*ret = it->cert = cert_ref(certs.at[0]);
	return 0;
}
