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

#define NO_NUMBER UINT16_MAX

/* One file of a hash, or an old link's target: an HENTRY of rehash.c. */
struct member {
	uint32_t hash;
	size_t order; /* when it was met */
	char *file;
	struct cert *cert; /* borrowed; NULL: only an old link speaks of it */
	unsigned number; /* the lowest old link to it, or NO_NUMBER */
};

struct members {
	struct member *at;
	size_t n;
	size_t room;
};

static void members_free(struct members *members)
{
	for (size_t i = 0; i < members->n; i++)
		free(members->at[i].file);
	free(members->at);
}
CLEANUP_VALUE(members, members_free)
#define auto_members CLEANUP(members) struct members

int hashdir_only_cert(const uint8_t *text, size_t len, struct cert **ret, struct fault *why)
{
	auto_certs certs = CERTS_INIT;
	struct pem_skipped skipped = {0};

	if (bundle_count(text, len, 2) != 1)
		return 0;
	if (pem_read(text, len, "certificate", PEM_LENIENT, &certs, &skipped, why) < 0)
		return -1;
	if (certs.n == 1 && skipped.damaged == 0 &&
		!(cert_blind(certs.at[0]) & PEM_QUIRK_BIT(PEM_QUIRK_OPENSSL)))
		*ret = cert_ref(certs.at[0]);
	return 0;
}

static bool has_hashed_suffix(const char *name)
{
	static const char *const suffixes[] = {"pem", "crt", "cer", "crl"};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < sizeof(suffixes) / sizeof(*suffixes); i++)
		if (text_same(dot + 1, suffixes[i]))
			return true;
	return false;
}

/* HHHHHHHH.N; false: any other name, CRL links too. */
static bool parse_hash_name(const char *name, uint32_t *ret_hash, unsigned *ret_number)
{
	uint8_t hash[4];
	char digits[9];
	uint64_t number;

	if (strlen(name) < 10 || name[8] != '.')
		return false;
	memcpy(digits, name, 8);
	digits[8] = '\0';
	for (size_t i = 0; i < 8; i++)
		if (!isxdigit((unsigned char)digits[i]))
			return false;
	if (!text_unhex(digits, hash, sizeof(hash)) ||
		!text_number(name + 9, NO_NUMBER - 1, &number))
		return false;
	*ret_hash = (uint32_t)hash[0] << 24 | (uint32_t)hash[1] << 16 | (uint32_t)hash[2] << 8 |
		    hash[3];
	*ret_number = (unsigned)number;
	return true;
}

bool hashdir_is_hash_name(const char *name)
{
	uint32_t hash;
	unsigned number;

	return parse_hash_name(name, &hash, &number);
}

struct cert *hashdir_cert(struct view *view, const struct link_farm *dir, struct link_farm_name *it)
{
	auto_buf bytes = buf_make(LIMIT_PEM_BYTES);
	struct fault ignored = FAULT_INIT;
	char path[LIMIT_PATH_LEN];
	bool found = false;

	if (it->looked)
		return it->cert;
	it->looked = true;
	/* A link may not be planned yet, so its target is read. */
	if (link_farm_target(dir, it, path, sizeof(path)) &&
		view_read(view, path, &bytes, &found, &ignored) == 0 && found)
		hashdir_only_cert(bytes.bytes, bytes.len, &it->cert, &ignored);
	return it->cert;
}

static int members_push(struct members *members, const struct member *member, struct fault *why)
{
	if (members->n == members->room) {
		size_t room = members->room ? members->room * 2 : 512;
		struct member *at = realloc(members->at, room * sizeof(*at));

		if (!at)
			return fault_nomem(why);
		members->at = at;
		members->room = room;
	}
	members->at[members->n] = *member;
	members->at[members->n].order = members->n;
	members->at[members->n].file = strdup(member->file);
	if (!members->at[members->n++].file)
		return fault_nomem(why);
	return 0;
}

