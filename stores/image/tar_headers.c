/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/tar_headers.h"

#include <string.h>
#include <unistd.h>

#include "stores/image/ustar.h"

/* Parse octal digits, followed by at most one blank or NUL. */
static bool octal(const char *field, size_t len, int64_t *ret)
{
	size_t i = 0;

	for (*ret = 0; i < len && field[i] >= '0' && field[i] <= '7'; i++)
		*ret = *ret * 8 + field[i] - '0';
	return i && i + 1 == len && (field[i] == 0 || field[i] == ' ');
}

#define OCTAL(field, ret) octal(field, sizeof(field), ret)

/* GNU tar leaves the numbers of a device empty where there is none. */
static bool is_device(const char field[static 8])
{
	int64_t number;

	return memcmp(field, "\0\0\0\0\0\0\0", 8) == 0 || octal(field, 8, &number);
}

/* The checksum is six digits, then two of NUL and blank. */
static bool is_sum_right(const struct ustar_header *header)
{
	int64_t sum;

	return octal(header->sum, 7, &sum) && sum == ustar_sum(header) &&
	       (!header->sum[7] || header->sum[7] == ' ');
}

/* Copy a field's text and return where it ends; printf(3) would take a third of the time. */
static char *put_text(char *to, const char *field, size_t size)
{
	size_t len = strnlen(field, size);

	memcpy(to, field, len);
	to[len] = 0;
	return to + len;
}

static const struct ustar_header *header_at(struct tar_headers *it)
{
	int64_t left = it->piece.size - it->at;
	ssize_t n;

	if (it->at < it->block_at ||
		it->at + (int64_t)USTAR_BLOCK > it->block_at + (int64_t)it->block_len) {
		n = left < (int64_t)USTAR_BLOCK
			    ? 0
			    : pread(it->piece.fd, it->block,
				      left < TAR_HEADERS_BLOCK ? (size_t)left : TAR_HEADERS_BLOCK,
				      it->piece.at + it->at);
		it->block_at = it->at;
		it->block_len = n > 0 ? (size_t)n : 0;
		if (it->block_len < USTAR_BLOCK)
			return NULL;
	}
	return (const void *)(it->block + (it->at - it->block_at));
}

bool tar_headers_next(struct tar_headers *it, struct tar_member *ret)
{
	static const char zeros[sizeof(((struct ustar_header *)0)->prefix)];
	const struct ustar_header *header = header_at(it);
	int64_t mode, uid, gid, size, mtime, behind;
	bool is_gnu;
	char *name;

	if (!header)
		return false;
	/* GNU has other fields in place of the prefix; star has a mark in the last bytes. */
	is_gnu = memcmp(header->magic, "ustar ", 6) == 0 && memcmp(header->version, " ", 2) == 0;
	if ((is_gnu ? memcmp(header->prefix, zeros, sizeof(header->prefix)) != 0
		    : memcmp(header->magic, "ustar", 6) != 0 ||
				    memcmp(header->version, "00", 2) != 0) ||
		memcmp(header->rest, zeros, sizeof(header->rest)) != 0 || !is_sum_right(header) ||
		!OCTAL(header->mode, &mode) || !OCTAL(header->uid, &uid) ||
		!OCTAL(header->gid, &gid) || !OCTAL(header->size, &size) ||
		!OCTAL(header->mtime, &mtime) || !is_device(header->major) ||
		!is_device(header->minor) || !header->name[0])
		return false;
	name = it->name;
	if (header->prefix[0]) {
		name = put_text(name, header->prefix, sizeof(header->prefix));
		*name++ = '/';
	}
	put_text(name, header->name, sizeof(header->name));
	put_text(it->link, header->link, sizeof(header->link));
	*ret = (struct tar_member){
		.name = it->name,
		.mode = (mode_t)mode & 07777,
		.uid = (uid_t)uid,
		.gid = (gid_t)gid,
		.size = size,
		.head = it->at,
		.at = it->at + USTAR_BLOCK,
	};
	switch (header->type) {
	case '0':
		ret->kind = ENTRY_FILE;
		/* A file whose name ends in a slash is a directory. */
		if (it->name[strlen(it->name) - 1] == '/')
			return false;
		break;
	case '1':
		ret->kind = ENTRY_FILE;
		ret->link = it->link;
		break;
	case '2':
		ret->kind = ENTRY_SYMLINK;
		ret->link = it->link;
		break;
	case '5':
		ret->kind = ENTRY_DIR;
		break;
	default:
		return false;
	}
	behind = ret->at + ustar_padded(size);
	/* libarchive has its own view of a slash where prefix and name meet. */
	if (strstr(it->name, "//") || (size && (ret->kind != ENTRY_FILE || ret->link)) ||
		(ret->link && !*ret->link) || behind + (int64_t)USTAR_BLOCK > it->piece.size)
		return false;
	it->at = behind;
	return true;
}
