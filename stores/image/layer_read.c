/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two archives of libarchive in a row: one unpacks (of the format "raw", with one filter), the
 * other reads the tar out of it; what flows between them is counted and digested.
 */
#include "stores/image/layer_read.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>

#include "src/base/limits.h"
#include "src/x509/digest.h"
#include "stores/image/tar.h"

#define BLOCK_LEAST 1024u
#define BLOCK_MOST 65536u
#define PADDING 1536 /* to the next 512, and two blocks that say: the end */

struct layer_reader {
	const struct layer *layer;
	struct layer_budget *budget;
	struct archive *tar;
	struct archive *unpacker; /* NULL: a plain layer */
	struct tar_source source; /* of the unpacker */
	struct archive_entry *entry;
	bool verify;
	struct digest unpacked;
	int64_t packed; /* bytes of the source that the budget knows of */
	int64_t done; /* bytes of the unpacked tar that were handed on, from `from` */
	int64_t from;
	int64_t total; /* all there are; -1: not known yet */
	int64_t needed; /* what the members lay claim to */
	size_t block_len; /* of the next read, which doubles while nothing is skipped */
	struct fault fault; /* of a callback */
	uint8_t block[BLOCK_MOST];
};

void xattrs_free(struct xattrs *xattrs)
{
	for (size_t i = 0; i < xattrs->n; i++) {
		free(xattrs->at[i].name);
		free(xattrs->at[i].value);
	}
	free(xattrs->at);
	*xattrs = (struct xattrs){0};
}

void layer_close(struct layer_reader *reader)
{
	if (!reader)
		return;
	tar_free(reader->tar);
	tar_free(reader->unpacker);
	free(reader);
}

/* ---- the bytes of the unpacked tar ---------------------------------------------------------- */

static int read_plain(
	struct layer_reader *reader, const void **ret, size_t *ret_len, struct fault *why)
{
	const struct piece *piece = &reader->layer->piece;
	int64_t left = reader->total - reader->done;
	ssize_t n;

	if (left > (int64_t)reader->block_len)
		left = (int64_t)reader->block_len;
	do
		n = pread(piece->fd, reader->block, (size_t)left,
			piece->at + reader->from + reader->done);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fault_sys(why, "cannot read");
	if (n < left)
		return fault_set(why, FAULT_FORMAT, "it has become shorter");
	if (reader->block_len < BLOCK_MOST)
		reader->block_len *= 2;
	*ret = reader->block;
	*ret_len = (size_t)n;
	return 0;
}

/* A little data that unpacks to very much is a trap, and so is too much in all. */
static int check_size(struct layer_reader *reader, size_t len, struct fault *why)
{
	int64_t all = __atomic_add_fetch(&reader->budget->unpacked, (int64_t)len, __ATOMIC_RELAXED);
	int64_t packed = __atomic_add_fetch(
		&reader->budget->packed, reader->source.done - reader->packed, __ATOMIC_RELAXED);

	reader->packed = reader->source.done;
	if (all > LIMIT_UNPACKED_BYTES)
		return fault_set(why, FAULT_LIMIT,
			"the layers of the image unpack to more than %lld bytes",
			(long long)LIMIT_UNPACKED_BYTES);
	if (all > LIMIT_UNPACKED_FREE_BYTES && all / LIMIT_UNPACKED_RATIO > packed)
		return fault_set(why, FAULT_LIMIT, "it unpacks to more than %d times its size",
			LIMIT_UNPACKED_RATIO);
	return 0;
}

static int read_packed(
	struct layer_reader *reader, const void **ret, size_t *ret_len, struct fault *why)
{
	la_int64_t offset;
	int rc = archive_read_data_block(reader->unpacker, ret, ret_len, &offset);

	if (rc == ARCHIVE_EOF) {
		*ret_len = 0;
		return 0;
	}
	if (rc < ARCHIVE_WARN)
		return fault_tar(why, reader->unpacker, "cannot unpack it");
	return check_size(reader, *ret_len, why);
}

/* The next bytes; none: the end. */
static int read_on(
	struct layer_reader *reader, const void **ret, size_t *ret_len, struct fault *why)
{
	size_t len = 0;

	if (reader->total >= 0 && reader->done >= reader->total) {
		*ret_len = 0;
		return 0;
	}
	if ((reader->unpacker ? read_packed : read_plain)(reader, ret, &len, why) < 0)
		return -1;
	if (len == 0)
		reader->total = reader->done;
	if (reader->verify)
		digest_add(&reader->unpacked, *ret, len);
	reader->done += (int64_t)len;
	*ret_len = len;
	return 0;
}

