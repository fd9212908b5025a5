/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/tar_headers.h"

#include <string.h>
#include <unistd.h>

#include "stores/image/ustar.h"

/* Most headers are read alone, or with one small file: what lies between them is not asked for. */
#define READ_LEAST (4 * USTAR_BLOCK)

/* What the headers in front of a member's own have said of it. */
struct said {
	bool pax; /* which comes alone */
	bool name;
	bool link;
	bool uid;
	bool gid;
	struct layer_member member;
};

/* ---- bytes ---------------------------------------------------------------------------------- */

/* `len` bytes of the piece at `at`; NULL: they are too many, or not there. */
static const uint8_t *bytes_at(struct tar_headers *tar_headers, int64_t at, size_t len)
{
	int64_t left = tar_headers->piece.size - at;
	size_t wanted = len > READ_LEAST ? SKIM_BLOCK : READ_LEAST;
	ssize_t n;

	if (at >= tar_headers->block_at &&
		at + (int64_t)len <= tar_headers->block_at + (int64_t)tar_headers->block_len)
		return tar_headers->block + (at - tar_headers->block_at);
	if (len > SKIM_BLOCK || (int64_t)len > left)
		return NULL;
	n = pread(tar_headers->piece.fd, tar_headers->block,
		(int64_t)wanted < left ? wanted : (size_t)left, tar_headers->piece.at + at);
	tar_headers->block_at = at;
	tar_headers->block_len = n > 0 ? (size_t)n : 0;
	return tar_headers->block_len >= len ? tar_headers->block : NULL;
}

/* Blanks, octal digits, and nothing but blanks and NULs behind them. */
static bool octal(const char *field, size_t len, int64_t *ret)
{
	size_t i = 0, first;

	while (i < len && field[i] == ' ')
		i++;
	first = i;
	for (*ret = 0; i < len && field[i] >= '0' && field[i] <= '7'; i++)
		*ret = *ret * 8 + field[i] - '0';
	if (i == first)
		return false;
	while (i < len && (field[i] == ' ' || field[i] == 0))
		i++;
	return i == len;
}

#define OCTAL(field, ret) octal(field, sizeof(field), ret)

static bool is_sum_right(const struct ustar_header *header)
{
	int64_t said;

	return OCTAL(header->sum, &said) && said == ustar_sum(header);
}

/* GNU has times in the place of the prefix, and behind them maps of sparse files. */
static bool is_gnu(const struct ustar_header *header)
{
	static const char nothing[sizeof(header->prefix) - 2 * sizeof(header->mtime)];
	const char *behind = header->prefix + 2 * sizeof(header->mtime);

	return memcmp(header->magic, "ustar ", 6) == 0 && memcmp(header->version, " ", 2) == 0 &&
	       memcmp(behind, nothing, sizeof(nothing)) == 0 &&
	       memcmp(header->rest, nothing, sizeof(header->rest)) == 0;
}

/* star's own headers say "tar" in their last bytes, and have a shorter prefix. */
static bool is_ustar(const struct ustar_header *header)
{
	return memcmp(header->magic, "ustar", 6) == 0 && memcmp(header->version, "00", 2) == 0 &&
	       memcmp(header->rest + 8, "tar", 4) != 0;
}

/* The header at `at`, until the next one is asked for; NULL: none that is ordinary. */
static const struct ustar_header *header_at(
	struct tar_headers *tar_headers, int64_t at, int64_t *ret_size)
{
	const struct ustar_header *header = (const void *)bytes_at(tar_headers, at, USTAR_BLOCK);

	if (!header || !(is_ustar(header) || is_gnu(header)) || !is_sum_right(header) ||
		!OCTAL(header->size, ret_size))
		return NULL;
	return header;
}

