/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A compressed archive needs two libarchive readers in a row: one unpacks (format "raw", one
 * filter) and the other reads the tar, so that we can count and digest the bytes between them.
 */
#include "stores/image/tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/sys/fd.h"
#include "stores/image/ustar.h"

#define BLOCK 65536u
#define BLOCK_OF_HEADERS 2048u /* bytes read past a header are rarely needed */
#define PADDING 1536 /* up to the next 512, and the two end blocks */

struct tar {
	struct archive *archive; /* NULL in tar_unpack() */
	struct archive *unpacker; /* NULL: the archive is plain */
	struct archive_entry *entry;
	struct piece piece;
	struct tar_options options;
	struct digest packed;
	struct digest unpacked;
	int64_t taken; /* bytes of the piece that were read or skipped */
	int64_t counted; /* those added to the budget so far */
	int64_t done; /* bytes of the unpacked archive that were passed on or skipped */
	int64_t total; /* its full size; -1: not known yet */
	int64_t needed; /* the size that the members' headers call for */
	struct fault fault; /* set by a callback */
	size_t block_len;
	uint8_t block[BLOCK];
};

void tar_close(struct tar *tar)
{
	if (!tar)
		return;
	archive_read_free(tar->archive);
	archive_read_free(tar->unpacker);
	free(tar);
}

int fault_archive(struct fault *why, struct archive *archive, const char *context)
{
	const char *reason = archive_error_string(archive);
	int number = archive_errno(archive);

	if (number == ENOMEM)
		return fault_nomem(why);
	/* libarchive (archive.h) uses -1 for its own errors and EILSEQ for bad input. */
	if (number <= 0 || number == EILSEQ || number == EINVAL)
		return fault_set(why, FAULT_FORMAT, "%s: %s", context, reason ? reason : "damaged");
	errno = number;
	return fault_sys(why, "%s", context);
}

/* A callback's fault takes precedence over libarchive's error, which follows from it. */
static int fault_of(const struct tar *tar, struct fault *why)
{
	if (tar->fault.kind == FAULT_NONE)
		return fault_archive(why, tar->archive, "cannot read it");
	if (why->kind == FAULT_NONE)
		*why = tar->fault;
	return -1;
}

int piece_read(const struct piece *piece, struct buf *ret, struct fault *why)
{
	uint8_t *to = NULL;

	if (piece->size > (int64_t)(ret->max - ret->len))
		ret->over = true;
	else
		to = buf_extend(ret, (size_t)piece->size);
	if (buf_check(ret, "it", why) < 0)
		return -1;
	return fd_pread_all(piece->fd, to, (size_t)piece->size, piece->at, why);
}

/* Read the next block of the piece: the number of bytes, 0 at its end, -1 with errno. */
static ssize_t next_block(struct tar *tar)
{
	int64_t left = tar->piece.size - tar->taken;
	ssize_t n;

	do
		n = pread(tar->piece.fd, tar->block,
			left < (int64_t)tar->block_len ? (size_t)left : tar->block_len,
			tar->piece.at + tar->taken);
	while (n < 0 && errno == EINTR);
	if (n > 0 && tar->options.verify)
		digest_add(&tar->packed, tar->block, (size_t)n);
	if (n > 0)
		tar->taken += n;
	return n;
}

static la_ssize_t give_packed(struct archive *archive, void *arg, const void **ret)
{
	struct tar *tar = arg;
	ssize_t n = next_block(tar);

	if (n < 0) {
		archive_set_error(archive, errno, "%s", strerror(errno));
		return ARCHIVE_FATAL;
	}
	*ret = tar->block;
	return n;
}

/* Stop decompression bombs: too high a ratio, or too many bytes in all. */
static int check_budget(struct tar *tar, size_t len, struct fault *why)
{
	struct tar_budget *budget = tar->options.budget;
	int64_t unpacked = __atomic_add_fetch(&budget->unpacked, (int64_t)len, __ATOMIC_RELAXED);
	int64_t packed =
		__atomic_add_fetch(&budget->packed, tar->taken - tar->counted, __ATOMIC_RELAXED);

	tar->counted = tar->taken;
	if (unpacked > LIMIT_UNPACKED_BYTES)
		return fault_set(why, FAULT_LIMIT, "it unpacks to more than %lld bytes",
			(long long)LIMIT_UNPACKED_BYTES);
	if (unpacked > LIMIT_UNPACKED_FREE_BYTES && unpacked / LIMIT_UNPACKED_RATIO > packed)
		return fault_set(why, FAULT_LIMIT, "it unpacks to more than %d times its size",
			LIMIT_UNPACKED_RATIO);
	return 0;
}