static la_ssize_t give(struct archive *archive, void *arg, const void **ret)
{
	static const uint8_t nothing[PADDING];
	struct layer_reader *reader = arg;
	size_t len = 0;
	int64_t padded;

	if (reader->fault.kind || read_on(reader, ret, &len, &reader->fault) < 0) {
		archive_set_error(archive, EIO, "%s", reader->fault.text);
		return ARCHIVE_FATAL;
	}
	if (len)
		return (la_ssize_t)len;
	padded = reader->done - reader->total;
	reader->done = reader->total + PADDING;
	*ret = nothing;
	return padded >= PADDING ? 0 : PADDING - padded;
}

static la_int64_t skip(struct archive *archive, void *arg, la_int64_t wanted)
{
	struct layer_reader *reader = arg;
	int64_t left = reader->total + PADDING - reader->done;

	(void)archive;
	if (wanted > left)
		wanted = left;
	reader->done += wanted;
	reader->block_len = BLOCK_LEAST;
	return wanted;
}

/* What a callback has to say comes before what libarchive makes of it. */
static int tell(const struct layer_reader *reader, struct fault *why)
{
	if (reader->fault.kind == FAULT_NONE)
		return fault_tar(why, reader->tar, "cannot read it");
	if (why->kind == FAULT_NONE)
		*why = reader->fault;
	return -1;
}

/* ---- opening -------------------------------------------------------------------------------- */

static int open_unpacker(struct layer_reader *reader, struct fault *why)
{
	const struct layer *layer = reader->layer;
	struct archive_entry *entry;
	int rc;

	reader->source = (struct tar_source){.piece = layer->piece, .is_digested = reader->verify};
	if (tar_open_raw(&reader->source, layer->packing, layer->label, &reader->unpacker, why) < 0)
		return -1;
	reader->total = -1;
	rc = archive_read_next_header(reader->unpacker, &entry);
	if (rc == ARCHIVE_EOF)
		reader->total = 0;
	return rc == ARCHIVE_EOF || rc >= ARCHIVE_WARN
		       ? 0
		       : fault_tar(why, reader->unpacker, "cannot unpack it");
}

int layer_open(const struct layer *layer, bool verify, int64_t from, struct layer_budget *budget,
	struct layer_reader **ret, struct fault *why)
{
	auto_layer_reader reader = calloc(1, sizeof(*reader));

	if (!reader)
		return fault_nomem(why);
	reader->layer = layer;
	reader->verify = verify;
	reader->budget = budget;
	reader->from = from;
	reader->total = layer->piece.size - from;
	reader->block_len = BLOCK_LEAST;
	digest_begin(&reader->unpacked);
	if (layer->packing != PACKING_PLAIN && open_unpacker(reader, why) < 0)
		return -1;
	reader->tar = archive_read_new();
	if (!reader->tar)
		return fault_nomem(why);
	if (archive_read_support_format_tar(reader->tar) < ARCHIVE_WARN ||
		archive_read_open2(reader->tar, reader, NULL, give,
			reader->unpacker || verify ? NULL : skip, NULL) < ARCHIVE_WARN)
		return tell(reader, why);
	*ret = steal(&reader);
	return 0;
}

/* ---- members -------------------------------------------------------------------------------- */

static enum layer_kind kind_of(struct archive_entry *entry)
{
	if (archive_entry_hardlink(entry))
		return LAYER_HARDLINK;
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
		return LAYER_FILE;
	case AE_IFDIR:
		return LAYER_DIR;
	case AE_IFLNK:
		return LAYER_SYMLINK;
	default:
		return LAYER_OTHER;
	}
}

/* The archive may end behind the last member's bytes, not before. */
static int check_end(const struct layer_reader *reader, struct fault *why)
{
	if (reader->total >= 0 && reader->needed > reader->total)
		return fault_set(why, FAULT_FORMAT, "it ends within a member");
	return 0;
}

static int show(struct layer_reader *reader, struct layer_member *ret, struct fault *why)
{
	struct archive_entry *entry = reader->entry;
	int64_t at = archive_filter_bytes(reader->tar, 0);

	*ret = (struct layer_member){
		.kind = kind_of(entry),
		.name = archive_entry_pathname(entry),
		.mode = archive_entry_perm(entry),
		.uid = (uid_t)archive_entry_uid(entry),
		.gid = (gid_t)archive_entry_gid(entry),
		.head = reader->from + archive_read_header_position(reader->tar),
		.at = reader->from + at,
		.is_sparse = archive_entry_sparse_count(entry) > 0,
		.has_xattrs = archive_entry_xattr_count(entry) > 0,
	};
	if (ret->kind == LAYER_HARDLINK)
		ret->link = archive_entry_hardlink(entry);
	if (ret->kind == LAYER_SYMLINK)
		ret->link = archive_entry_symlink(entry);
	if (ret->kind == LAYER_FILE)
		ret->size = archive_entry_size(entry);
	if (!ret->name ||
		((ret->kind == LAYER_SYMLINK || ret->kind == LAYER_HARDLINK) && !ret->link))
		return fault_set(why, FAULT_FORMAT, "a member without a name");
	if (ret->size < 0 || ret->size > INT64_MAX / 2)
		return fault_set(why, FAULT_FORMAT, "a member with a negative size");
	reader->needed = at + (ret->is_sparse ? 0 : ret->size);
	return reader->layer->packing == PACKING_PLAIN ? check_end(reader, why) : 0;
}