static int by_hash(const void *a, const void *b)
{
	const struct member *one = a;
	const struct member *other = b;

	if (one->hash != other->hash)
		return one->hash < other->hash ? -1 : 1;
	return one->order < other->order ? -1 : one->order > other->order;
}

/*
 * Everything rehash takes note of, in name order, grouped by hash.  What belongs to `except` is
 * left out.
 */
static int collect(struct view *view, struct link_farm *dir, const char *except,
	struct members *ret, struct fault *why)
{
	for (size_t i = 0; i < dir->n; i++) {
		struct link_farm_name *it = &dir->at[i];
		struct member member = {.number = NO_NUMBER};

		if (it->kind == ENTRY_SYMLINK &&
			parse_hash_name(it->name, &member.hash, &member.number)) {
			member.file = it->link;
		} else if ((it->kind == ENTRY_SYMLINK || it->kind == ENTRY_FILE) &&
			   has_hashed_suffix(it->name)) {
			struct fault ignored = FAULT_INIT;

			member.cert = hashdir_cert(view, dir, it);
			if (!member.cert ||
				cert_subject_hash(member.cert, &member.hash, &ignored) < 0)
				continue;
			member.file = it->name;
		} else {
			continue;
		}
		if ((!except || strcmp(member.file, except) != 0) &&
			members_push(ret, &member, why) < 0)
			return -1;
	}
	if (ret->n)
		qsort(ret->at, ret->n, sizeof(*ret->at), by_hash);
	return 0;
}

/* The earlier member for the same file; *ret_twice: the same certificate has one already. */
static struct member *find_same(
	struct member *at, size_t n, const struct member *it, bool *ret_twice)
{
	struct member *same = NULL;

	*ret_twice = false;
	for (size_t i = 0; i < n; i++) {
		if (it->cert && at[i].cert && cert_same(it->cert, at[i].cert))
			*ret_twice = true;
		if (!same && strcmp(it->file, at[i].file) == 0)
			same = &at[i];
	}
	return same;
}

/*
 * Fold the members of one hash to one per file, and one per certificate (the first name has it).
 * Gives how many are left, in front, and how many of these need a link.
 */
static size_t fold(struct member *at, size_t n, size_t *ret_needed)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		bool twice;
		struct member *same = find_same(at, kept, &at[i], &twice);

		if (twice)
			continue;
		if (!same) {
			struct member it = at[i];

			at[i] = at[kept];
			at[kept++] = it;
			continue;
		}
		if (at[i].number < same->number)
			same->number = at[i].number;
		if (!same->cert)
			same->cert = at[i].cert;
	}
	*ret_needed = 0;
	for (size_t i = 0; i < kept; i++)
		*ret_needed += at[i].cert != NULL;
	return kept;
}

static int set_number(
	struct link_farm *dir, uint32_t hash, unsigned number, const char *file, struct fault *why)
{
	char name[32];

	snprintf(name, sizeof(name), "%08x.%u", hash, number);
	return link_farm_set(dir, name, file, why);
}

static struct link_farm_name *find_number(
	const struct link_farm *dir, uint32_t hash, unsigned number)
{
	char name[32];
	struct link_farm_name *it;

	snprintf(name, sizeof(name), "%08x.%u", hash, number);
	it = link_farm_find(dir, name);
	return it && it->kind != ENTRY_NONE ? it : NULL;
}

static void drop_number(struct link_farm *dir, uint32_t hash, unsigned number)
{
	struct link_farm_name *it = find_number(dir, hash, number);

	if (it && it->kind == ENTRY_SYMLINK)
		link_farm_drop(it);
}

static int too_many(uint32_t hash, struct fault *why)
{
	return fault_set(why, FAULT_LIMIT, "more than %u certificates have the subject hash %08x",
		LIMIT_HASH_LINKS_N, hash);
}

