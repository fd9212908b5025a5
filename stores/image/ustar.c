/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/ustar.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "stores/image/tar.h"

#define PAX_TYPE 'x'
#define PAX_NAME "PaxHeaders/next"
#define ID_MOST 07777777u
#define SIZE_MOST 077777777777ull
#define TIME_MOST 077777777777ll

/* `digits` octal digits and a NUL. */
static void put_octal(char *field, size_t digits, uint64_t value)
{
	field[digits] = 0;
	while (digits--) {
		field[digits] = (char)('0' + (value & 7));
		value >>= 3;
	}
}

static void put_name(char *field, size_t room, const char *name, size_t len)
{
	memcpy(field, name, len < room ? len : room);
}

/* Where the name is cut into prefix and name; 0: it fits as it is; SIZE_MAX: not at all. */
static size_t cut_of(const char *name)
{
	const struct ustar_header *header = NULL;
	size_t len = strlen(name);

	if (len <= sizeof(header->name))
		return 0;
	for (size_t i = 1; i + 1 < len && i <= sizeof(header->prefix); i++)
		if (name[i] == '/' && len - i - 1 <= sizeof(header->name))
			return i;
	return SIZE_MAX;
}

unsigned ustar_sum(const struct ustar_header *header)
{
	const uint8_t *bytes = (const uint8_t *)header;
	const uint8_t *field = (const uint8_t *)header->sum;
	unsigned sum = sizeof(header->sum) * ' ';

	for (size_t i = 0; i < sizeof(*header); i++)
		sum += bytes[i];
	for (size_t i = 0; i < sizeof(header->sum); i++)
		sum -= field[i];
	return sum;
}

static void add_header(struct buf *out, const struct ustar_member *member, char type, uint64_t size)
{
	size_t cut = cut_of(member->name);
	const char *name = member->name + (cut && cut != SIZE_MAX ? cut + 1 : 0);
	int64_t mtime = member->mtime < 0 ? 0 : member->mtime;
	struct ustar_header header;

	memset(&header, 0, sizeof(header));
	put_name(header.name, sizeof(header.name), name, strlen(name));
	if (cut != SIZE_MAX)
		put_name(header.prefix, sizeof(header.prefix), member->name, cut);
	put_octal(header.mode, 7, member->mode & 07777);
	put_octal(header.uid, 7, member->uid > ID_MOST ? 0 : member->uid);
	put_octal(header.gid, 7, member->gid > ID_MOST ? 0 : member->gid);
	put_octal(header.size, 11, size > SIZE_MOST ? 0 : size);
	put_octal(header.mtime, 11, (uint64_t)(mtime > TIME_MOST ? TIME_MOST : mtime));
	memset(header.sum, ' ', sizeof(header.sum));
	header.type = type;
	if (type == USTAR_SYMLINK)
		put_name(header.link, sizeof(header.link), member->link, strlen(member->link));
	memcpy(header.magic, "ustar", sizeof(header.magic));
	memcpy(header.version, "00", sizeof(header.version));
	put_octal(header.major, 7, 0);
	put_octal(header.minor, 7, 0);
	put_octal(header.sum, 6, ustar_sum(&header));
	buf_add(out, &header, sizeof(header));
}

/* "LENGTH key=value\n", whose length counts itself. */
static void add_record(struct buf *out, const char *key, const void *value, size_t len)
{
	size_t body = strlen(key) + len + 3;
	size_t all = body;

	while (all != body + (size_t)snprintf(NULL, 0, "%zu", all))
		all = body + (size_t)snprintf(NULL, 0, "%zu", all);
	buf_printf(out, "%zu %s=", all, key);
	buf_add(out, value, len);
	buf_add_byte(out, '\n');
}

/* A number over what ustar has room for. */
static void add_number(struct buf *out, const char *key, uint64_t number, uint64_t most)
{
	char text[24];

	if (number > most)
		add_record(
			out, key, text, (size_t)snprintf(text, sizeof(text), "%" PRIu64, number));
}

static void add_records(struct buf *out, const struct ustar_member *member)
{
	const struct ustar_header *header = NULL;

	if (cut_of(member->name) == SIZE_MAX)
		add_record(out, "path", member->name, strlen(member->name));
	if (member->type == USTAR_SYMLINK && strlen(member->link) > sizeof(header->link))
		add_record(out, "linkpath", member->link, strlen(member->link));
	if (member->type == USTAR_FILE)
		add_number(out, "size", member->size, SIZE_MOST);
	add_number(out, "uid", member->uid, ID_MOST);
	add_number(out, "gid", member->gid, ID_MOST);
	for (size_t i = 0; member->xattrs && i < member->xattrs->n; i++) {
		const struct xattr *xattr = &member->xattrs->at[i];
		auto_buf key = buf_make(out->max);

		buf_printf(&key, "SCHILY.xattr.%s", xattr->name);
		out->failed |= key.failed;
		add_record(out, buf_text(&key), xattr->value, xattr->len);
	}
}

void ustar_add(struct buf *out, const struct ustar_member *member)
{
	struct ustar_member pax = *member;
	auto_buf records = buf_make(out->max);

	add_records(&records, member);
	if (records.len) {
		pax.name = PAX_NAME;
		add_header(out, &pax, PAX_TYPE, records.len);
		buf_add(out, records.bytes, records.len);
		while (out->len % USTAR_BLOCK && !out->failed && !out->over)
			buf_add_byte(out, 0);
	}
	out->failed |= records.failed;
	out->over |= records.over;
	add_header(out, member, (char)member->type, member->type == USTAR_FILE ? member->size : 0);
}
