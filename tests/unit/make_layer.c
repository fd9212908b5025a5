/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/make_layer.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/limits.h"
#include "src/x509/digest.h"
#include "src/sys/fd.h"
#include "stores/image/ustar.h"

static void need(bool held, const char *what)
{
	if (held)
		return;
	fprintf(stderr, "make_layer: %s\n", what);
	abort();
}

static void add_header(struct buf *tar, const struct layer_row *row, size_t size)
{
	bool is_link = row->type == '1' || row->type == '2';
	mode_t mode = row->mode ? row->mode : row->type == '5' ? 0755 : 0644;
	struct ustar_header header;

	memset(&header, 0, sizeof(header));
	memcpy(header.name, row->name, strnlen(row->name, sizeof(header.name)));
	snprintf(header.mode, sizeof(header.mode), "%07o", (unsigned)mode & 07777777);
	snprintf(header.uid, sizeof(header.uid), "%07o", row->uid & 07777777);
	snprintf(header.gid, sizeof(header.gid), "%07o", row->gid & 07777777);
	snprintf(header.size, sizeof(header.size), "%011zo", size);
	snprintf(header.mtime, sizeof(header.mtime), "%011o", 0);
	memset(header.sum, ' ', sizeof(header.sum));
	header.type = row->type;
	if (is_link)
		memcpy(header.link, row->text, strnlen(row->text, sizeof(header.link)));
	memcpy(header.magic, "ustar", 6);
	memcpy(header.version, "00", 2);
	snprintf(header.sum, sizeof(header.sum), "%06o", ustar_sum(&header));
	buf_add(tar, &header, sizeof(header));
}

/* "LENGTH key=value\n", where the length counts its own digits. */
static void add_pax_line(struct buf *out, const char *line, size_t line_len)
{
	size_t body = line_len + 2;
	size_t len = body;

	while (len != body + (size_t)snprintf(NULL, 0, "%zu", len))
		len = body + (size_t)snprintf(NULL, 0, "%zu", len);
	buf_printf(out, "%zu %.*s\n", len, (int)line_len, line);
}

static void add_pax(struct buf *out, const char *text)
{
	for (; *text; text += strspn(text, "\n")) {
		size_t len = strcspn(text, "\n");

		add_pax_line(out, text, len);
		text += len;
	}
}

void layer_add(struct buf *tar, const struct layer_row *row)
{
	static const uint8_t zeros[512];
	auto_buf body = buf_make(SIZE_MAX / 2);

	if (row->type == 'x')
		add_pax(&body, row->text);
	else if (row->text && strchr("0L", row->type))
		buf_add(&body, row->text, strlen(row->text) + (row->type == 'L'));
	add_header(tar, row, body.len);
	buf_add(tar, body.bytes, body.len);
	buf_add(tar, zeros, (512 - body.len % 512) % 512);
}

void layer_add_end(struct buf *tar)
{
	static const uint8_t zeros[1024];

	buf_add(tar, zeros, sizeof(zeros));
}

static la_ssize_t take(struct archive *archive, void *arg, const void *bytes, size_t len)
{
	(void)archive;
	buf_add(arg, bytes, len);
	return (la_ssize_t)len;
}

void layer_pack(const struct buf *tar, enum packing packing, struct buf *ret)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_filetype(entry, AE_IFREG);
	archive_write_set_bytes_per_block(archive, 0);
	archive_write_set_format_raw(archive);
	if (packing == PACKING_GZIP)
		archive_write_add_filter_gzip(archive);
	else
		archive_write_add_filter_zstd(archive);
	need(archive_write_open(archive, ret, NULL, take, NULL) == ARCHIVE_OK, "open");
	need(archive_write_header(archive, entry) == ARCHIVE_OK, "header");
	need(archive_write_data(archive, tar->bytes, tar->len) == (la_ssize_t)tar->len, "data");
	need(archive_write_close(archive) == ARCHIVE_OK, "close");
	archive_write_free(archive);
	archive_entry_free(entry);
}

struct layer layer_of(const struct buf *tar, enum packing packing)
{
	struct layer layer = {.packing = packing, .has_digest = true};
	auto_buf packed = buf_make(SIZE_MAX / 2);
	struct fault why = FAULT_INIT;

	if (packing == PACKING_PLAIN)
		buf_add(&packed, tar->bytes, tar->len);
	else
		layer_pack(tar, packing, &packed);
	need(fd_unnamed(NULL, &layer.piece.fd, &why) == 0, "file");
	/* Behind something else, as in an image file. */
	need(fd_write_all(layer.piece.fd, "in front", 8, "", &why) == 0, "write");
	need(fd_write_all(layer.piece.fd, packed.bytes, packed.len, "", &why) == 0, "write");
	need(fd_write_all(layer.piece.fd, "behind", 6, "", &why) == 0, "write");
	layer.piece.at = 8;
	layer.piece.size = (int64_t)packed.len;
	digest_sha256(packed.bytes, packed.len, layer.digest);
	digest_sha256(tar->bytes, tar->len, layer.diff_id);
	layer.label = strdup("test");
	need(layer.label != NULL, "memory");
	return layer;
}

void layer_drop(struct layer *layer)
{
	close(layer->piece.fd);
	free(layer->label);
}

static void dump_dir(struct tree *tree, const char *dir, struct buf *out);

static void dump_one(struct tree *tree, const char *path, struct buf *out)
{
	auto_entry entry = ENTRY_INIT;
	auto_buf bytes = buf_make(LIMIT_FILE_BYTES);
	struct fault why = FAULT_INIT;

	need(tree->ops->entry(tree, path, &entry, &why) == 0, why.text);
	if (entry.kind == ENTRY_SYMLINK) {
		buf_printf(out, "%s link -> %s\n", path, entry.link);
		return;
	}
	if (entry.kind == ENTRY_OTHER) {
		buf_printf(out, "%s other\n", path);
		return;
	}
	if (entry.kind == ENTRY_FILE)
		need(tree->ops->read(tree, path, &bytes, &why) == 0, why.text);
	buf_printf(out, "%s %s %04o %u:%u%s%s\n", path, entry.kind == ENTRY_DIR ? "dir" : "file",
		(unsigned)entry.mode, (unsigned)entry.uid, (unsigned)entry.gid,
		bytes.len ? " " : "", buf_text(&bytes));
	if (entry.kind == ENTRY_DIR)
		dump_dir(tree, path, out);
}

static void dump_dir(struct tree *tree, const char *dir, struct buf *out)
{
	auto_names names = NAMES_INIT;
	struct fault why = FAULT_INIT;

	need(tree->ops->list(tree, *dir ? dir : "/", &names, &why) == 0, why.text);
	names_sort(&names);
	for (size_t i = 0; i < names.n; i++) {
		auto_buf path = buf_make(LIMIT_PATH_LEN);

		buf_printf(&path, "%s/%s", dir, names.at[i]);
		dump_one(tree, buf_text(&path), out);
	}
}

char *tree_dump(struct tree *tree)
{
	auto_buf out = buf_make(SIZE_MAX / 2);
	size_t len;
	char *text;

	dump_dir(tree, "", &out);
	text = (char *)buf_take(&out, &len);
	need(text != NULL, "memory");
	return text;
}
