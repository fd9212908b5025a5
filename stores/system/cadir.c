/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/system/cadir.h"

#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "stores/system/hashdir.h"

int cadir_in_use(struct view *view, const char *path, bool *ret, struct fault *why)
{
	auto_names names = NAMES_INIT;

	*ret = false;
	if (!path || !view_is_dir(view, path))
		return 0;
	if (view_list(view, path, &names, why) < 0)
		return -1;
	for (size_t i = 0; i < names.n && !*ret; i++)
		*ret = hashdir_is_hash_name(names.at[i]);
	return 0;
}

static bool is_plain(char c)
{
	return (text_lower(c) >= 'a' && text_lower(c) <= 'z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == '-';
}

/* The name `trust extract` makes of a label: letters, digits, '.', '_' and '-'; the n-th gets ".n".
 */
static int free_name(const struct link_farm *dir, const char *label,
	char ret[static LIMIT_PATH_LEN], struct fault *why)
{
	auto_free char *base = strdup(*label ? label : CADIR_NO_LABEL);

	if (!base)
		return fault_nomem(why);
	for (char *c = base; *c; c++)
		*c = is_plain(*c) ? *c : '_';
	snprintf(ret, LIMIT_PATH_LEN, "%s.pem", base);
	for (unsigned n = 1; link_farm_find(dir, ret); n++) {
		if (n > LIMIT_HASH_LINKS_N)
			return fault_set(why, FAULT_LIMIT,
				"more than %u files are named '%s' in '%s'", LIMIT_HASH_LINKS_N,
				base, dir->path);
		snprintf(ret, LIMIT_PATH_LEN, "%s.%u.pem", base, n);
	}
	return 0;
}

int cadir_add(struct view *view, const char *path, struct cert *cert, const char *label,
	struct buf *text, const char *whose, struct fault *why)
{
	auto_link_farm dir = LINK_FARM_INIT;
	char name[LIMIT_PATH_LEN];
	char file[LIMIT_PATH_LEN];
	bool found;

	if (hashdir_finds(view, path, cert, &found, why) < 0)
		return -1;
	if (found)
		return 0;
	if (link_farm_read(view, path, &dir, why) < 0 || free_name(&dir, label, name, why) < 0)
		return -1;
	if (snprintf(file, sizeof(file), "%s/%s", path, name) >= (int)sizeof(file))
		return fault_set(why, FAULT_LIMIT, "path too long in '%s'", path);
	if (view_give_file(view, file, text, 0444, whose, why) < 0 ||
		hashdir_give(&dir, cert, name, why) < 0)
		return -1;
	return link_farm_plan(view, &dir, whose, why);
}

int cadir_drop(struct view *view, const char *path, const uint8_t sha256[static DIGEST_SHA256_LEN],
	const char *whose, struct fault *why)
{
	auto_link_farm dir = LINK_FARM_INIT;

	if (link_farm_read(view, path, &dir, why) < 0)
		return -1;
	for (size_t i = 0; i < dir.n; i++) {
		struct link_farm_name *it = &dir.at[i];
		const struct cert *cert =
			it->kind == ENTRY_FILE ? hashdir_cert(view, &dir, it) : NULL;

		if (!cert || memcmp(cert_sha256(cert), sha256, DIGEST_SHA256_LEN) != 0)
			continue;
		link_farm_drop(it);
		if (hashdir_drop_links(&dir, it->name, why) < 0)
			return -1;
	}
	return link_farm_plan(view, &dir, whose, why);
}

/* Does this link lead into the directory `from`?  Then the part before the name, with its slash. */
static size_t prefix_len(const char *from, const struct link_farm_name *it)
{
	const char *slash = it->kind == ENTRY_SYMLINK ? strrchr(it->link, '/') : NULL;
	size_t len = slash ? (size_t)(slash - it->link) : 0;
	const char *last = strrchr(from, '/');
	size_t last_len = strlen(last);

	return len >= last_len && memcmp(slash - last_len, last, last_len) == 0 ? len + 1 : 0;
}

/* What the links of `to` look like. */
struct mirror {
	const char *from; /* the path */
	const char *prefix; /* of their targets, with its slash */
	bool is_straight; /* to the files themselves */
};

/* Make the name lead to what it is in `from`, unless something else stands there. */
static int mirror_name(const struct mirror *mirror, const struct link_farm_name *it,
	struct link_farm *to, struct fault *why)
{
	const struct link_farm_name *there = link_farm_find(to, it->name);
	bool is_link = it->kind == ENTRY_SYMLINK && !strchr(it->link, '/') &&
		       hashdir_is_hash_name(it->name);
	char target[LIMIT_PATH_LEN];

	if ((mirror->is_straight && !is_link) ||
		(there && there->kind != ENTRY_NONE && !prefix_len(mirror->from, there)))
		return 0;
	if (snprintf(target, sizeof(target), "%s%s", mirror->prefix,
		    mirror->is_straight ? it->link : it->name) >= (int)sizeof(target))
		return fault_set(why, FAULT_LIMIT, "path too long in '%s'", to->path);
	return link_farm_set(to, it->name, target, why);
}

int cadir_mirror(struct view *view, const char *from_path, const char *to_path, bool begin,
	const char *whose, struct fault *why)
{
	auto_link_farm from = LINK_FARM_INIT;
	auto_link_farm to = LINK_FARM_INIT;
	auto_free char *prefix = NULL;
	struct mirror mirror = {.from = from_path};

	if (!from_path || !to_path)
		return 0;
	if (link_farm_read(view, from_path, &from, why) < 0 ||
		link_farm_read(view, to_path, &to, why) < 0)
		return -1;
	for (size_t i = 0; i < to.n; i++) {
		size_t len = prefix_len(from_path, &to.at[i]);

		if (!len)
			continue;
		if (!prefix && !(prefix = strndup(to.at[i].link, len)))
			return fault_nomem(why);
		if (strcmp(to.at[i].link + len, to.at[i].name) != 0)
			mirror.is_straight = true;
		if (!link_farm_find(&from, to.at[i].name))
			link_farm_drop(&to.at[i]);
	}
	if (begin && !prefix) {
		if (text_set(&prefix, why, "%s/", from_path) < 0)
			return -1;
		mirror.is_straight = true;
	}
	mirror.prefix = prefix;
	for (size_t i = 0; prefix && i < from.n; i++)
		if (mirror_name(&mirror, &from.at[i], &to, why) < 0)
			return -1;
	return link_farm_plan(view, &to, whose, why);
}
