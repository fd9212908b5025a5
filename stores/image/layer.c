/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two archives of libarchive in a row: one writes the tar, the other packs it (of the format "raw",
 * with one filter) into the file; both sides are digested.
 */
#include "stores/image/layer.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/base/limits.h"
#include "src/cert/digest.h"
#include "src/sys/fd.h"
#include "stores/image/layer_read.h"
#include "stores/image/tar.h"

struct writer {
	struct archive *tar;
	struct archive *packer; /* NULL: plain */
	struct digest unpacked;
	struct digest packed;
	struct new_layer *layer;
	struct fault fault; /* of a callback */
};

/* What one edit is in the layer. */
struct member {
	const struct edit *edit;
	char *name; /* relative; of a whiteout with ".wh." */
};

struct members {
	struct member *at;
	size_t n;
};

void new_layer_free(struct new_layer *layer)
{
	if (layer->fd >= 0)
		close(layer->fd);
	layer->fd = -1;
}

static void writer_free(struct writer *writer)
{
	archive_write_free(writer->tar);
	archive_write_free(writer->packer);
}
CLEANUP_VALUE(writer, writer_free)

static void members_free(struct members *members)
{
	for (size_t i = 0; i < members->n; i++)
		free(members->at[i].name);
	free(members->at);
}
CLEANUP_VALUE(members, members_free)

/* ---- bytes ----------------------------------------------------------------------------------- */

static int write_out(struct writer *writer, const void *bytes, size_t len)
{
	digest_add(&writer->packed, bytes, len);
	writer->layer->size += (int64_t)len;
	return fd_write_all(writer->layer->fd, bytes, len, "a temporary file", &writer->fault);
}

static la_ssize_t take_packed(struct archive *archive, void *arg, const void *bytes, size_t len)
{
	if (write_out(arg, bytes, len) == 0)
		return (la_ssize_t)len;
	archive_set_error(archive, EIO, "cannot write");
	return ARCHIVE_FATAL;
}

static la_ssize_t take_unpacked(struct archive *archive, void *arg, const void *bytes, size_t len)
{
	struct writer *writer = arg;

	digest_add(&writer->unpacked, bytes, len);
	if (!writer->packer)
		return take_packed(archive, arg, bytes, len);
	if (archive_write_data(writer->packer, bytes, len) == (la_ssize_t)len)
		return (la_ssize_t)len;
	archive_set_error(archive, EIO, "cannot pack");
	return ARCHIVE_FATAL;
}

static int tell(struct writer *writer, struct archive *archive, struct fault *why)
{
	if (writer->fault.kind == FAULT_NONE)
		return fault_tar(why, archive, "cannot write a layer");
	if (why->kind == FAULT_NONE)
		*why = writer->fault;
	return -1;
}

/* ---- opening and closing --------------------------------------------------------------------- */

/* Packed the same on every machine: no time, no name. */
static int open_packer(struct writer *writer, struct fault *why)
{
	struct archive_entry *entry = archive_entry_new();
	struct archive *packer = writer->packer = archive_write_new();
	int rc;

	if (!packer || !entry) {
		archive_entry_free(entry);
		return fault_nomem(why);
	}
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_write_set_bytes_per_block(packer, 0);
	rc = archive_write_set_format_raw(packer) != ARCHIVE_OK ||
	     archive_write_add_filter_gzip(packer) != ARCHIVE_OK ||
	     archive_write_set_filter_option(packer, "gzip", "timestamp", NULL) != ARCHIVE_OK ||
	     archive_write_open(packer, writer, NULL, take_packed, NULL) != ARCHIVE_OK ||
	     archive_write_header(packer, entry) != ARCHIVE_OK;
	archive_entry_free(entry);
	return rc ? tell(writer, packer, why) : 0;
}

static int open_writer(struct writer *writer, enum packing packing, struct fault *why)
{
	digest_begin(&writer->unpacked);
	digest_begin(&writer->packed);
	if (fd_unnamed(&writer->layer->fd, why) < 0 ||
		(packing == PACKING_GZIP && open_packer(writer, why) < 0))
		return -1;
	writer->tar = archive_write_new();
	if (!writer->tar)
		return fault_nomem(why);
	archive_write_set_bytes_per_block(writer->tar, 0);
	/* "Restricted": ustar wherever that can say it, pax where it cannot. */
	if (archive_write_set_format_pax_restricted(writer->tar) != ARCHIVE_OK ||
		archive_write_set_format_option(writer->tar, "pax", "xattrheader", "SCHILY") !=
			ARCHIVE_OK ||
		archive_write_open(writer->tar, writer, NULL, take_unpacked, NULL) != ARCHIVE_OK)
		return tell(writer, writer->tar, why);
	return 0;
}

static int close_writer(struct writer *writer, struct fault *why)
{
	if (archive_write_close(writer->tar) != ARCHIVE_OK)
		return tell(writer, writer->tar, why);
	if (writer->packer && archive_write_close(writer->packer) != ARCHIVE_OK)
		return tell(writer, writer->packer, why);
	digest_end(&writer->unpacked, writer->layer->diff_id);
	digest_end(&writer->packed, writer->layer->digest);
	return 0;
}