/* Read the next bytes of the unpacked archive; none at its end. */
static int read_on(struct tar *tar, const void **ret, size_t *ret_len, struct fault *why)
{
	la_int64_t offset;
	size_t len = 0;

	*ret_len = 0;
	if (tar->total >= 0 && tar->done >= tar->total)
		return 0;
	if (tar->unpacker) {
		int rc = archive_read_data_block(tar->unpacker, ret, &len, &offset);

		if (rc == ARCHIVE_EOF)
			len = 0;
		else if (rc < ARCHIVE_WARN)
			return fault_archive(why, tar->unpacker, "cannot unpack it");
		else if (check_budget(tar, len, why) < 0)
			return -1;
	} else {
		ssize_t n = next_block(tar);

		if (n < 0)
			return fault_sys(why, "cannot read");
		if (n == 0)
			return fault_set(
				why, FAULT_FORMAT, "it became shorter while it was being read");
		*ret = tar->block;
		len = (size_t)n;
	}
	if (len == 0)
		tar->total = tar->done;
	if (tar->options.verify && tar->unpacker)
		digest_add(&tar->unpacked, *ret, len);
	tar->done += (int64_t)len;
	*ret_len = len;
	return 0;
}

static la_ssize_t give(struct archive *archive, void *arg, const void **ret)
{
	static const uint8_t nothing[PADDING];
	struct tar *tar = arg;
	size_t len = 0;
	int64_t padded;

	if (tar->fault.kind || read_on(tar, ret, &len, &tar->fault) < 0) {
		archive_set_error(archive, EIO, "%s", tar->fault.text);
		return ARCHIVE_FATAL;
	}
	if (len)
		return (la_ssize_t)len;
	padded = tar->done - tar->total;
	tar->done = tar->total + PADDING;
	*ret = nothing;
	return padded >= PADDING ? 0 : PADDING - padded;
}

static la_int64_t skip(struct archive *archive, void *arg, la_int64_t wanted)
{
	struct tar *tar = arg;
	int64_t left = tar->total + PADDING - tar->done;

	(void)archive;
	if (wanted > left)
		wanted = left;
	tar->done += wanted;
	tar->taken += wanted;
	return wanted;
}

static int open_unpacker(struct tar *tar, enum packing packing, struct fault *why)
{
	static int (*const filters[])(struct archive *) = {
		[PACKING_GZIP] = archive_read_support_filter_gzip,
		[PACKING_ZSTD] = archive_read_support_filter_zstd,
	};
	struct archive *unpacker = tar->unpacker = archive_read_new();
	struct archive_entry *entry;
	int rc;

	_Static_assert(sizeof(filters) / sizeof(filters[0]) == PACKINGS, "a filter is missing");
	if (!unpacker)
		return fault_nomem(why);
	archive_read_support_format_raw(unpacker);
	/* An empty archive is not an error in libarchive. */
	archive_read_support_format_empty(unpacker);
	if (filters[packing](unpacker) < ARCHIVE_WARN ||
		archive_read_open2(unpacker, tar, NULL, give_packed, NULL, NULL) < ARCHIVE_WARN)
		return fault_archive(why, unpacker, "cannot unpack it");
	rc = archive_read_next_header(unpacker, &entry);
	tar->total = rc == ARCHIVE_EOF ? 0 : -1;
	return rc == ARCHIVE_EOF || rc >= ARCHIVE_WARN
		       ? 0
		       : fault_archive(why, unpacker, "cannot unpack it");
}

/* Open everything except the tar reader. */
static int open_bytes(const struct piece *piece, enum packing packing,
	const struct tar_options *options, struct tar **ret, struct fault *why)
{
	auto_tar tar = calloc(1, sizeof(*tar));

	if (!tar)
		return fault_nomem(why);
	tar->piece = *piece;
	tar->options = *options;
	tar->taken = tar->done = options->from;
	tar->total = piece->size;
	tar->block_len = BLOCK;
	digest_begin(&tar->packed);
	digest_begin(&tar->unpacked);
	if (packing != PACKING_PLAIN && open_unpacker(tar, packing, why) < 0)
		return -1;
	*ret = steal(&tar);
	return 0;
}