/* Append to a text of LIMIT_PATH_LEN; false: it has no room, or a NUL is in it. */
static bool add(char *to, const char *text, size_t len)
{
	size_t had = strlen(to);

	if (len >= LIMIT_PATH_LEN - had || memchr(text, 0, len))
		return false;
	memcpy(to + had, text, len);
	to[had + len] = 0;
	return true;
}

/* A text field, which ends at its first NUL, if there is one. */
static bool set(char *to, const char *field, size_t len)
{
	to[0] = 0;
	return add(to, field, strnlen(field, len)) && to[0];
}

/* A text that is not empty. */
static bool ends_in_slash(const char *text)
{
	return text[strlen(text) - 1] == '/';
}

/* ---- headers in front of a member's own ----------------------------------------------------- */

struct record {
	const char *key;
	size_t key_len;
	const char *value;
	size_t len;
};

static bool is_key(const struct record *record, const char *key)
{
	return record->key_len == strlen(key) && memcmp(record->key, key, record->key_len) == 0;
}

static bool is_below(const struct record *record, const char *prefix)
{
	return record->key_len > strlen(prefix) && memcmp(record->key, prefix, strlen(prefix)) == 0;
}

static bool set_path(char *to, const struct record *record)
{
	to[0] = 0;
	return record->len && add(to, record->value, record->len);
}

static bool set_id(uint32_t *to, const struct record *record)
{
	*to = 0;
	for (size_t i = 0; i < record->len; i++) {
		if (record->value[i] < '0' || record->value[i] > '9')
			return false;
		*to = *to * 10 + (uint32_t)(record->value[i] - '0');
	}
	return record->len && record->len < 10;
}

static bool take_record(
	struct tar_headers *tar_headers, const struct record *record, struct said *said)
{
	static const char *const needless[] = {
		"atime", "ctime", "gname", "mtime", "uname", "LIBARCHIVE.creationtime"};

	if (is_key(record, "path"))
		return said->name = set_path(tar_headers->name, record);
	if (is_key(record, "linkpath"))
		return said->link = set_path(tar_headers->link, record);
	if (is_key(record, "uid"))
		return said->uid = set_id(&said->member.uid, record);
	if (is_key(record, "gid"))
		return said->gid = set_id(&said->member.gid, record);
	if (is_below(record, "SCHILY.xattr.") || is_below(record, "LIBARCHIVE.xattr."))
		return said->member.has_xattrs = true;
	for (size_t i = 0; i < sizeof(needless) / sizeof(needless[0]); i++)
		if (is_key(record, needless[i]))
			return true;
	return false;
}

/* "LENGTH KEY=VALUE\n", of LENGTH bytes in all; how many, or 0: it is not so. */
static size_t cut_record(const char *text, size_t len, struct record *ret)
{
	const char *equals;
	size_t said = 0, i;

	for (i = 0; i < len && i < 6 && text[i] >= '0' && text[i] <= '9'; i++)
		said = said * 10 + (size_t)(text[i] - '0');
	if (said > len || said < i + 3 || text[i] != ' ' || text[said - 1] != '\n')
		return 0;
	ret->key = text + i + 1;
	equals = memchr(ret->key, '=', said - i - 2);
	if (!equals)
		return 0;
	ret->key_len = (size_t)(equals - ret->key);
	ret->value = equals + 1;
	ret->len = (size_t)(text + said - 1 - ret->value);
	return said;
}

static bool take_pax(
	struct tar_headers *tar_headers, const char *text, size_t len, struct said *said)
{
	size_t n;

	for (; len; text += n, len -= n) {
		struct record record;

		n = cut_record(text, len, &record);
		if (!n || !take_record(tar_headers, &record, said))
			return false;
	}
	return true;
}

/* *ret_done: it was such a header, and is taken. */
static bool take_front(struct tar_headers *tar_headers, char type, int64_t at, int64_t size,
	struct said *said, bool *ret_done)
{
	const char *text;

