/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/layer.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/base/limits.h"
#include "src/x509/digest.h"
#include "src/sys/fd.h"
#include "stores/image/tar.h"
#include "stores/image/ustar.h"

struct writer {
	struct archive *packer; /* has the format "raw" and one filter; NULL: not compressed */
	struct digest unpacked;
	struct digest packed;
	struct new_layer *layer;
	struct fault fault; /* set by a callback */
};

/* The layer's member for one edit. */
struct member {
	const struct edit *edit;
	char *name; /* relative; a whiteout's has ".wh.", a directory's ends in a slash */
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

static int write_out(struct writer *writer, const void *bytes, size_t len, struct fault *why)
{
	digest_add(&writer->packed, bytes, len);
	writer->layer->size += (int64_t)len;
	return fd_write_all(writer->layer->fd, bytes, len, "a temporary file", why);
}

static la_ssize_t take_packed(struct archive *archive, void *arg, const void *bytes, size_t len)
{
	struct writer *writer = arg;

	if (write_out(writer, bytes, len, &writer->fault) == 0)
		return (la_ssize_t)len;
	archive_set_error(archive, EIO, "cannot write");
	return ARCHIVE_FATAL;
}

static int tell(const struct writer *writer, struct fault *why)
{
	if (writer->fault.kind == FAULT_NONE)
		return fault_archive(why, writer->packer, "cannot pack a layer");
	if (why->kind == FAULT_NONE)
		*why = writer->fault;
	return -1;
}

static int add_bytes(struct writer *writer, const void *bytes, size_t len, struct fault *why)
{
	digest_add(&writer->unpacked, bytes, len);
	if (!writer->packer)
		return write_out(writer, bytes, len, why);
	return archive_write_data(writer->packer, bytes, len) == (la_ssize_t)len
		       ? 0
		       : tell(writer, why);
}

/* Compress without a timestamp and a file name. */
static int open_packer(struct writer *writer, struct fault *why)
{
	struct archive_entry *entry = archive_entry_new();
	struct archive *packer = writer->packer = archive_write_new();
	bool held;

	if (!packer || !entry) {
		archive_entry_free(entry);
		return fault_nomem(why);
	}
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_write_set_bytes_per_block(packer, 0);
	held = archive_write_set_format_raw(packer) == ARCHIVE_OK &&
	       archive_write_add_filter_gzip(packer) == ARCHIVE_OK &&
	       archive_write_set_filter_option(packer, "gzip", "timestamp", NULL) == ARCHIVE_OK &&
	       archive_write_open(packer, writer, NULL, take_packed, NULL) == ARCHIVE_OK &&
	       archive_write_header(packer, entry) == ARCHIVE_OK;
	archive_entry_free(entry);
	return held ? 0 : tell(writer, why);
}

static int open_writer(struct writer *writer, enum packing packing, struct fault *why)
{
	digest_begin(&writer->unpacked);
	digest_begin(&writer->packed);
	if (fd_unnamed(&writer->layer->fd, why) < 0)
		return -1;
	return packing == PACKING_GZIP ? open_packer(writer, why) : 0;
}

static int close_writer(struct writer *writer, struct fault *why)
{
	static const uint8_t end[2 * USTAR_BLOCK];

	if (add_bytes(writer, end, sizeof(end), why) < 0)
		return -1;
	if (writer->packer && archive_write_close(writer->packer) != ARCHIVE_OK)
		return tell(writer, why);
	digest_end(&writer->unpacked, writer->layer->diff_id);
	digest_end(&writer->packed, writer->layer->digest);
	return 0;
}

/* ---- members --------------------------------------------------------------------------------- */

/* The extended attributes of the file that is replaced. */
static int old_xattrs(
	struct tree *tree, const struct edit *edit, struct xattrs *ret, struct fault *why)
{
	auto_entry old = ENTRY_INIT;

	if (edit->kind != ENTRY_FILE)
		return 0;
	if (tree->ops->entry(tree, edit->path, &old, why) < 0)
		return -1;
	return old.kind == ENTRY_FILE ? rootfs_xattrs(tree, edit->path, ret, why) : 0;
}

static int write_member(struct writer *writer, const struct member *member, struct tree *tree,
	int64_t when, struct fault *why)
{
	static const uint8_t padding[USTAR_BLOCK];
	static const enum ustar_type types[] = {
		[ENTRY_NONE] = USTAR_FILE, /* a whiteout */
		[ENTRY_FILE] = USTAR_FILE,
		[ENTRY_DIR] = USTAR_DIR,
		[ENTRY_SYMLINK] = USTAR_SYMLINK,
	};
	const struct edit *edit = member->edit;
	auto_buf head = buf_make(LIMIT_MIB);
	auto_xattrs xattrs = {0};

	if (old_xattrs(tree, edit, &xattrs, why) < 0)
		return -1;
	ustar_add(&head, &(struct ustar_member){
				 .type = types[edit->kind],
				 .name = member->name,
				 .link = edit->link,
				 .mode = edit->mode,
				 .uid = edit->uid,
				 .gid = edit->gid,
				 .size = edit->len,
				 .mtime = when,
				 .xattrs = &xattrs,
			 });
	if (buf_check(&head, "a header", why) < 0 ||
		add_bytes(writer, head.bytes, head.len, why) < 0)
		return -1;
	if (!edit->len)
		return 0;
	if (add_bytes(writer, edit->bytes, edit->len, why) < 0)
		return -1;
	return add_bytes(
		writer, padding, (USTAR_BLOCK - edit->len % USTAR_BLOCK) % USTAR_BLOCK, why);
}

/* Does the layer need a member for this edit? */
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

	if (asprintf(&member.name, "%.*s%s%s%s", (int)(base - edit->path - 1), edit->path + 1,
		    edit->kind == ENTRY_NONE ? ".wh." : "", base,
		    edit->kind == ENTRY_DIR ? "/" : "") < 0)
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
