/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "stores/system/hashdir.h"

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

/* ---- as rehash.c does it --------------------------------------------------------------------- */

#define NO_NUMBER UINT16_MAX

/* One file of a hash, or an old link's target: an HENTRY of rehash.c. */
struct member {
	uint32_t hash;
	size_t order; /* index in the directory */
	char *file;
	struct cert *cert; /* borrowed; NULL: known only from an old link */
	unsigned number; /* the lowest old link to it, or NO_NUMBER */
};

struct members {
	struct member *at;
	size_t n;
};

static void members_free(struct members *members)
{
	for (size_t i = 0; i < members->n; i++)
		free(members->at[i].file);
	free(members->at);
}
CLEANUP_VALUE(members, members_free)

static bool has_hashed_suffix(const char *name)
{
	return text_ends(name, ".pem") || text_ends(name, ".crt") || text_ends(name, ".cer") ||
	       text_ends(name, ".crl");
}

static int by_hash(const void *a, const void *b)
{
	const struct member *one = a;
	const struct member *other = b;

	if (one->hash != other->hash)
		return one->hash < other->hash ? -1 : 1;
	return one->order < other->order ? -1 : one->order > other->order;
}

/* Everything rehash considers, in name order, grouped by hash, except `except` and links to it. */
static int collect(struct view *view, struct hashdir *dir, const char *except, struct members *ret,
	struct fault *why)
{
	ret->at = calloc(dir->n + 1, sizeof(*ret->at));
	if (!ret->at)
		return fault_nomem(why);
	for (size_t i = 0; i < dir->n; i++) {
		struct hashdir_name *it = &dir->at[i];
		struct member member = {.order = i, .number = NO_NUMBER};
		struct fault ignored = FAULT_INIT;
		const char *file = it->name;

		if (it->kind == ENTRY_SYMLINK &&
			hashdir_parse_name(it->name, &member.hash, &member.number)) {
			file = it->link;
		} else {
			if ((it->kind != ENTRY_SYMLINK && it->kind != ENTRY_FILE) ||
				!has_hashed_suffix(it->name))
				continue;
			if (hashdir_cert(view, dir, it, &member.cert, why) < 0)
				return -1;
			if (!member.cert ||
				cert_subject_hash(member.cert, &member.hash, &ignored) < 0)
				continue;
		}
		if (except && strcmp(file, except) == 0)
			continue;
		member.file = strdup(file);
		if (!member.file)
			return fault_nomem(why);
		ret->at[ret->n++] = member;
	}
	qsort(ret->at, ret->n, sizeof(*ret->at), by_hash);
	return 0;
}

/*
 * Fold the `*ret_n` members of one hash, from index `from` on, to one per file and one per
 * certificate (the first name wins).  Returns how many remain, moved to the front; `*ret_needed` of
 * these need a link.
 */
static int next_group(
	struct members *members, size_t from, size_t *ret_n, size_t *ret_needed, struct fault *why)
{
	struct member *at = &members->at[from];
	size_t n = 1, kept = 0, needed = 0;

	while (from + n < members->n && at[n].hash == at->hash)
		n++;
	/* Folding takes quadratic time. */
	if (n > 8 * LIMIT_HASH_LINKS_N)
		return too_many(at->hash, why);
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
		if (!same) {
			at[i] = at[kept];
			at[kept++] = it;
			continue;
		}
		if (it.number < same->number)
			same->number = it.number;
		if (!same->cert)
			same->cert = it.cert;
	}
	for (size_t i = 0; i < kept; i++)
		needed += at[i].cert != NULL;
	*ret_n = n;
	*ret_needed = needed;
	return (int)kept;
}

/*
 * Keep, drop and assign the numbers of one hash.  As in rehash.c, an old link with a low enough
 * number stays even if no file needs it.  Other unneeded links are dropped before numbers are
 * assigned, so that dropping one cannot remove a new link.
 */
static int number_group(
	struct hashdir *dir, struct member *at, size_t n, size_t needed, struct fault *why)
{
	bool used[2 * LIMIT_HASH_LINKS_N] = {false};
	unsigned next = 0;
	char name[32];

	if (needed > LIMIT_HASH_LINKS_N)
		return too_many(at->hash, why);
	for (size_t i = 0; i < n; i++) {
		struct hashdir_name *old = find_number(dir, at->hash, at[i].number);

		if (at[i].number < needed)
			used[at[i].number] = true;
		else if (!at[i].cert && old && old->kind == ENTRY_SYMLINK)
			old->kind = ENTRY_NONE;
	}
	for (size_t i = 0; i < n; i++) {
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

int hashdir_rehash(struct view *view, struct hashdir *dir, struct fault *why)
{
	CLEANUP(members) struct members members = {0};

	if (collect(view, dir, NULL, &members, why) < 0)
		return -1;
	for (size_t i = 0, n = 0, needed = 0; i < members.n; i += n) {
		int kept = next_group(&members, i, &n, &needed, why);

		if (kept < 0 || number_group(dir, &members.at[i], (size_t)kept, needed, why) < 0)
			return -1;
	}
	return 0;
}

/* Does a link of this hash lead to `file`?  If so, a program finds the certificates in it. */
static bool leads_to(const struct hashdir *dir, uint32_t hash, const char *file)
{
	for (unsigned number = 0; number < LIMIT_HASH_LINKS_N; number++) {
		const struct hashdir_name *it = find_number(dir, hash, number);

		if (it && it->kind == ENTRY_SYMLINK && strcmp(it->link, file) == 0)
			return true;
	}
	return false;
}

int hashdir_is_right(
	struct view *view, struct hashdir *dir, const char *except, bool *ret, struct fault *why)
{
	CLEANUP(members) struct members members = {0};
	bool right = true;

	if (collect(view, dir, except, &members, why) < 0)
		return -1;
	for (size_t i = 0, n = 0, needed = 0; i < members.n && right; i += n) {
		int kept = next_group(&members, i, &n, &needed, why);

		if (kept < 0)
			return -1;
		for (const struct member *it = &members.at[i]; it < &members.at[i] + kept; it++)
			right &= it->cert && (it->number != NO_NUMBER ||
						     (except && leads_to(dir, it->hash, except)));
	}
	*ret = right;
	return 0;
}

int hashdir_give(struct hashdir *dir, struct cert *cert, const char *file, struct fault *why)
{
	uint32_t hashes[] = {0, cert_subject_hash_old(cert)};

	if (cert_subject_hash(cert, &hashes[0], why) < 0)
		return -1;
	for (size_t i = 0; i < 2; i++) {
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
	uint32_t hash;

	for (size_t i = 0; i < dir->n; i++) {
		unsigned next = 0;
		char name[32];

		if (dir->at[i].kind != ENTRY_SYMLINK || strcmp(dir->at[i].link, file) != 0 ||
			!hashdir_parse_name(dir->at[i].name, &hash, NULL))
			continue;
		dir->at[i].kind = ENTRY_NONE;
		for (unsigned number = 0; number < LIMIT_HASH_LINKS_N; number++) {
			struct hashdir_name *it = find_number(dir, hash, number);

			if (!it || it->kind != ENTRY_SYMLINK)
				continue;
			if (number != next) {
				it->kind = ENTRY_NONE;
				if (hashdir_link(dir, link_name(hash, next, name), it->link, why) <
					0)
					return -1;
			}
			next++;
		}
	}
	return 0;
}