	*ret_done = type == 'x' || type == 'L' || type == 'K';
	if (!*ret_done)
		return true;
	text = size <= SKIM_BLOCK ? (const char *)bytes_at(tar_headers, at, (size_t)size) : NULL;
	if (!text || said->pax)
		return false;
	if (type == 'x')
		return !said->name && !said->link &&
		       (said->pax = take_pax(tar_headers, text, (size_t)size, said));
	if (type == 'L')
		return !said->name && (said->name = set(tar_headers->name, text, (size_t)size));
	return !said->link && (said->link = set(tar_headers->link, text, (size_t)size));
}

/* ---- members -------------------------------------------------------------------------------- */

static bool set_kind(struct layer_member *member, char type)
{
	static const struct {
		char type;
		enum layer_kind kind;
	} kinds[] = {
		{'0', LAYER_FILE},
		{0, LAYER_FILE},
		{'1', LAYER_HARDLINK},
		{'2', LAYER_SYMLINK},
		{'3', LAYER_OTHER},
		{'4', LAYER_OTHER},
		{'5', LAYER_DIR},
		{'6', LAYER_OTHER},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].type == type) {
			member->kind = kinds[i].kind;
			return true;
		}
	return false;
}

static bool set_name(struct tar_headers *tar_headers, const struct ustar_header *header)
{
	tar_headers->name[0] = 0;
	if (is_ustar(header) && header->prefix[0]) {
		if (!set(tar_headers->name, header->prefix, sizeof(header->prefix)) ||
			(!ends_in_slash(tar_headers->name) && !add(tar_headers->name, "/", 1)))
			return false;
	}
	return header->name[0] &&
	       add(tar_headers->name, header->name, strnlen(header->name, sizeof(header->name)));
}

static bool set_numbers(
	struct layer_member *member, const struct ustar_header *header, const struct said *said)
{
	int64_t mode, uid, gid;

	if (!OCTAL(header->mode, &mode) || !OCTAL(header->uid, &uid) || !OCTAL(header->gid, &gid))
		return false;
	member->mode = (mode_t)mode & 07777;
	if (!said->uid)
		member->uid = (uid_t)uid;
	if (!said->gid)
		member->gid = (gid_t)gid;
	return true;
}

static bool has_link(const struct layer_member *member)
{
	return member->kind == LAYER_SYMLINK || member->kind == LAYER_HARDLINK;
}

static bool set_names(struct tar_headers *tar_headers, const struct ustar_header *header,
	const struct said *said, struct layer_member *member)
{
	if (!said->name && !set_name(tar_headers, header))
		return false;
	member->name = tar_headers->name;
	if (!has_link(member))
		return !said->link &&
		       (member->kind != LAYER_FILE ||
			       tar_headers->name[strlen(tar_headers->name) - 1] != '/');
	if (!said->link && !set(tar_headers->link, header->link, sizeof(header->link)))
		return false;
	member->link = tar_headers->link;
	return true;
}

bool tar_headers_next(struct tar_headers *tar_headers, struct layer_member *ret)
{
	const struct ustar_header *header;
	struct said said = {.member.head = tar_headers->at};
	struct layer_member *member = &said.member;
	int64_t at = tar_headers->at;
	bool is_front = true;

	while ((header = header_at(tar_headers, at, &member->size))) {
		at += USTAR_BLOCK;
		if (!take_front(tar_headers, header->type, at, member->size, &said, &is_front))
			return false;
		if (!is_front)
			break;
		at += ustar_padded(member->size);
	}
	if (!header || !set_kind(member, header->type) || !set_numbers(member, header, &said) ||
		!set_names(tar_headers, header, &said, member))
		return false;
	if (member->kind != LAYER_FILE && member->size)
		return false;
	member->at = at;
	at += ustar_padded(member->size);
	if (tar_headers->piece.size - at < (int64_t)USTAR_BLOCK)
		return false;
	tar_headers->at = at;
	*ret = *member;
	return true;
}
