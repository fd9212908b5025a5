/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/system/hashdir.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "src/base/text.h"
#include "stores/bundle.h"

void hashdir_free(struct hashdir *dir)
{
	for (size_t i = 0; i < dir->n; i++) {
		free(dir->at[i].name);
		free(dir->at[i].link);
		cert_free(dir->at[i].cert);
	}
	free(dir->at);
	free(dir->path);
	*dir = (struct hashdir)HASHDIR_INIT;
}

int hashdir_read(struct view *view, const char *path, struct hashdir *ret, struct fault *why)
{
	auto_hashdir dir = {.path = strdup(path)};
	auto_names names = NAMES_INIT;

	if (view_list(view, path, &names, why) < 0)
		return -1;
	dir.at = calloc(names.n + 1, sizeof(*dir.at));
	if (!dir.path || !dir.at)
		return fault_nomem(why);
	for (size_t i = 0; i < names.n; i++) {
		struct hashdir_name *it = &dir.at[dir.n];
		char full[LIMIT_PATH_LEN];
		auto_entry entry = ENTRY_INIT;

		if (snprintf(full, sizeof(full), "%s/%s", path, names.at[i]) >= (int)sizeof(full))
			continue;
		if (view_entry(view, full, VIEW_NOFOLLOW, &entry, NULL, why) < 0)
			return -1;
		it->name = steal(&names.at[i]);
		it->was = it->kind = entry.kind;
		it->link = steal(&entry.link);
		dir.n++;
	}
	*ret = dir;
	dir = (struct hashdir)HASHDIR_INIT;
	return 0;
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

int hashdir_link(struct hashdir *dir, const char *name, const char *target, struct fault *why)
{
	struct hashdir_name *it = hashdir_find(dir, name);
	auto_free char *link = strdup(target), *copy = it ? NULL : strdup(name);

	if (!link || (!it && !copy))
		return fault_nomem(why);
	if (!it) {
		size_t i = place_of(dir, name);
		struct hashdir_name *at = realloc(dir->at, (dir->n + 1) * sizeof(*at));

		if (!at)
			return fault_nomem(why);
		dir->at = at;
		it = &at[i];
		memmove(it + 1, it, (dir->n++ - i) * sizeof(*at));
		*it = (struct hashdir_name){.name = steal(&copy)};
	}
	it->kind = ENTRY_SYMLINK;
	if (it->link && strcmp(it->link, target) == 0)
		return 0;
	free(it->link);
	it->link = steal(&link);
	it->is_relinked = true;
	it->looked = false;
	cert_free(steal(&it->cert));
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

static bool is_as_found(const struct hashdir_name *it)
{
	return it->kind == it->was && (it->kind != ENTRY_SYMLINK || !it->is_relinked);
}

bool hashdir_is_changed(const struct hashdir *dir)
{
	for (size_t i = 0; i < dir->n; i++)
		if (!is_as_found(&dir->at[i]))
			return true;
	return false;
}

int hashdir_plan(struct view *view, const struct hashdir *dir, struct fault *why)
{
	for (size_t i = 0; i < dir->n; i++) {
		const struct hashdir_name *it = &dir->at[i];
		char path[LIMIT_PATH_LEN];

		if (is_as_found(it))
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", dir->path, it->name) >= (int)sizeof(path))
			return fault_set(why, FAULT_LIMIT, "path too long in '%s'", dir->path);
		if ((it->kind == ENTRY_SYMLINK ? view_put_link(view, path, it->link, why)
					       : view_remove(view, path, why)) < 0)
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

bool hashdir_is_used(struct view *view, const char *path)
{
	auto_names names = NAMES_INIT;
	struct fault ignored = FAULT_INIT;
	size_t i = 0;

	if (view_list(view, path, &names, &ignored) < 0)
		return true;
	while (i < names.n && !hashdir_parse_name(names.at[i], NULL, NULL))
		i++;
	return i < names.n;
}

bool hashdir_is_hash_link(const struct hashdir_name *it)
{
	return it->kind == ENTRY_SYMLINK && hashdir_parse_name(it->name, NULL, NULL);
}

int hashdir_cert(struct view *view, const struct hashdir *dir, struct hashdir_name *it,
	struct cert **ret, struct fault *why)
{
	auto_certs certs = CERTS_INIT;
	struct fault seen = FAULT_INIT;
	char path[LIMIT_PATH_LEN];

	*ret = it->cert;
	if (it->looked)
		return 0;
	it->looked = true;
	/* The view may not have the link yet, so read its target. */
	if (target_of(dir, it, path) && bundle_certs(view, path, &certs, &seen) < 0)
		return view_skip(&seen, why);
	if (certs.n == 1 && certs.blocks_n == 1 &&
		!(certs.at[0]->hidden_from & PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL)))
		*ret = it->cert = cert_ref(certs.at[0]);
	return 0;
}

/* ---- numbers --------------------------------------------------------------------------------- */

static const char *link_name(uint32_t hash, unsigned number, char ret[static 32])
{
	snprintf(ret, 32, "%08x.%u", hash, number);
	return ret;
}

static struct hashdir_name *find_number(const struct hashdir *dir, uint32_t hash, unsigned number)
{
	char name[32];
	struct hashdir_name *it = hashdir_find(dir, link_name(hash, number, name));

	return it && it->kind != ENTRY_NONE ? it : NULL;
}

static int too_many(uint32_t hash, struct fault *why)
{
	return fault_set(why, FAULT_LIMIT, "more than %u certificates have the subject hash %08x",
		LIMIT_HASH_LINKS_N, hash);
}

#define NO_NUMBER UINT16_MAX

/* One file of a hash, or an old link's target: an HENTRY of rehash.c. */
struct member {
	uint32_t hash;
	size_t order; /* index in the directory */
	const char *file; /* borrowed from the directory */
	struct cert *cert; /* borrowed; NULL: known only from an old link */
	unsigned number; /* the lowest old link to it, or NO_NUMBER */
};

static int by_hash(const void *a, const void *b)
{
	const struct member *one = a;
	const struct member *other = b;

	if (one->hash != other->hash)
		return one->hash < other->hash ? -1 : 1;
	return one->order < other->order ? -1 : one->order > other->order;
}

/*
 * Keep, drop and assign the numbers of the `n` members of one hash.  As in rehash.c, an old link
 * with a low enough number stays even if no file needs it.  Other unneeded links are dropped before
 * numbers are assigned, so that dropping one cannot remove a new link.
 */
static int number_group(struct hashdir *dir, struct member *at, size_t n, struct fault *why)
{
	bool used[2 * LIMIT_HASH_LINKS_N] = {false};
	size_t kept = 0, needed = 0;
	unsigned next = 0;
	char name[32];

	/* Folding takes quadratic time. */
	if (n > 8 * LIMIT_HASH_LINKS_N)
		return too_many(at->hash, why);
	/* Fold them to one per file and one per certificate; the first name wins. */
	for (size_t i = 0; i < n; i++) {
		struct member *same = NULL, it = at[i];
		bool is_twice = false;

		for (size_t j = 0; j < kept; j++) {
			is_twice |= it.cert && at[j].cert && cert_same(it.cert, at[j].cert);
			if (!same && strcmp(it.file, at[j].file) == 0)
				same = &at[j];
		}
		if (is_twice)
			continue;
		needed += it.cert && !(same && same->cert);
		if (!same)
			at[kept++] = it;
		else if (it.number < same->number)
			same->number = it.number;
		if (same && !same->cert) {
			same->cert = it.cert;
			same->file = it.file; /* a link's target is freed when it gets another */
		}
	}
	if (needed > LIMIT_HASH_LINKS_N)
		return too_many(at->hash, why);
	for (size_t i = 0; i < kept; i++) {
		struct hashdir_name *old = find_number(dir, at->hash, at[i].number);

		if (at[i].number < needed)
			used[at[i].number] = true;
		else if (!at[i].cert && old && old->kind == ENTRY_SYMLINK)
			old->kind = ENTRY_NONE;
	}
	for (size_t i = 0; i < kept; i++) {
		if (at[i].number < needed || !at[i].cert)
			continue;
		while (used[next])
			next++;
		used[next] = true;
		if (hashdir_link(dir, link_name(at->hash, next, name), at[i].file, why) < 0)
			return -1;
	}
	return 0;
}

int hashdir_rehash(struct view *view, struct hashdir *dir, const char *except, struct fault *why)
{
	static const char *const suffixes[] = {".pem", ".crt", ".cer", ".crl"};
	auto_free struct member *members = calloc(dir->n + 1, sizeof(*members));
	size_t members_n = 0, n;

	if (!members)
		return fault_nomem(why);
	for (size_t i = 0; i < dir->n; i++) {
		struct hashdir_name *it = &dir->at[i];
		struct member member = {.order = i, .file = it->name, .number = NO_NUMBER};
		struct fault ignored = FAULT_INIT;
		bool is_taken = false;

		if (hashdir_is_hash_link(it)) {
			hashdir_parse_name(it->name, &member.hash, &member.number);
			member.file = it->link;
			members[members_n++] = member;
			continue;
		}
		for (size_t s = 0; s < sizeof(suffixes) / sizeof(*suffixes); s++)
			is_taken |= text_ends(it->name, suffixes[s]);
		if (!is_taken || (it->kind != ENTRY_SYMLINK && it->kind != ENTRY_FILE) ||
			(except && strcmp(it->name, except) == 0))
			continue;
		if (hashdir_cert(view, dir, it, &member.cert, why) < 0)
			return -1;
		if (member.cert && cert_subject_hash(member.cert, &member.hash, &ignored) == 0)
			members[members_n++] = member;
	}
	qsort(members, members_n, sizeof(*members), by_hash);
	for (size_t i = 0; i < members_n; i += n) {
		for (n = 1; i + n < members_n && members[i + n].hash == members[i].hash; n++)
			;
		if (number_group(dir, &members[i], n, why) < 0)
			return -1;
	}
	return 0;
}

int hashdir_holds(struct view *view, const struct hashdir *dir, struct cert *cert, bool *ret,
	struct fault *why)
{
	struct hashdir_name *it;
	struct cert *there;
	bool is_it = false;
	uint32_t hash;

	if (cert_subject_hash(cert, &hash, why) < 0)
		return -1;
	for (unsigned number = 0; !is_it && (it = find_number(dir, hash, number)); number++) {
		if (hashdir_cert(view, dir, it, &there, why) < 0)
			return -1;
		is_it = there && cert_same(there, cert);
	}
	*ret = is_it;
	return 0;
}

int hashdir_give(
	struct hashdir *dir, struct cert *cert, const char *file, bool with_old, struct fault *why)
{
	uint32_t hashes[] = {0, cert_subject_hash_old(cert)};

	if (cert_subject_hash(cert, &hashes[0], why) < 0)
		return -1;
	for (size_t i = 0; i < 1U + with_old; i++) {
		unsigned number = 0;
		char name[32];

		while (number < LIMIT_HASH_LINKS_N && find_number(dir, hashes[i], number))
			number++;
		if (number == LIMIT_HASH_LINKS_N)
			return too_many(hashes[i], why);
		if (hashdir_link(dir, link_name(hashes[i], number, name), file, why) < 0)
			return -1;
	}
	return 0;
}

int hashdir_take(struct hashdir *dir, const char *file, struct fault *why)
{
	for (size_t i = 0; i < dir->n;) {
		struct hashdir_name *it = &dir->at[i], *last = it, *next;
		unsigned number;
		uint32_t hash;

		if (!hashdir_is_hash_link(it) || strcmp(it->link, file) != 0) {
			i++;
			continue;
		}
		hashdir_parse_name(it->name, &hash, &number);
		while ((next = find_number(dir, hash, ++number)) && next->kind == ENTRY_SYMLINK)
			last = next;
		last->kind = ENTRY_NONE;
		if (last != it && hashdir_link(dir, it->name, last->link, why) < 0)
			return -1;
	}
	return 0;
}