/*
 * Keep, drop and give the numbers of one hash.  An old link whose number is low enough stays even
 * if it is not needed, as in rehash.c; but the others go before numbers are given, so that none
 * takes a new one with it.
 */
static int number_hash(struct link_farm *dir, struct member *at, size_t n, struct fault *why)
{
	bool used[2 * LIMIT_HASH_LINKS_N] = {false};
	unsigned next = 0;
	size_t needed;

	n = fold(at, n, &needed);
	if (needed > LIMIT_HASH_LINKS_N)
		return too_many(at->hash, why);
	for (size_t i = 0; i < n; i++) {
		if (at[i].number < needed)
			used[at[i].number] = true;
		else if (!at[i].cert)
			drop_number(dir, at[i].hash, at[i].number);
	}
	for (size_t i = 0; i < n; i++) {
		if (at[i].number < needed || !at[i].cert)
			continue;
		while (used[next])
			next++;
		used[next] = true;
		if (set_number(dir, at[i].hash, next, at[i].file, why) < 0)
			return -1;
	}
	return 0;
}

/* How many of this hash there are; folding takes time by the square, so that has a ceiling too. */
static int group_len(const struct members *members, size_t from, size_t *ret, struct fault *why)
{
	size_t n = 1;

	while (from + n < members->n && members->at[from + n].hash == members->at[from].hash)
		n++;
	if (n > 8 * LIMIT_HASH_LINKS_N)
		return too_many(members->at[from].hash, why);
	*ret = n;
	return 0;
}

int hashdir_rehash(struct view *view, struct link_farm *dir, struct fault *why)
{
	auto_members members = {0};

	if (collect(view, dir, NULL, &members, why) < 0)
		return -1;
	for (size_t i = 0, n = 0; i < members.n; i += n) {
		if (group_len(&members, i, &n, why) < 0 ||
			number_hash(dir, &members.at[i], n, why) < 0)
			return -1;
	}
	return 0;
}

/* Does a link of this hash lead to `file`?  A reader finds there what is in it. */
static bool leads_to(const struct link_farm *dir, uint32_t hash, const char *file)
{
	for (unsigned number = 0; number < LIMIT_HASH_LINKS_N; number++) {
		const struct link_farm_name *it = find_number(dir, hash, number);

		if (it && it->kind == ENTRY_SYMLINK && strcmp(it->link, file) == 0)
			return true;
	}
	return false;
}

/* Is every file of one hash linked, and nothing else? */
static bool group_is_right(
	const struct link_farm *dir, struct member *at, size_t n, const char *except)
{
	size_t needed;
	size_t kept = fold(at, n, &needed);

	for (size_t i = 0; i < kept; i++)
		if (!at[i].cert || (at[i].number == NO_NUMBER &&
					   (!except || !leads_to(dir, at[i].hash, except))))
			return false;
	return true;
}

int hashdir_is_right(
	struct view *view, struct link_farm *dir, const char *except, bool *ret, struct fault *why)
{
	auto_members members = {0};
	bool right = true;

	if (collect(view, dir, except, &members, why) < 0)
		return -1;
	for (size_t i = 0, n = 0; i < members.n && right; i += n) {
		if (group_len(&members, i, &n, why) < 0)
			return -1;
		right = group_is_right(dir, &members.at[i], n, except);
	}
	*ret = right;
	return 0;
}

/* Mostly the text is the certificate's and nothing else: then nothing need be decoded. */
static int text_holds(
	const struct buf *text, struct cert *cert, const char *path, bool *ret, struct fault *why)
{
	auto_certs certs = CERTS_INIT;
	auto_buf own = buf_make(LIMIT_PEM_BYTES);

	if (pem_format(cert, &own, why) < 0 || buf_check(&own, path, why) < 0)
		return -1;
	*ret = own.len == text->len && memcmp(own.bytes, text->bytes, own.len) == 0;
	if (*ret)
		return 0;
	if (pem_read(text->bytes, text->len, path, PEM_LENIENT, &certs, NULL, why) < 0)
		return -1;
	*ret = certs_hold(&certs, cert);
	return 0;
}

