/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/layer.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <string.h>

#include "stores/image/ustar.h"

/* The layer's member for one edit. */
struct member {
	const struct edit *edit;
	char *name; /* relative; a whiteout's has ".wh.", a directory's ends in a slash */
	bool was_file; /* it replaces a file */
};

struct members {
	struct member *at;
	size_t n;
};

static void members_free(struct members *members)
{
	for (size_t i = 0; i < members->n; i++)
		free(members->at[i].name);
	free(members->at);
}
CLEANUP_VALUE(members, members_free)

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
		const struct edit *edit = plan->at[i];
		const char *base = strrchr(edit->path, '/') + 1;
		struct member member = {.edit = edit};
		auto_entry old = ENTRY_INIT;

		if (tree->ops->entry(tree, edit->path, &old, why) < 0)
			return -1;
		if (edit->kind == old.kind && (!edit->kind || edit->kind == ENTRY_DIR))
			continue;
		member.was_file = old.kind == ENTRY_FILE;
		if (asprintf(&member.name, "%.*s%s%s%s", (int)(base - edit->path - 1),
			    edit->path + 1, edit->kind == ENTRY_NONE ? ".wh." : "", base,
			    edit->kind == ENTRY_DIR ? "/" : "") < 0)
			return fault_nomem(why);
		ret->at[ret->n++] = member;
	}
	qsort(ret->at, ret->n, sizeof(*ret->at), by_name);
	return 0;
}

static int add_member(struct buf *tar, const struct member *member, struct tree *tree, int64_t when,
	struct fault *why)
{
	static const enum ustar_type types[] = {
		[ENTRY_NONE] = USTAR_FILE, /* a whiteout */
		[ENTRY_FILE] = USTAR_FILE,
		[ENTRY_DIR] = USTAR_DIR,
		[ENTRY_SYMLINK] = USTAR_SYMLINK,
	};
	const struct edit *edit = member->edit;
	auto_buf xattrs = buf_make(2 * LIMIT_XATTR_BYTES);

	if (edit->kind == ENTRY_FILE && member->was_file &&
		rootfs_xattrs(tree, edit->path, &xattrs, why) < 0)
		return -1;
	ustar_add(tar, &(struct ustar_member){
			       .type = types[edit->kind],
			       .name = member->name,
			       .link = edit->link,
			       .mode = edit->mode,
			       .uid = edit->uid,
			       .gid = edit->gid,
			       .size = edit->len,
			       .mtime = when,
			       .records = &xattrs,
		       });
	buf_add(tar, edit->bytes, edit->len);
	ustar_pad(tar);
	return 0;
}

static la_ssize_t take_packed(struct archive *archive, void *arg, const void *bytes, size_t len)
{
	(void)archive;
	buf_add(arg, bytes, len);
	return (la_ssize_t)len;
}

/* Compress without a timestamp and a file name. */
static int pack(const struct buf *tar, struct buf *ret, struct fault *why)
{
	struct archive_entry *entry = archive_entry_new();
	struct archive *packer = archive_write_new();
	int rc = 0;

	if (!packer || !entry) {
		rc = fault_nomem(why);
	} else {
		archive_entry_set_filetype(entry, AE_IFREG);
		archive_write_set_bytes_per_block(packer, 0);
		if (archive_write_set_format_raw(packer) != ARCHIVE_OK ||
			archive_write_add_filter_gzip(packer) != ARCHIVE_OK ||
			archive_write_set_filter_option(packer, "gzip", "timestamp", NULL) !=
				ARCHIVE_OK ||
			archive_write_open(packer, ret, NULL, take_packed, NULL) != ARCHIVE_OK ||
			archive_write_header(packer, entry) != ARCHIVE_OK ||
			archive_write_data(packer, tar->bytes, tar->len) != (la_ssize_t)tar->len ||
			archive_write_close(packer) != ARCHIVE_OK)
			rc = fault_archive(why, packer, "cannot compress a layer");
	}
	archive_write_free(packer);
	archive_entry_free(entry);
	return rc;
}

int layer_make(const struct plan *plan, struct tree *tree, int64_t when, enum packing packing,
	struct new_layer *ret, struct fault *why)
{
	CLEANUP(members) struct members members = {0};
	auto_buf tar = buf_make(LIMIT_LAYER_BYTES), packed = buf_make(LIMIT_LAYER_BYTES);
	struct buf *layer = packing == PACKING_GZIP ? &packed : &tar;

	if (list_members(plan, tree, &members, why) < 0)
		return -1;
	for (size_t i = 0; i < members.n; i++)
		if (add_member(&tar, &members.at[i], tree, when, why) < 0)
			return fault_wrap(why, "'%s'", members.at[i].edit->path);
	ustar_add_end(&tar);
	if (buf_check(&tar, "the new layer", why) < 0)
		return -1;
	digest_sha256(tar.bytes, tar.len, ret->diff_id);
	if ((packing == PACKING_GZIP && pack(&tar, &packed, why) < 0) ||
		buf_check(&packed, "the new layer", why) < 0)
		return -1;
	digest_sha256(layer->bytes, layer->len, ret->digest);
	ret->size = (int64_t)layer->len;
	ret->bytes = buf_take(layer, NULL);
	return 0;
}