int layer_next(
	struct layer_reader *reader, struct layer_member *ret, bool *ret_found, struct fault *why)
{
	int rc = archive_read_next_header(reader->tar, &reader->entry);

	if (rc == ARCHIVE_EOF) {
		*ret_found = false;
		return check_end(reader, why);
	}
	/* A warning is of names that are not of this locale, or of a header that is unknown. */
	if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
		return check_end(reader, why) < 0 ? -1 : tell(reader, why);
	*ret_found = true;
	return show(reader, ret, why);
}

int layer_read(struct layer_reader *reader, struct buf *ret, struct fault *why)
{
	int64_t left = archive_entry_size(reader->entry);

	if (left > (int64_t)(ret->max - ret->len)) {
		ret->over = true;
		return buf_check(ret, "the file", why);
	}
	while (left > 0) {
		size_t len = left < BLOCK_MOST ? (size_t)left : BLOCK_MOST;
		uint8_t *at = buf_extend(ret, len);
		la_ssize_t n = at ? archive_read_data(reader->tar, at, len) : 0;

		if (!at)
			return fault_nomem(why);
		if (n < 0)
			return tell(reader, why);
		/* A sparse file may end in a hole; of others libarchive says what is missing. */
		memset(at + n, 0, len - (size_t)n);
		left -= (int64_t)len;
	}
	return 0;
}

int layer_save(struct layer_reader *reader, int fd, int64_t at, struct fault *why)
{
	la_int64_t offset, size = archive_entry_size(reader->entry);
	const void *block;
	size_t len;
	int rc;

	while ((rc = archive_read_data_block(reader->tar, &block, &len, &offset)) == ARCHIVE_OK) {
		if (offset < 0 || offset > size || (la_int64_t)len > size - offset)
			return fault_set(
				why, FAULT_FORMAT, "a sparse file has data behind its end");
		for (size_t done = 0; done < len;) {
			ssize_t n = pwrite(fd, (const uint8_t *)block + done, len - done,
				at + offset + (int64_t)done);

			if (n < 0 && errno != EINTR)
				return fault_sys(why, "cannot write a temporary file");
			done += n < 0 ? 0 : (size_t)n;
		}
	}
	return rc == ARCHIVE_EOF ? 0 : tell(reader, why);
}

static int add_xattr(
	struct xattrs *xattrs, const char *name, const void *value, size_t len, struct fault *why)
{
	struct xattr *at = realloc(xattrs->at, (xattrs->n + 1) * sizeof(*at));

	if (!at)
		return fault_nomem(why);
	xattrs->at = at;
	at += xattrs->n;
	*at = (struct xattr){strdup(name), malloc(len + 1), len};
	xattrs->n++;
	if (!at->name || !at->value)
		return fault_nomem(why);
	if (len)
		memcpy(at->value, value, len);
	return 0;
}

int layer_xattrs(struct layer_reader *reader, struct xattrs *ret, struct fault *why)
{
	auto_xattrs xattrs = {0};
	const char *name;
	const void *value;
	size_t len, all = 0;

	archive_entry_xattr_reset(reader->entry);
	while (archive_entry_xattr_next(reader->entry, &name, &value, &len) == ARCHIVE_OK) {
		all += strlen(name) + len;
		if (all > LIMIT_XATTR_BYTES)
			return fault_set(why, FAULT_LIMIT,
				"extended attributes of more than %u bytes", LIMIT_XATTR_BYTES);
		if (add_xattr(&xattrs, name, value, len, why) < 0)
			return -1;
	}
	*ret = xattrs;
	xattrs = (struct xattrs){0};
	return 0;
}

int layer_finish(struct layer_reader *reader, struct fault *why)
{
	uint8_t digest[DIGEST_SHA256_LEN];
	const void *block;
	size_t len = 1;

	while (len)
		if (read_on(reader, &block, &len, why) < 0)
			return -1;
	digest_end(&reader->unpacked, digest);
	if (memcmp(digest, reader->layer->diff_id, sizeof(digest)) != 0)
		return fault_set(why, FAULT_FORMAT, "its contents are not those of its diff_id");
	if (!reader->layer->has_digest)
		return 0;
	if (reader->unpacker && tar_source_digest(&reader->source, digest, why) < 0)
		return -1;
	if (memcmp(digest, reader->layer->digest, sizeof(digest)) != 0)
		return fault_set(why, FAULT_FORMAT, "its bytes are not those of its digest");
	return 0;
}