int tar_open(const struct piece *piece, enum packing packing, const struct tar_options *options,
	struct tar **ret, struct fault *why)
{
	auto_tar tar = NULL;
	bool skips = packing == PACKING_PLAIN && !options->verify;

	if (open_bytes(piece, packing, options, &tar, why) < 0)
		return -1;
	if (skips)
		tar->block_len = BLOCK_OF_HEADERS;
	tar->archive = archive_read_new();
	if (!tar->archive)
		return fault_nomem(why);
	if (archive_read_support_format_tar(tar->archive) < ARCHIVE_WARN ||
		archive_read_open2(tar->archive, tar, NULL, give, skips ? skip : NULL, NULL) <
			ARCHIVE_WARN)
		return fault_of(tar, why);
	*ret = steal(&tar);
	return 0;
}

int tar_packing(const struct piece *piece, const char *what, enum packing *ret, struct fault *why)
{
	static const struct {
		const char *magic;
		size_t len;
		const char *refused;
		enum packing packing;
	} known[] = {
		{"\x1f\x8b", 2, NULL, PACKING_GZIP}, /* RFC 1952, 2.3.1 */
		{"\x28\xb5\x2f\xfd", 4, NULL, PACKING_ZSTD}, /* RFC 8878, 3.1.1 */
		{"\x50\x2a\x4d\x18", 4, NULL, PACKING_ZSTD}, /* 3.1.2, as pzstd writes it */
		{"\xfd\x37zXZ", 5, "xz", PACKINGS}, /* the .xz file format, 2.1.1.1 */
		{"BZh", 3, "bzip2", PACKINGS},
	};
	char head[8] = "";

	if (pread(piece->fd, head, piece->size < 8 ? (size_t)piece->size : 8, piece->at) < 0)
		return fault_sys(why, "cannot read '%s'", what);
	*ret = PACKING_PLAIN;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (memcmp(head, known[i].magic, known[i].len) != 0)
			continue;
		if (known[i].refused)
			return fault_set(why, FAULT_FORMAT,
				"'%s' is compressed with %s; decompress it first", what,
				known[i].refused);
		*ret = known[i].packing;
	}
	return 0;
}

int tar_unpack(const struct piece *piece, enum packing packing, int to_fd, struct fault *why)
{
	struct tar_budget budget = {0};
	auto_tar tar = NULL;
	const void *block = NULL;
	size_t len;

	if (open_bytes(piece, packing, &(struct tar_options){.budget = &budget}, &tar, why) < 0)
		return -1;
	do
		if (read_on(tar, &block, &len, why) < 0 ||
			fd_write_all(to_fd, block, len, "temporary file", why) < 0)
			return -1;
	while (len);
	return 0;
}

/* ---- members -------------------------------------------------------------------------------- */

/* The archive may end after the last member's bytes, not before. */
static int check_end(const struct tar *tar, struct fault *why)
{
	if (tar->total >= 0 && tar->needed > tar->total)
		return fault_set(why, FAULT_FORMAT, "it ends in the middle of a member");
	return 0;
}

int tar_next(struct tar *tar, struct tar_member *ret, bool *ret_found, struct fault *why)
{
	static const enum entry_kind kinds[] = {
		[AE_IFREG >> 12] = ENTRY_FILE,
		[AE_IFDIR >> 12] = ENTRY_DIR,
		[AE_IFLNK >> 12] = ENTRY_SYMLINK,
	};
	int rc = archive_read_next_header(tar->archive, &tar->entry);
	struct archive_entry *entry = tar->entry;
	const char *hard;
	size_t type;

	*ret_found = rc != ARCHIVE_EOF;
	if (rc == ARCHIVE_EOF)
		return check_end(tar, why);
	/* Warnings are about names that do not fit this locale, or about unknown headers. */
	if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
		return check_end(tar, why) < 0 ? -1 : fault_of(tar, why);
	hard = archive_entry_hardlink(entry);
	type = (size_t)archive_entry_filetype(entry) >> 12;
	*ret = (struct tar_member){
		.kind = type < sizeof(kinds) / sizeof(kinds[0]) && kinds[type] ? kinds[type]
									       : ENTRY_OTHER,
		.name = archive_entry_pathname(entry),
		.mode = archive_entry_perm(entry),
		.uid = (uid_t)archive_entry_uid(entry),
		.gid = (gid_t)archive_entry_gid(entry),
		.head = tar->options.from + archive_read_header_position(tar->archive),
		.at = tar->options.from + archive_filter_bytes(tar->archive, 0),
		.is_sparse = archive_entry_sparse_count(entry) > 0,
		.has_xattrs = archive_entry_xattr_count(entry) > 0,
	};
	if (hard)
		ret->kind = ENTRY_FILE;
	else if (ret->kind == ENTRY_FILE)
		ret->size = archive_entry_size(entry);
	ret->link = hard ? hard : archive_entry_symlink(entry);
	if (!ret->name || (ret->kind == ENTRY_SYMLINK && !ret->link))
		return fault_set(why, FAULT_FORMAT, "a member has no name");
	if (ret->size < 0 || ret->size > INT64_MAX / 2)
		return fault_set(why, FAULT_FORMAT, "a member has a negative size");
	tar->needed = ret->at + (ret->is_sparse ? 0 : ret->size);
	return tar->unpacker ? 0 : check_end(tar, why);
}

