/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/sys/fd.h"
#include "stores/image/ustar.h"

#define BLOCK 65536u

int fault_tar(struct fault *why, struct archive *archive, const char *fmt, ...)
{
	const char *reason = archive_error_string(archive);
	int number = archive_errno(archive);
	char context[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(context, sizeof(context), fmt, args);
	va_end(args);
	if (number == ENOMEM)
		return fault_nomem(why);
	/* libarchive's own numbers (archive.h) are -1 and those of bad input, EILSEQ */
	if (number <= 0 || number == EILSEQ || number == EINVAL)
		return fault_set(why, FAULT_FORMAT, "%s: %s", context, reason ? reason : "damaged");
	errno = number;
	return fault_sys(why, "%s", context);
}

void tar_free(struct archive *archive)
{
	archive_read_free(archive);
}

/* The next block of it; the number of bytes, 0 at the end, -1 with errno. */
static ssize_t next_block(struct tar_source *source)
{
	int64_t left = source->piece.size - source->done;
	ssize_t n;

	if (!source->block)
		source->block = malloc(BLOCK);
	if (!source->block)
		return -1;
	do
		n = pread(source->piece.fd, source->block, left < BLOCK ? (size_t)left : BLOCK,
			source->piece.at + source->done);
	while (n < 0 && errno == EINTR);
	if (n > 0 && source->is_digested)
		digest_add(&source->digest, source->block, (size_t)n);
	if (n > 0)
		source->done += n;
	return n;
}

static la_ssize_t source_read(struct archive *archive, void *arg, const void **ret)
{
	struct tar_source *source = arg;
	ssize_t n = next_block(source);

	if (n < 0) {
		archive_set_error(archive, errno, "%s", strerror(errno));
		return ARCHIVE_FATAL;
	}
	*ret = source->block;
	return n;
}

int tar_source_digest(
	struct tar_source *source, uint8_t out[static DIGEST_SHA256_LEN], struct fault *why)
{
	ssize_t n;

	while ((n = next_block(source)) > 0)
		;
	if (n < 0)
		return fault_sys(why, "cannot read");
	digest_end(&source->digest, out);
	return 0;
}

static la_int64_t source_skip(struct archive *archive, void *arg, la_int64_t wanted)
{
	struct tar_source *source = arg;
	int64_t left = source->piece.size - source->done;

	(void)archive;
	if (wanted > left)
		wanted = left;
	source->done += wanted;
	return wanted;
}

static int source_close(struct archive *archive, void *arg)
{
	struct tar_source *source = arg;

	(void)archive;
	free(source->block);
	source->block = NULL;
	return ARCHIVE_OK;
}

static int start(struct archive *archive, struct tar_source *source, enum packing packing,
	const char *what, struct fault *why)
{
	static int (*const filters[])(struct archive *) = {
		[PACKING_PLAIN] = archive_read_support_filter_none,
		[PACKING_GZIP] = archive_read_support_filter_gzip,
		[PACKING_ZSTD] = archive_read_support_filter_zstd,
	};

	_Static_assert(sizeof(filters) / sizeof(filters[0]) == PACKINGS, "a filter is missing");
	digest_begin(&source->digest);
	if (filters[packing](archive) < ARCHIVE_WARN ||
		archive_read_open2(archive, source, NULL, source_read,
			source->is_digested ? NULL : source_skip, source_close) < ARCHIVE_WARN)
		return fault_tar(why, archive, "cannot read '%s'", what);
	return 0;
}

int tar_open(struct tar_source *source, enum packing packing, const char *what,
	struct archive **ret, struct fault *why)
{
	auto_tar archive = archive_read_new();

	if (!archive)
		return fault_nomem(why);
	archive_read_support_format_tar(archive);
	/* An archive of no bytes is no error of libarchive's own. */
	archive_read_support_format_empty(archive);
	if (start(archive, source, packing, what, why) < 0)
		return -1;
	*ret = steal(&archive);
	return 0;
}

int tar_open_raw(struct tar_source *source, enum packing packing, const char *what,
	struct archive **ret, struct fault *why)
{
	auto_tar archive = archive_read_new();

	if (!archive)
		return fault_nomem(why);
	archive_read_support_format_raw(archive);
	archive_read_support_format_empty(archive);
	if (start(archive, source, packing, what, why) < 0)
		return -1;
	*ret = steal(&archive);
	return 0;
}

static enum entry_kind kind_of(struct archive_entry *entry)
{
	if (archive_entry_hardlink(entry))
		return ENTRY_FILE;
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
		return ENTRY_FILE;
	case AE_IFDIR:
		return ENTRY_DIR;
	case AE_IFLNK:
		return ENTRY_SYMLINK;
	default:
		return ENTRY_OTHER;
	}
}

