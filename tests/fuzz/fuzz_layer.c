/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two layers of an image, cut out of the input where its first byte says: indexed, and all read.
 * Then the image gets a new layer, and is read with it.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "src/base/limits.h"
#include "src/fs/view.h"
#include "src/sys/fd.h"
#include "src/x509/digest.h"
#include "stores/image/layer.h"
#include "stores/image/ustar.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void read_dir(struct tree *tree, const char *dir)
{
	auto_names names = NAMES_INIT, found = NAMES_INIT;
	struct fault why = FAULT_INIT;

	if (tree->ops->list(tree, *dir ? dir : "/", &names, &why) < 0)
		return;
	for (size_t i = 0; i < names.n; i++) {
		auto_buf path = buf_make(2 * LIMIT_PATH_LEN);
		auto_buf text = buf_make(65536), xattrs = buf_make(2 * LIMIT_XATTR_BYTES);
		auto_entry entry = ENTRY_INIT;
		struct fault seen = FAULT_INIT;

		buf_printf(&path, "%s/%s", dir, names.at[i]);
		if (tree->ops->entry(tree, buf_text(&path), &entry, &seen) < 0)
			continue;
		assert(entry.kind != ENTRY_NONE);
		if (entry.kind == ENTRY_FILE) {
			tree->ops->read(tree, buf_text(&path), &text, &seen);
			rootfs_xattrs(tree, buf_text(&path), &xattrs, &seen);
		}
		if (entry.kind == ENTRY_DIR)
			read_dir(tree, buf_text(&path));
		else if (i == 0)
			tree->ops->find(tree, names.at[i], 3, &found, &seen);
	}
}

/* Right sums, which no mutation finds. */
static void mend_sums(uint8_t *tar, size_t len)
{
	for (size_t at = 0; at + USTAR_BLOCK <= len; at += USTAR_BLOCK) {
		struct ustar_header *header = (struct ustar_header *)(tar + at);

		if (memcmp(header->magic, "ustar", 5) != 0)
			continue;
		memset(header->sum, ' ', sizeof(header->sum));
		snprintf(header->sum, sizeof(header->sum), "%06o", ustar_sum(header));
	}
}

/* The digest of what it unpacks to, as its config would tell it. */
static int learn(struct layer *layer)
{
	auto_fd fd = memfd_create("unpacked", MFD_CLOEXEC);
	struct piece piece = layer->piece;
	auto_buf bytes = buf_make(16 * LIMIT_MIB);
	struct fault why = FAULT_INIT;

	if (tar_packing(&layer->piece, layer->label, &layer->packing, &why) < 0)
		return -1;
	if (layer->packing != PACKING_PLAIN) {
		if (tar_unpack(&layer->piece, layer->packing, fd, &why) < 0)
			return 0;
		piece = (struct piece){fd, 0, lseek(fd, 0, SEEK_CUR)};
	}
	if (piece_read(&piece, &bytes, &why) == 0)
		digest_sha256(bytes.bytes, bytes.len, layer->diff_id);
	return 0;
}

static void change(struct layer layers[3], struct tree *tree)
{
	auto_plan plan = PLAN_INIT;
	auto_view view = view_make(tree, &plan);
	auto_new_layer made = {0};
	auto_fd fd = memfd_create("made", MFD_CLOEXEC);
	auto_names names = NAMES_INIT;
	auto_buf text = buf_make(100);
	struct fault why = FAULT_INIT;
	auto_tree changed = NULL;

	if (view_put_file(&view, "/etc/new", "new", 3, 0644, &why) < 0 ||
		view_put_link(&view, "/usr/link", "../etc/new", &why) < 0 ||
		tree->ops->list(tree, "/", &names, &why) < 0)
		return;
	if (names.n && strcmp(names.at[0], "etc") != 0) {
		auto_buf path = buf_make(LIMIT_PATH_LEN);

		buf_printf(&path, "/%s", names.at[0]);
		view_remove(&view, buf_text(&path), &why);
		fault_clear(&why);
	}
	layers[2].packing = names.n % 2 ? PACKING_GZIP : PACKING_PLAIN;
	if (layer_make(&plan, tree, 0, layers[2].packing, &made, &why) < 0)
		return;
	assert(fd_write_all(fd, made.bytes, (size_t)made.size, "memory", &why) == 0);
	layers[2].piece = (struct piece){fd, 0, made.size};
	memcpy(layers[2].diff_id, made.diff_id, sizeof(made.diff_id));
	memcpy(layers[2].digest, made.digest, sizeof(made.digest));
	layers[2].has_digest = true;
	assert(rootfs_open(layers, 3, "fuzz", false, tree, &changed, &why) == 0);
	assert(changed->ops->read(changed, "/etc/new", &text, &why) < 0 ||
		strcmp(buf_text(&text), "new") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static char label[] = "fuzz";
	struct layer layers[3] = {{.label = label}, {.label = label}, {.label = label}};
	struct fault why = FAULT_INIT;
	auto_tree tree = NULL;
	auto_fd fd = memfd_create("fuzz", MFD_CLOEXEC);
	auto_free uint8_t *mended = malloc(len + 1);
	int64_t cut;

	if (!len || !mended)
		return 0;
	memcpy(mended, bytes, len);
	mend_sums(mended + 1, len - 1);
	if (fd_write_all(fd, mended, len, "memory", &why) < 0)
		return 0;
	cut = bytes[0] * 512;
	if (cut >= (int64_t)len)
		cut = (int64_t)len - 1;
	layers[0].piece = (struct piece){fd, 1, cut};
	layers[1].piece = (struct piece){fd, 1 + cut, (int64_t)len - 1 - cut};
	if (learn(&layers[0]) < 0 || learn(&layers[1]) < 0)
		return 0;
	if (rootfs_open(layers, 2, label, len % 2, NULL, &tree, &why) < 0)
		return 0;
	read_dir(tree, "");
	change(layers, tree);
	return 0;
}