int tar_read(struct tar *tar, struct buf *ret, struct fault *why)
{
	la_int64_t offset, size = archive_entry_size(tar->entry);
	const void *block;
	uint8_t *to;
	size_t len;
	int rc;

	if (size > (int64_t)(ret->max - ret->len)) {
		ret->over = true;
		return buf_check(ret, "the file", why);
	}
	to = buf_extend(ret, (size_t)size);
	if (!to)
		return fault_nomem(why);
	/* Zeros for the holes of a sparse file; in others libarchive reports missing bytes. */
	memset(to, 0, (size_t)size);
	while ((rc = archive_read_data_block(tar->archive, &block, &len, &offset)) == ARCHIVE_OK) {
		if (offset < 0 || offset > size || (la_int64_t)len > size - offset)
			return fault_set(why, FAULT_FORMAT, "a sparse file has data past its end");
		memcpy(to + offset, block, len);
	}
	return rc == ARCHIVE_EOF ? 0 : fault_of(tar, why);
}

int tar_xattrs(struct tar *tar, struct buf *ret, struct fault *why)
{
	const char *name;
	const void *value;
	size_t len, all = 0;

	archive_entry_xattr_reset(tar->entry);
	while (archive_entry_xattr_next(tar->entry, &name, &value, &len) == ARCHIVE_OK) {
		auto_buf key = buf_make(LIMIT_XATTR_BYTES);

		all += strlen(name) + len;
		if (all > LIMIT_XATTR_BYTES)
			return fault_set(why, FAULT_LIMIT,
				"extended attributes of more than %u bytes", LIMIT_XATTR_BYTES);
		buf_printf(&key, "SCHILY.xattr.%s", name);
		ret->failed |= key.failed;
		ustar_record(ret, buf_text(&key), value, len);
	}
	return buf_check(ret, "the list of extended attributes", why);
}

int tar_digests(struct tar *tar, uint8_t packed[static DIGEST_SHA256_LEN],
	uint8_t unpacked[static DIGEST_SHA256_LEN], struct fault *why)
{
	const void *block;
	size_t len;
	ssize_t n;

	do
		if (read_on(tar, &block, &len, why) < 0)
			return -1;
	while (len);
	while ((n = next_block(tar)) > 0)
		;
	if (n < 0)
		return fault_sys(why, "cannot read");
	digest_end(&tar->packed, packed);
	memcpy(unpacked, packed, DIGEST_SHA256_LEN);
	if (tar->unpacker)
		digest_end(&tar->unpacked, unpacked);
	return 0;
}

int tar_path(const char *dir, const char *name, char ret[static LIMIT_PATH_LEN], struct fault *why)
{
	const char *const parts[] = {dir, name};
	size_t len = 0, depth = 0;

	for (size_t i = 0; i < 2; i++)
		for (const char *at = parts[i]; *at; at += *at == '/') {
			size_t part = strcspn(at, "/");

			if (part == 2 && at[0] == '.' && at[1] == '.') {
				if (!len)
					return fault_set(why, FAULT_REFUSED,
						"it points outside the archive");
				while (len && ret[--len] != '/')
					;
				depth--;
			} else if (part && !(part == 1 && *at == '.')) {
				if (len + part + 2 > LIMIT_PATH_LEN || ++depth > LIMIT_MEMBER_DEPTH)
					return fault_set(why, FAULT_LIMIT, "its name is too long");
				if (len)
					ret[len++] = '/';
				memcpy(ret + len, at, part);
				len += part;
			}
			at += part;
		}
	ret[len] = 0;
	return 0;
}