static int show(struct archive *archive, struct archive_entry *entry, struct tar_member *member,
	const char *what, struct fault *why)
{
	const char *hard = archive_entry_hardlink(entry);

	*member = (struct tar_member){
		.name = archive_entry_pathname(entry),
		.link = hard ? hard : archive_entry_symlink(entry),
		.kind = kind_of(entry),
		.head = archive_read_header_position(archive),
		.at = archive_filter_bytes(archive, 0),
		.size = hard ? 0 : archive_entry_size(entry),
	};
	if (!member->name)
		return fault_set(why, FAULT_FORMAT, "'%s': a member without a name", what);
	/* The bytes of a sparse member do not lie in one piece. */
	if (archive_entry_sparse_count(entry))
		return fault_set(why, FAULT_FORMAT, "'%s': a sparse member", what);
	return 0;
}

static int walk(struct archive *archive, const struct tar_source *source, const char *what,
	tar_visit *visit, void *arg, int64_t *ret_end, struct fault *why)
{
	struct tar_member member = {0};
	struct archive_entry *entry;
	size_t n = 0;
	int rc;

	while ((rc = archive_read_next_header(archive, &entry)) == ARCHIVE_OK ||
		rc == ARCHIVE_WARN) {
		if (++n > LIMIT_BOX_MEMBERS_N)
			return fault_set(why, FAULT_LIMIT, "'%s' has more than %u members", what,
				LIMIT_BOX_MEMBERS_N);
		if (show(archive, entry, &member, what, why) < 0)
			return -1;
		if (member.size > source->piece.size - member.at)
			return fault_set(why, FAULT_FORMAT, "'%s' is cut off", what);
		if (visit(arg, &member, why) < 0)
			return -1;
	}
	if (rc != ARCHIVE_EOF)
		return fault_tar(why, archive, "cannot read '%s'", what);
	*ret_end = ustar_padded(member.at + member.size);
	return 0;
}

int tar_walk(const struct piece *piece, const char *what, tar_visit *visit, void *arg,
	int64_t *ret_end, struct fault *why)
{
	struct tar_source source = {.piece = *piece};
	auto_tar archive = NULL;

	if (tar_open(&source, PACKING_PLAIN, what, &archive, why) < 0)
		return -1;
	return walk(archive, &source, what, visit, arg, ret_end, why);
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
		{"\x50\x2a\x4d\x18", 4, NULL, PACKING_ZSTD}, /* 3.1.2, as pzstd begins */
		{"\xfd"
		 "7zXZ",
			5, "xz", PACKINGS}, /* the .xz file format, 2.1.1.1 */
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
				"'%s' is packed with %s; unpack it first", what, known[i].refused);
		*ret = known[i].packing;
	}
	return 0;
}

int tar_unpack(const struct piece *piece, enum packing packing, const char *what, int to_fd,
	int64_t max, struct fault *why)
{
	struct tar_source source = {.piece = *piece};
	auto_tar archive = NULL;
	struct archive_entry *entry;
	la_int64_t offset, done = 0;
	const void *block;
	size_t len;
	int rc;

	if (tar_open_raw(&source, packing, what, &archive, why) < 0)
		return -1;
	rc = archive_read_next_header(archive, &entry);
	while (rc == ARCHIVE_OK &&
		(rc = archive_read_data_block(archive, &block, &len, &offset)) == ARCHIVE_OK) {
		done += (la_int64_t)len;
		if (done > LIMIT_UNPACKED_FREE_BYTES && done / LIMIT_UNPACKED_RATIO > source.done)
			return fault_set(why, FAULT_LIMIT,
				"'%s' unpacks to more than %d times its size", what,
				LIMIT_UNPACKED_RATIO);
		if (done > max)
			return fault_set(why, FAULT_LIMIT, "'%s' unpacks to more than %lld bytes",
				what, (long long)max);
		if (fd_write_all(to_fd, block, len, "temporary file", why) < 0)
			return -1;
	}
	return rc == ARCHIVE_EOF ? 0 : fault_tar(why, archive, "cannot unpack '%s'", what);
}