int hashdir_finds(
	struct view *view, const char *path, struct cert *cert, bool *ret, struct fault *why)
{
	uint32_t hash;

	if (cert_subject_hash(cert, &hash, why) < 0)
		return -1;
	*ret = false;
	for (unsigned number = 0; number < LIMIT_HASH_LINKS_N && !*ret; number++) {
		char name[LIMIT_PATH_LEN];
		auto_buf text = buf_make(LIMIT_PEM_BYTES);
		struct fault ignored = FAULT_INIT;
		bool found = false;

		if (snprintf(name, sizeof(name), "%s/%08x.%u", path, hash, number) >=
				(int)sizeof(name) ||
			view_read(view, name, &text, &found, &ignored) < 0 || !found ||
			text_holds(&text, cert, name, ret, &ignored) < 0)
			break;
	}
	return 0;
}

/* Is there any link of its hash?  `names` is sorted. */
static bool has_hash_name(const struct names *names, struct cert *cert)
{
	struct fault ignored = FAULT_INIT;
	char first[16];
	uint32_t hash;

	if (cert_subject_hash(cert, &hash, &ignored) < 0)
		return false;
	snprintf(first, sizeof(first), "%08x.0", hash);
	return names_sorted_hold(names, first);
}

bool hashdir_sees(struct view *view, const char *path, const struct names *names, struct cert *cert)
{
	struct fault ignored = FAULT_INIT;
	bool found = has_hash_name(names, cert);

	if (!found || cert_is_public_root(cert))
		return found;
	return hashdir_finds(view, path, cert, &found, &ignored) == 0 && found;
}

static int give_number(struct link_farm *dir, uint32_t hash, const char *file, struct fault *why)
{
	unsigned number = 0;

	while (number < LIMIT_HASH_LINKS_N && find_number(dir, hash, number))
		number++;
	if (number == LIMIT_HASH_LINKS_N)
		return too_many(hash, why);
	return set_number(dir, hash, number, file, why);
}

int hashdir_give(struct link_farm *dir, struct cert *cert, const char *file, struct fault *why)
{
	uint32_t hash;

	if (cert_subject_hash(cert, &hash, why) < 0 || give_number(dir, hash, file, why) < 0)
		return -1;
	return give_number(dir, cert_subject_hash_old(cert), file, why);
}

static int close_gaps(struct link_farm *dir, uint32_t hash, struct fault *why)
{
	unsigned next = 0;

	for (unsigned number = 0; number < LIMIT_HASH_LINKS_N; number++) {
		const struct link_farm_name *it = find_number(dir, hash, number);

		if (!it || it->kind != ENTRY_SYMLINK)
			continue;
		if (number != next) {
			if (set_number(dir, hash, next, it->link, why) < 0)
				return -1;
			drop_number(dir, hash, number);
		}
		next++;
	}
	return 0;
}

static struct link_farm_name *link_to(
	const struct link_farm *dir, const char *file, uint32_t *ret_hash, unsigned *ret_number)
{
	for (size_t i = 0; i < dir->n; i++)
		if (dir->at[i].kind == ENTRY_SYMLINK && strcmp(dir->at[i].link, file) == 0 &&
			parse_hash_name(dir->at[i].name, ret_hash, ret_number))
			return &dir->at[i];
	return NULL;
}

int hashdir_drop_links(struct link_farm *dir, const char *file, struct fault *why)
{
	struct link_farm_name *it;
	uint32_t hash;
	unsigned number;

	while ((it = link_to(dir, file, &hash, &number))) {
		link_farm_drop(it);
		if (close_gaps(dir, hash, why) < 0)
			return -1;
	}
	return 0;
}