/* ---- members --------------------------------------------------------------------------------- */

static int set_xattrs(
	struct archive_entry *entry, struct tree *tree, const struct edit *edit, struct fault *why)
{
	auto_entry old = ENTRY_INIT;
	auto_xattrs xattrs = {0};

	if (tree->ops->entry(tree, edit->path, &old, why) < 0)
		return -1;
	if (old.kind != ENTRY_FILE)
		return 0;
	if (merged_xattrs(tree, edit->path, &xattrs, why) < 0)
		return -1;
	for (size_t i = 0; i < xattrs.n; i++)
		archive_entry_xattr_add_entry(
			entry, xattrs.at[i].name, xattrs.at[i].value, xattrs.at[i].len);
	return 0;
}

static int set_entry(struct archive_entry *entry, const struct member *member, struct tree *tree,
	int64_t when, struct fault *why)
{
	static const unsigned kinds[] = {
		[ENTRY_NONE] = AE_IFREG,
		[ENTRY_FILE] = AE_IFREG,
		[ENTRY_DIR] = AE_IFDIR,
		[ENTRY_SYMLINK] = AE_IFLNK,
	};
	const struct edit *edit = member->edit;

	archive_entry_copy_pathname(entry, member->name);
	archive_entry_set_filetype(entry, kinds[edit->kind]);
	archive_entry_set_perm(entry, edit->kind == ENTRY_NONE ? 0 : edit->mode);
	archive_entry_set_uid(entry, edit->uid);
	archive_entry_set_gid(entry, edit->gid);
	archive_entry_set_mtime(entry, when, 0);
	archive_entry_set_size(entry, edit->kind == ENTRY_FILE ? (la_int64_t)edit->len : 0);
	if (edit->kind == ENTRY_SYMLINK)
		archive_entry_copy_symlink(entry, edit->link);
	return edit->kind == ENTRY_FILE ? set_xattrs(entry, tree, edit, why) : 0;
}

static int write_member(struct writer *writer, const struct member *member, struct tree *tree,
	int64_t when, struct fault *why)
{
	struct archive_entry *entry = archive_entry_new();
	const struct edit *edit = member->edit;
	int rc = -1;

	if (!entry)
		return fault_nomem(why);
	if (set_entry(entry, member, tree, when, why) == 0) {
		rc = archive_write_header(writer->tar, entry);
		/* A warning is of names that are not of this locale; they are written as they are.
		 */
		if (rc >= ARCHIVE_WARN && edit->kind == ENTRY_FILE && edit->len)
			rc = archive_write_data(writer->tar, edit->bytes, edit->len) ==
					     (la_ssize_t)edit->len
				     ? ARCHIVE_OK
				     : ARCHIVE_FATAL;
		rc = rc < ARCHIVE_WARN ? tell(writer, writer->tar, why) : 0;
	}
	archive_entry_free(entry);
	return rc;
}

/* Does the layer need a member for it? */
static int is_needed(struct tree *tree, const struct edit *edit, bool *ret, struct fault *why)
{
	auto_entry old = ENTRY_INIT;

	if (tree->ops->entry(tree, edit->path, &old, why) < 0)
		return -1;
	if (edit->kind == ENTRY_NONE)
		*ret = old.kind != ENTRY_NONE;
	else
		*ret = edit->kind != ENTRY_DIR || old.kind != ENTRY_DIR;
	return 0;
}

static int add_member(struct members *members, const struct edit *edit, struct fault *why)
{
	const char *base = strrchr(edit->path, '/') + 1;
	struct member member = {.edit = edit};

	if (asprintf(&member.name, "%.*s%s%s", (int)(base - edit->path - 1), edit->path + 1,
		    edit->kind == ENTRY_NONE ? ".wh." : "", base) < 0)
		return fault_nomem(why);
	members->at[members->n++] = member;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct member *)a)->name, ((const struct member *)b)->name);
}

static int list_members(
	const struct plan *plan, struct tree *tree, struct members *ret, struct fault *why)
{
	ret->at = calloc(plan->n + 1, sizeof(*ret->at));
	if (!ret->at)
		return fault_nomem(why);
	for (size_t i = 0; i < plan->n; i++) {
		bool needed;

		if (is_needed(tree, plan->at[i], &needed, why) < 0 ||
			(needed && add_member(ret, plan->at[i], why) < 0))
			return -1;
	}
	qsort(ret->at, ret->n, sizeof(*ret->at), by_name);
	return 0;
}

int layer_make(const struct plan *plan, struct tree *tree, int64_t when, enum packing packing,
	struct new_layer *ret, struct fault *why)
{
	CLEANUP(members) struct members members = {0};
	auto_new_layer layer = {.fd = -1};
	CLEANUP(writer) struct writer writer = {.layer = &layer};

	if (list_members(plan, tree, &members, why) < 0 || open_writer(&writer, packing, why) < 0)
		return -1;
	for (size_t i = 0; i < members.n; i++)
		if (write_member(&writer, &members.at[i], tree, when, why) < 0)
			return fault_wrap(why, "'%s'", members.at[i].edit->path);
	if (close_writer(&writer, why) < 0)
		return -1;
	*ret = layer;
	layer.fd = -1;
	return 0;
}
